"""Certificates: issuing, the PDF as issued, verification, upgrade and revocation."""
