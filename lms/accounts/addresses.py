"""What counts as an e-mail address."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email


def is_email_address(text: str) -> bool:
    """True for an address that mail could be sent to, accents and other scripts included; nothing is looked up."""
    try:
        validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
