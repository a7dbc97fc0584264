"""What runs Fielddesk: the process table, the command line, and the container files made from the table."""
