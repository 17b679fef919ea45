"""What the staff's forms hold, and what they get for it.

The script of a page sends the same forms as a browser without one does. Only the answer to a
change that was made differs: a page to go to, or, for the script, a sentence.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, RedirectResponse

from booking.catalog import Catalog
from booking.errors import BookingError, NoSuchTime
from booking.models import Actor
from booking.phones import UnclearNumber, read_number
from booking.spa import Treatment
from booking.wall_time import local_moment
from booking.words import one_line
from dashboard.access import Staff, check_csrf
from dashboard.office import office

LONGEST = 200
"""Characters of a reason, a note, a name."""

YEARS = range(2000, 2100)
"""Of days that anybody can mean."""

BY_SCRIPT = "x-by-script"
"""The header by which the script of a page says that it asks."""


class Misfilled(Exception):
    """A field that says nothing, or nothing that can be."""


REFUSALS = (BookingError, Misfilled)
"""What whoever sent a form is told."""


class Form:
    """A form that was sent from one of our own pages."""

    def __init__(self, fields: FormData, catalog: Catalog) -> None:
        """Read what was sent, with the names of the spa."""
        self.fields = fields
        self._catalog = catalog

    def words(self, name: str) -> str:
        """What was written into a field, in one line."""
        return one_line(str(self.fields.get(name, "")), LONGEST)

    def moment(self, name: str) -> datetime:
        """A moment, from the wall time at the spa.

        Raises:
            Misfilled: it is none.
            NoSuchTime: the clocks go forward over it.
        """
        try:
            wall = datetime.fromisoformat(str(self.fields.get(name, "")))
        except ValueError as error:
            raise Misfilled("Please give a day and a time.") from error
        if wall.tzinfo is not None or wall.year not in YEARS:
            raise Misfilled("Please give a day and a time.")
        moment = local_moment(wall.date(), wall.time(), self._catalog.spa.zone)
        if moment is None:
            raise NoSuchTime
        return moment

    def treatment(self) -> Treatment:
        """The treatment.

        Raises:
            UnknownTreatment: the spa does not offer it.
        """
        return self._catalog.treatment(self.words("treatment"))

    def team(self, treatment: Treatment) -> tuple[str, ...]:
        """Who all must do a treatment; empty for anybody.

        Raises:
            BookingError: nobody has that name, or they do not do it.
        """
        chosen = [one_line(str(name), LONGEST) for name in self.fields.getlist("therapist")]
        found = [self._catalog.therapist_named(name, treatment) for name in chosen if name]
        return tuple(dict.fromkeys(person.name for person in found))

    def phone(self) -> str | None:
        """The customer's number, in E.164; None when it is left out.

        Raises:
            Misfilled: no telephone could have it.
        """
        if not (text := self.words("phone")):
            return None
        try:
            return read_number(text, self._catalog.spa.country)
        except UnclearNumber as error:
            raise Misfilled("No telephone can have that number.") from error


async def sent_form(request: Request) -> Form:
    """The form that a request brings.

    Raises:
        HTTPException: 403, it comes from elsewhere.
    """
    fields = await request.form()
    check_csrf(request, fields)
    return Form(fields, office(request).desk.catalog)


Sent = Annotated[Form, Depends(sent_form)]


def actor(who: Staff) -> Actor:
    """Somebody of the house, as the audit names them."""
    return Actor.staff(who.name)


def done(request: Request, path: str, said: str) -> Response:
    """A change was made.

    Args:
        request: which asked for it.
        path: of the page that shows it.
        said: what was done, for a script that stays on its page.
    """
    if BY_SCRIPT in request.headers:
        return JSONResponse({"said": said})
    return RedirectResponse(f"{request.scope['root_path']}{path}", 303)
