"""The demonstration: a closed edition that reproduces the published figures, and a running one."""
