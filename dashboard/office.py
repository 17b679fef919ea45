"""What the pages are made of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import HTMLResponse
from starlette.templating import Jinja2Templates

from booking.desk import BookingDesk
from booking.models import Customer
from booking.outbox import Outbox
from calls.figures import CallFigures
from calls.live import LiveCalls
from calls.receipts import Receipts
from calls.shelf import Shelf
from dashboard.access import Access, Staff
from dashboard.events import Watchers
from telephony.recordings import Recordings

TEMPLATES = Jinja2Templates(directory=Path(__file__).parent / "templates")


@dataclass(frozen=True)
class Office:
    """The spa as its staff sees it.

    Attributes:
        desk: the appointments.
        outbox: the texts.
        receipts: the calls.
        live: those that go on, which a person may take.
        watchers: who looks at them.
        longest_call: what goes on for longer died with its process.
        shelf: their recordings.
        voicemails: what callers left, at Twilio; None when its REST interface is not configured.
        figures: what the calls come to.
        instructions: the agent's standing orders.
        hear: what a caller hears who asks for a treatment, a day, a time, a therapist and a part of
            the day; "" for what they do not name.
        forget: erases a customer for good; gives what is still to be deleted elsewhere.
    """

    desk: BookingDesk
    outbox: Outbox
    receipts: Receipts
    live: LiveCalls
    watchers: Watchers
    longest_call: timedelta
    shelf: Shelf
    voicemails: Recordings | None
    figures: CallFigures
    instructions: str
    hear: Callable[[str, str, str, str, str], Awaitable[dict[str, Any]]]
    forget: Callable[[Customer], Awaitable[tuple[str, ...]]]


def office(request: Request) -> Office:
    """The office of the process that a request came to."""
    return request.app.state.office


def access(request: Request) -> Access:
    """Who guards this dashboard."""
    return request.app.state.access


def staff(request: Request) -> Staff:
    """Who asks; every page but the login depends on it."""
    return access(request).staff(request)


Who = Annotated[Staff, Depends(staff)]
"""Whoever asks for a page."""


def page(request: Request, template: str, status: int = 200, **facts: object) -> HTMLResponse:
    """A page; the templates escape whatever they are given."""
    spa = office(request).desk.catalog.spa
    context = {"spa": spa, "root": request.scope["root_path"], **facts}
    return TEMPLATES.TemplateResponse(request, f"{template}.html", context, status_code=status)


def fragment(request: Request, template: str, **facts: object) -> HTMLResponse:
    """A part of a page, to be put into it."""
    context = {"root": request.scope["root_path"], **facts}
    return TEMPLATES.TemplateResponse(request, f"_{template}.html", context)
