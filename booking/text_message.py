"""A text that is owed to a customer. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class TextKind(StrEnum):
    """What a text message tells."""

    CONFIRMATION = "confirmation"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    REMINDER = "reminder"
    OFFER = "offer"


class TextStatus(StrEnum):
    """How far a text message came.

    `sent` is what Twilio has accepted, `delivered` what the carrier has; `failed` needs a person,
    `dropped` is nobody's fault: it was too late, or the customer wants none.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text message to a customer.

    Attributes:
        id: in the database.
        kind: what it tells.
        phone: to whom, E.164.
        language: of the customer, ISO-639-1, "" when unknown.
        facts: what it tells of, in plain values: `treatment` (its name), `starts_at` (ISO 8601),
            `therapists` (a list), and `until` (ISO 8601) for an offer, `code` for the others.
        status: how far it came.
        attempts: how often it was taken up.
        in_doubt: an earlier attempt may have reached Twilio.
        body: the words, "" before the first attempt.
        error: why it is not sent or not delivered, "" when nothing is wrong.
        created_at: when the change happened that it tells of, aware.
    """

    id: int
    kind: TextKind
    phone: str
    language: str
    facts: dict[str, Any]
    status: TextStatus
    attempts: int
    in_doubt: bool
    body: str
    error: str
    created_at: datetime
