"""What the agent knows before its first word."""

from booking.desk import BookingDesk
from tools.answers import treatment_name
from tools.spoken import say_date, say_moment, say_time


async def caller_facts(desk: BookingDesk, phone: str | None) -> str:
    """The caller, the day and the greeting, as text for the model.

    Args:
        desk: the appointment book.
        phone: the caller's number, E.164; None when it is no identity.
    """
    spa, now = desk.catalog.spa, desk.now()
    lines = [f"Now it is {say_date(now.date(), now.date())}, {say_time(now)} ({now.date()})."]
    history = await desk.history(phone)
    if phone is None:
        lines.append("The caller's number is withheld. Ask for a name and a number.")
    elif history.customer is None:
        lines.append(f"The caller's number is {phone}, a new caller. Ask for a name.")
    else:
        who = history.customer.name or "no name known yet"
        lines.append(f"The caller's number is {phone}: {who}, a known customer.")
    lines += [
        f"Coming appointment {item.code}: {treatment_name(desk, item.treatment)}, "
        f"{say_moment(item.starts_at, now.date())}."
        for item in history.upcoming
    ]
    lines += [
        f"Was here {item.starts_at.date()}: {treatment_name(desk, item.treatment)}."
        for item in history.past
    ]
    lines.append(f'Greet the caller now with: "{spa.greeting}"')
    return "\n".join(lines)
