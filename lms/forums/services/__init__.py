"""What people do in forums: write, answer, read, follow, moderate."""
