"""Live sessions: when an edition meets."""
