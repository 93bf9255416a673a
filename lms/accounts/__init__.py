"""People, sign-in, profiles."""
