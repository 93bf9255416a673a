"""Reads of forums, topics and posts, of who is told of them, and of what is found."""
