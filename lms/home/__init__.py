"""Each role's first screen: what to do next, and by when."""
