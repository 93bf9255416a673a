"""Learning analytics and the figures of the activity report."""
