"""What a participant and the teaching team write to each other, and letters from the team to several people at once."""
