"""The shared kernel: database, clock, errors, audit, outbox, files, jobs and web plumbing. Imports no feature."""
