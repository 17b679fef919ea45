"""Which text messages Twilio accepts. Pure."""

import math
from collections.abc import Collection, Mapping
from http import HTTPStatus

from simulator.phone_number import is_number
from simulator.rest_error import RestError

MAX_BODY_CHARS = 1600


def check_message(
    form: Mapping[str, str], numbers: Collection[str], opted_out: Collection[str]
) -> None:
    """Accept a message, or not.

    Args:
        form: of the request.
        numbers: those that may send.
        opted_out: those that want no messages.

    Raises:
        RestError: it would be refused.
    """
    for refused, code, message in _refusals(form, numbers, opted_out):
        if refused:
            raise RestError(HTTPStatus.BAD_REQUEST, code, message)


def _refusals(
    form: Mapping[str, str], numbers: Collection[str], opted_out: Collection[str]
) -> tuple[tuple[bool, int, str], ...]:
    """Every reason, first things first: whether it applies, its code and its words."""
    to, body, sender = form.get("To", ""), form.get("Body", ""), form.get("From", "")
    return (
        (not to, 21604, "A 'To' phone number is required."),
        (
            not body and not {"MediaUrl", "ContentSid"} & form.keys(),
            21602,
            "Message body is required.",
        ),
        (
            not sender and "MessagingServiceSid" not in form,
            21603,
            "A 'From' phone number is required.",
        ),
        (
            not is_number(to),
            21211,
            f"Invalid 'To' Phone Number: {to}",
        ),
        (
            bool(sender) and sender not in numbers,
            21606,
            f"The 'From' phone number {sender} is not yours.",
        ),
        (to == sender, 21266, "'To' and 'From' number cannot be the same"),
        (
            len(body) > MAX_BODY_CHARS,
            21617,
            f"The concatenated message body exceeds the {MAX_BODY_CHARS} character limit",
        ),
        (to in opted_out, 21610, "Attempt to send to unsubscribed recipient"),
    )


def segments(body: str) -> int:
    """How many parts a message is sent and paid as; one character beyond ASCII makes them short."""
    alone, together = (160, 153) if body.isascii() else (70, 67)
    units = len(body.encode("utf-16-le")) // 2
    return 1 if units <= alone else math.ceil(units / together)
