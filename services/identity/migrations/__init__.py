"""The schema of identity's database, revision by revision."""
