"""What a caller may hear when a wish cannot be met.

BookingError
 +-- UnknownTreatment      no treatment by that name
 +-- UnknownTherapist      nobody by that name does it
 +-- SpaClosed             the spa is closed on that day
 +-- OpeningTaken          that time is taken, or nobody works then
 +-- TooSoon               in the past, or sooner than the spa needs to know
 +-- TooFarAhead           later than the spa plans
 +-- NotFound              no such appointment of this customer
 +-- TooManyAppointments   the customer has as many coming appointments as the spa allows
 +-- AlreadyOver           the appointment is past or cancelled
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from booking.models import Opening


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
    """No treatment by that name."""

    reason = "unknown_treatment"


class UnknownTherapist(BookingError):
    """Nobody by that name, or not for that treatment."""

    reason = "unknown_therapist"


class SpaClosed(BookingError):
    """The spa is closed on that day."""

    reason = "closed"


class OpeningTaken(BookingError):
    """That time is taken, or nobody works then."""

    reason = "opening_taken"


class TooSoon(BookingError):
    """In the past, or sooner than the spa needs to know."""

    reason = "too_soon"


class TooFarAhead(BookingError):
    """Later than the spa plans."""

    reason = "too_far_ahead"


class NotFound(BookingError):
    """No such appointment of this customer."""

    reason = "not_found"


class TooManyAppointments(BookingError):
    """The customer has as many coming appointments as the spa allows."""

    reason = "too_many_appointments"


class AlreadyOver(BookingError):
    """The appointment is past or cancelled."""

    reason = "already_over"
