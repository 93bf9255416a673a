"""Pure rules of courses and editions: content, roles, schedule."""
