"""What the doctor found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's.

    Attributes:
        subject: what was looked at.
        ok: whether it is as it must be.
        told: what was seen, or what is wrong.
        fix: what mends it; "" when nothing has to be.
    """

    subject: str
    ok: bool
    told: str
    fix: str = ""


def fine(subject: str, told: str) -> Finding:
    """It is as it must be."""
    return Finding(subject, ok=True, told=told)


def wrong(subject: str, told: str, fix: str) -> Finding:
    """It is not."""
    return Finding(subject, ok=False, told=told, fix=fix)
