"""The chassis itself: transactions, tokens, links, files, settings."""
