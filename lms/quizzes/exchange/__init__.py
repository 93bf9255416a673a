"""Questions from files and to files: one module a format, bytes to a report of outcomes and questions to bytes."""
