"""Benchmarks: what the product costs, measured beside what the machine could do at best in the same minute."""
