"""Pure rules of assignments: when one may hand in, how long a text is, what a rubric adds up to, who works together."""
