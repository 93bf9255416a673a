"""No settings beyond those on the command line: a benchmark does not run the product's jobs beside it."""
