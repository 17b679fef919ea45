"""Whether the caller may hear and change what is booked under their number.

A caller's number can be forged, so it is not enough: the caller says a second fact, the full
name that the customer goes by or the code of an appointment, unless spa.toml asks for none.
"""

from rapidfuzz import fuzz, utils

from booking.codes import read_code
from booking.errors import BookingError
from tools.context import CallContext

ALIKE = 85
"""How alike a spoken name must be to the one on the books, of 100: "Lopes" is, "Smith" is not."""

TRIES = 3
"""How often a caller may be wrong before the agent stops asking."""


class SecondFactNeeded(BookingError):
    """The caller has not said the name that their appointments are under."""

    reason = "second_fact_needed"

    def __init__(self) -> None:
        super().__init__("For your security, what is the full name that the booking is under?")


class SecondFactWrong(BookingError):
    """What the caller said is not it."""

    reason = "second_fact_wrong"

    def __init__(self) -> None:
        super().__init__(
            "That is not the name or the code that I have here. Would you say it once more?"
        )


class NotProven(BookingError):
    """The caller was wrong too often."""

    reason = "not_proven"

    def __init__(self) -> None:
        super().__init__(
            "I cannot match that, so I may not open the booking. Shall I connect you to our front "
            "desk?"
        )


class NameNeeded(BookingError):
    """Nobody knows yet under what name to book."""

    reason = "name_needed"

    def __init__(self) -> None:
        super().__init__("Under what name may I book that?")


async def prove(
    call: CallContext, name: str = "", code: str = "", *, to_change: bool = False
) -> None:
    """See that the caller is who the number says; once in a call is enough.

    A caller without a number has nothing to prove: nothing but what they book in this call is
    theirs.

    Args:
        call: of the caller.
        name: as the caller has just said it.
        code: of an appointment, as the caller has just said it.
        to_change: only the appointment of that code; one that was booked in this call is theirs.

    Raises:
        SecondFactNeeded: the caller said neither.
        SecondFactWrong: what the caller said is not it.
        NotProven: it was wrong too often.
    """
    if call.proven or call.phone is None or not call.desk.catalog.policies.second_fact:
        return
    history = await call.desk.history(call.phone)
    booked_before = [
        item for item in (*history.upcoming, *history.past) if item.call_sid != call.call_sid
    ]
    said_code = read_code(code)
    booked_now = {item.code for item in history.upcoming if item not in booked_before}
    if history.customer is None or not booked_before or (to_change and said_code in booked_now):
        return  # it was booked by this very caller
    if call.wrong_facts >= TRIES:
        raise NotProven
    if not name.strip() and not said_code:
        raise SecondFactNeeded
    known_code = any(item.code == said_code for item in booked_before)
    if known_code or _is_name(name, history.customer.name):
        call.proven = True
        return
    call.wrong_facts += 1
    raise SecondFactWrong if call.wrong_facts < TRIES else NotProven


def _is_name(spoken: str, known: str) -> bool:
    """Whether a name is the known one, first and family name, in any order."""
    if not spoken.strip() or not known:
        return False
    return (
        fuzz.token_sort_ratio(spoken, known, processor=utils.default_process, score_cutoff=ALIKE)
        > 0
    )
