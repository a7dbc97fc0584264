"""A desk on this machine, without containers: its servers, processes, ports and state."""
