"""Reading mails and the rules of inbound."""
