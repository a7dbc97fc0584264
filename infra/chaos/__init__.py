"""What `./desk chaos` does: real clients, real kills, and a checker that reads the databases."""
