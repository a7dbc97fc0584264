"""The SMTP process and the parser, as they run."""
