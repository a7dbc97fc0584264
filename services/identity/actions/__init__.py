"""What identity does, use case by use case."""
