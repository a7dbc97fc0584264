"""The command line, its servers and its supervision, the process table and what is made from it."""
