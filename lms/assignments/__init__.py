"""Group work and the final assignment: groups, drafts, submissions, rubrics and marking."""
