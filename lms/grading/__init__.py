"""The grading scheme, the ledger of grade entries, the gradebook and the certificate decision."""
