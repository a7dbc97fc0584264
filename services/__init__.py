"""The six services; each may be imported by others through its `contract` only."""
