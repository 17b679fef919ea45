"""The booking desk: each use-case one method and one transaction.

Whether an opening is free is decided by the database when it is written, not by an earlier look.
"""

from datetime import UTC, date, time, timedelta

from booking import appointments, customers, holds, messages, waitlist
from booking.appointments import BookingRequest, Change
from booking.back_office import BackOffice
from booking.ledger import Ledger
from booking.models import Actor, Appointment, Availability, Customer, CustomerHistory, Message
from booking.opening_id import decode
from booking.openings import Wish
from booking.search import Search
from booking.spa import Treatment
from booking.waiting import Hold, PartOfDay, WaitlistEntry
from booking.waitlist import WaitlistRequest

__all__ = ["BookingDesk", "BookingRequest", "Change", "WaitlistRequest"]


class BookingDesk(BackOffice):
    """The appointment book of a spa: what callers ask for, and what the staff do."""

    def request(self, opening_id: str, name: str = "") -> BookingRequest:
        """The request for an opening that was offered, with the therapists that were named.

        Raises:
            UnknownOpening: nothing of that name can have been offered.
        """
        named = decode(self.catalog, opening_id, self.today())
        return BookingRequest(named.treatment, named.starts_at, name=name, team=named.therapists)

    def late_fee(self, appointment: Appointment) -> str:
        """What to say about the fee if the appointment is cancelled now; "" when it is free."""
        policies = self.catalog.policies
        starts_at = appointment.starts_at.astimezone(UTC)
        free_until = starts_at - timedelta(hours=policies.cancellation_hours)
        return policies.cancellation_fee if self._now() > free_until else ""

    async def find_openings(
        self,
        treatment: Treatment,
        first_day: date,
        *,
        last_day: date | None = None,
        at: time | None = None,
        part_of_day: PartOfDay | None = None,
        therapist: str | None = None,
        actor: Actor | None = None,
    ) -> Availability:
        """What can be had for a wish.

        Args:
            treatment: what.
            first_day: the day, or the first of several.
            last_day: the last of several; at most a month is looked at.
            at: the wished wall time.
            part_of_day: the wished part of the day.
            therapist: who must be among those who do it.
            actor: who asks: what they hold is free for them, and the staff need no notice.

        Raises:
            BookingError: nothing; with alternatives.
        """
        wish = Wish(treatment, first_day, at, part_of_day, therapist)
        return await self._read(
            actor or Actor("caller"),
            lambda ledger: Search(ledger).offer(wish, last_day or first_day),
        )

    async def book(self, request: BookingRequest, actor: Actor) -> Appointment:
        """Book an opening; a repeat, of the tool call or of the wish, books nothing twice.

        Raises:
            BookingError: it cannot be booked; with alternatives.
        """
        return await self._take(
            actor,
            request.wish(self.catalog.spa.zone),
            lambda ledger: appointments.book(ledger, request, self._make_code),
        )

    async def reschedule(
        self, change: Change, actor: Actor, code: str | None = None, reason: str = ""
    ) -> Appointment:
        """Move an appointment of the actor; it stays when the new time cannot be had.

        What that frees is offered to the waitlist.

        Args:
            change: the new time, and what else is new.
            actor: who moves it.
            code: of the appointment; None for the only coming one.
            reason: why.

        Raises:
            BookingError: it cannot be moved there, with alternatives; or it is not theirs, not
                clear which, or over.
        """
        return await self._write(
            actor, lambda ledger: appointments.reschedule(ledger, code, change, reason)
        )

    async def cancel(self, actor: Actor, code: str | None = None, reason: str = "") -> Appointment:
        """Cancel an appointment of the actor; without a code the only coming one.

        What that frees is offered to the waitlist.

        Raises:
            BookingError: it is not theirs, not clear which, or over.
        """
        return await self._write(actor, lambda ledger: appointments.cancel(ledger, code, reason))

    async def hold(self, request: BookingRequest, actor: Actor) -> Hold:
        """Keep an opening for the actor for a few minutes, instead of what they held before.

        Raises:
            BookingError: it cannot be had; with alternatives.
        """
        wish = request.wish(self.catalog.spa.zone)
        return await self._take(
            actor, wish, lambda ledger: holds.hold(ledger, wish, request.starts_at)
        )

    async def release_hold(self, actor: Actor) -> None:
        """Give back what the actor held; an opening that is offered to them stays theirs."""
        await self._write(actor, holds.release)

    async def join_waitlist(self, request: WaitlistRequest, actor: Actor) -> WaitlistEntry:
        """Wait for an opening; to wait twice for the same is to wait once."""
        return await self._write(actor, lambda ledger: waitlist.join(ledger, request))

    async def leave_waitlist(self, entry_id: int, actor: Actor) -> WaitlistEntry:
        """Wait no longer; what was kept for the actor goes to the next.

        Raises:
            NotFound: the actor does not wait for that.
        """
        return await self._write(actor, lambda ledger: waitlist.leave(ledger, entry_id))

    async def waitlist(self, phone: str | None = None) -> tuple[WaitlistEntry, ...]:
        """Who waits or has an offer, the longest first; of one number, or all."""
        return await self._read(Actor.system(), lambda ledger: waitlist.entries(ledger, phone))

    async def customer_by_phone(self, phone: str | None) -> Customer | None:
        """The customer with a number, if any."""

        async def look(ledger: Ledger) -> Customer | None:
            row = await customers.row_of(ledger, phone)
            return await customers.customer(ledger, row) if row else None

        return await self._read(Actor.system(), look)

    async def save_customer(
        self,
        actor: Actor,
        *,
        phone: str | None = None,
        name: str | None = None,
        language: str | None = None,
        contact: str | None = None,
        preferences: str | None = None,
        notes: str | None = None,
        loyalty: str | None = None,
    ) -> Customer:
        """Write down what a customer said of themselves; None changes nothing.

        Callers speak of themselves, whatever the phone; notes and loyalty are for the staff.
        """
        return await self._write(
            actor,
            lambda ledger: customers.save(
                ledger,
                actor.phone if actor.is_caller else phone,
                name=name,
                language=language,
                contact=contact,
                preferences=preferences,
                notes=notes,
                loyalty=loyalty,
            ),
        )

    async def take_message(
        self, text: str, actor: Actor, *, name: str = "", contact: str = ""
    ) -> None:
        """Write down what a caller wants the staff to know."""
        await self._write(actor, lambda ledger: messages.take(ledger, text, name, contact))

    async def messages(self) -> tuple[Message, ...]:
        """What callers wanted the staff to know, the latest first."""
        return await self._read(Actor.system(), messages.latest)

    async def history(self, phone: str | None) -> CustomerHistory:
        """What the customer with a number has had, and what is to come."""
        return await self._read(Actor.system(), lambda ledger: customers.history(ledger, phone))
