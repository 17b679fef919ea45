"""What a caller may hear when a wish cannot be met.

BookingError
 +-- UnknownTreatment        no treatment by that name
 +-- UnknownTherapist        nobody by that name
 |    +-- NotTheirTreatment  somebody by that name, who does not do it
 +-- UnknownOpening          nothing that was offered
 +-- SpaClosed               the spa is closed on that day
 +-- OutsideHours            the spa is not open then
 +-- NoSuchTime              the clocks are put forward over that time
 +-- OffTheGrid              treatments do not start at that minute
 +-- TherapistAway           the wished therapist does not work on that day
 +-- OpeningTaken            that time is taken, or nobody works then
 |    +-- FullyBooked        nothing is free on any of the wished days
 |    +-- OffShift           the wished therapist does not work then
 +-- TooSoon                 sooner than the spa needs to know
 |    +-- InThePast          over already
 +-- TooFarAhead             later than the spa plans
 +-- NotFound                no such appointment, hold, block or wish
 |    +-- NotYours           it belongs to somebody else
 +-- AlreadyOver             the appointment has begun or is cancelled
 +-- TooManyAppointments     the customer has as many coming appointments as the spa allows
 +-- InTheWay                appointments stand where the staff want to block
 +-- DeskBusy                the database was busy with others for too long

The messages are sentences that may be spoken; the facts in them are attributes too.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from booking.models import Appointment, Opening


class BookingError(Exception):
    """A wish that cannot be met.

    Attributes:
        reason: a short code for the model.
        alternatives: openings that could be had instead.
    """

    reason: ClassVar[str] = "refused"

    def __init__(self, message: str, alternatives: Sequence["Opening"] = ()) -> None:
        super().__init__(message)
        self.alternatives = tuple(alternatives)


class UnknownTreatment(BookingError):
    """No treatment by that name.

    Attributes:
        spoken: the name that is not known.
        nearest: the names that are most like it.
    """

    reason = "unknown_treatment"

    def __init__(self, spoken: str, nearest: Sequence[str]) -> None:
        super().__init__(f"We do not have that treatment. We offer {', '.join(nearest)}.")
        self.spoken, self.nearest = spoken, tuple(nearest)


class UnknownTherapist(BookingError):
    """Nobody by that name.

    Attributes:
        spoken: the name that is not known.
        able: who could do it.
    """

    reason = "unknown_therapist"

    def __init__(self, spoken: str, able: Sequence[str]) -> None:
        super().__init__(f"Nobody of that name works here. It is done by {', '.join(able)}.")
        self.spoken, self.able = spoken, tuple(able)


class NotTheirTreatment(UnknownTherapist):
    """Somebody by that name, who does not do this treatment."""

    reason = "not_their_treatment"

    def __init__(self, therapist: str, able: Sequence[str]) -> None:
        super().__init__(therapist, able)
        self.args = (f"{therapist} does not do that. It is done by {', '.join(able)}.",)


class UnknownOpening(BookingError):
    """Nothing that was offered goes by that opening_id."""

    reason = "unknown_opening"

    def __init__(self) -> None:
        super().__init__("There is no such opening. Look up the openings again.")


class SpaClosed(BookingError):
    """The spa is closed on that day.

    Attributes:
        day: the day.
        holiday: the public holiday; "" when it is closed for another reason.
    """

    reason = "closed"

    def __init__(self, day: date, holiday: str) -> None:
        super().__init__(
            f"We are closed on that day, it is {holiday}."
            if holiday
            else f"We are closed on {day:%A}, {day:%B} {day.day}."
        )
        self.day, self.holiday = day, holiday


class OutsideHours(BookingError):
    """The spa is not open then, or not long enough.

    Attributes:
        hours: when it is open on that day.
    """

    reason = "outside_hours"

    def __init__(self, hours: Sequence[tuple[time, time]]) -> None:
        super().__init__("We are not open at that time, or not long enough.")
        self.hours = tuple(hours)


class NoSuchTime(BookingError):
    """The clocks are put forward over that time."""

    reason = "no_such_time"

    def __init__(self) -> None:
        super().__init__("The clocks go forward then, so that time does not exist.")


class OffTheGrid(BookingError):
    """Treatments do not start at that minute.

    Attributes:
        slot_minutes: they start every so many minutes, counted from midnight.
    """

    reason = "off_the_grid"

    def __init__(self, slot_minutes: int) -> None:
        super().__init__(f"Treatments start every {slot_minutes} minutes, not at that time.")
        self.slot_minutes = slot_minutes


class TherapistAway(BookingError):
    """The wished therapist does not work on that day.

    Attributes:
        therapist: the name.
        day: the day.
    """

    reason = "therapist_away"

    def __init__(self, therapist: str, day: date) -> None:
        super().__init__(f"{therapist} does not work on that day.")
        self.therapist, self.day = therapist, day


class OpeningTaken(BookingError):
    """That time is taken, or nobody works then."""

    reason = "opening_taken"

    def __init__(
        self, message: str = "That time is taken.", alternatives: Sequence["Opening"] = ()
    ) -> None:
        super().__init__(message, alternatives)


class FullyBooked(OpeningTaken):
    """Nothing is free on any of the wished days."""

    reason = "fully_booked"

    def __init__(self) -> None:
        super().__init__("Nothing is free then.")


class OffShift(OpeningTaken):
    """The wished therapist does not work then, or not long enough.

    Attributes:
        therapist: the name.
    """

    def __init__(self, therapist: str) -> None:
        super().__init__(f"{therapist} does not work at that time, or not long enough.")
        self.therapist = therapist


class TooSoon(BookingError):
    """Sooner than the spa needs to know.

    Attributes:
        earliest: what may be booked soonest, in the spa's time zone.
    """

    reason = "too_soon"

    def __init__(self, earliest: datetime, message: str = "That is too soon for us.") -> None:
        super().__init__(message)
        self.earliest = earliest


class InThePast(TooSoon):
    """Over already."""

    reason = "in_the_past"

    def __init__(self, earliest: datetime) -> None:
        super().__init__(earliest, "That time has already passed.")


class TooFarAhead(BookingError):
    """Later than the spa plans.

    Attributes:
        latest: the last day that may be booked.
    """

    reason = "too_far_ahead"

    def __init__(self, latest: date) -> None:
        super().__init__(f"We only book until {latest:%A}, {latest:%B} {latest.day}.")
        self.latest = latest


class NotFound(BookingError):
    """No such appointment, hold, block or wish."""

    reason = "not_found"


class NotYours(NotFound):
    """It belongs to somebody else, or is not there; nothing tells which."""

    reason = "not_yours"


class AlreadyOver(BookingError):
    """The appointment has begun, is past or is cancelled."""

    reason = "already_over"

    def __init__(self, message: str = "That appointment is already over.") -> None:
        super().__init__(message)


class TooManyAppointments(BookingError):
    """The customer has as many coming appointments as the spa allows.

    Attributes:
        limit: so many.
    """

    reason = "too_many_appointments"

    def __init__(self, limit: int) -> None:
        super().__init__(f"There are {limit} coming appointments already.")
        self.limit = limit


class InTheWay(BookingError):
    """Appointments or blocks stand where the staff want to block.

    Attributes:
        appointments: those to be moved first; empty when it is another block.
    """

    reason = "in_the_way"

    def __init__(self, appointments: Sequence["Appointment"]) -> None:
        codes = ", ".join(appointment.code for appointment in appointments)
        super().__init__(
            f"Move these appointments first: {codes}." if codes else "That time is blocked already."
        )
        self.appointments = tuple(appointments)


class DeskBusy(BookingError):
    """The database was busy with others for too long; nothing was changed."""

    reason = "busy"

    def __init__(self) -> None:
        super().__init__("I cannot reach the appointment book at this moment. Please try again.")
