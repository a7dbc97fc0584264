"""What inbound does, on real PostgreSQL."""
