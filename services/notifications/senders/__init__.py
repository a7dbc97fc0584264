"""Ways out for mail: an SMTP relay, or a maildir where none is set."""
