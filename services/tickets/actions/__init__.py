"""The use cases of tickets: load, decide, record, tell."""
