"""Confirmation codes, said and heard on the phone."""

import secrets

ALPHABET = "ACDEFGHJKLMPQRTUWXY34679"
"""No two that look alike (0 O, 1 I, 2 Z, 5 S, 8 B), and neither N nor V, which sound like M, B."""

LENGTH = 6
"""Almost two hundred million codes; the database refuses one that is there already."""


def new_code() -> str:
    """A confirmation code that nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(text: str) -> str:
    """A code as it was made, from one that was written with spaces, dashes or small letters."""
    return "".join(sign for sign in text.upper() if sign.isalnum())
