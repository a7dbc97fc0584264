"""The owner of rights, as far as the bus knows it."""
