"""A person's own dates: the page, the feed, the reminders, and the letters about dates that moved."""
