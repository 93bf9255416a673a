"""The conversation of an edition: announcements, forums with topics and posts, the mail about them, and search."""
