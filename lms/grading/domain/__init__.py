"""Pure rules of grading: points, the scheme, results, the certificate decision."""
