"""HTTP against autospecced contracts: status, problem+json, who is let in."""
