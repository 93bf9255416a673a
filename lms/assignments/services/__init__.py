"""What changes groups, drafts, submissions and marks."""
