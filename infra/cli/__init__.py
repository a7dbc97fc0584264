"""The command line behind ./desk: one module per command, each with add_arguments(parser) and run(args) -> exit code."""
