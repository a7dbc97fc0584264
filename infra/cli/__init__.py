"""The command line behind ./desk: one module per command."""
