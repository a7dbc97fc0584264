"""What `./desk bench` measures with; not part of a running desk."""
