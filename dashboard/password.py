"""The staff's password, which is kept as a hash only."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

PREFIX = "$argon2id$"
"""What a hash begins with, and no password should."""


def hash_password(password: str) -> str:
    """A hash to put into DASHBOARD_PASSWORD."""
    return PasswordHasher().hash(password)


def is_password(password: str, hashed: str) -> bool:
    """Whether a password is the hashed one; takes a tenth of a second of a core, on purpose."""
    try:
        return PasswordHasher().verify(hashed, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
