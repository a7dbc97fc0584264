"""Three small services that the suite starts: one that tells, one that hears, and the owner of rights."""
