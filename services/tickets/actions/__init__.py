"""The use cases of tickets, a module for each matter: load, decide, record, tell."""
