"""Who may see the dashboard: whoever has logged in, and in development whoever sits in front of it.

The session is a signed cookie. It holds no secret, and a new password ends every session.
"""

import asyncio
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request, status
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from loguru import logger

from booking.words import one_line
from dashboard.password import is_password

PER_CLIENT = parse("5/minute")
"""Wrong passwords of one address."""

OVERALL = parse("30/minute")
"""Wrong passwords of all: each costs a tenth of a second of a core that also answers calls."""

LOCAL_STAFF = "development"
"""The name of who needs no login, in the audit."""

LONGEST_NAME = 50
"""Characters of a name that go into the audit."""

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers of proxies and tunnels: whoever came through one does not sit in front of us."""


class LoginNeeded(Exception):
    """The page is for the staff, and nobody has logged in."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the house.

    Attributes:
        name: as they gave it, for the audit.
        csrf: what each of their forms has to bring back.
        logged_in: whether by the password, and so they may log out.
    """

    name: str
    csrf: str
    logged_in: bool = True


class Access:
    """Lets in, once for a session, and counts who tries."""

    def __init__(self, password_hash: str, *, open_to_local: bool) -> None:
        """Guard the dashboard.

        Args:
            password_hash: argon2id; "" lets nobody log in.
            open_to_local: whether who asks from this machine needs no login.
        """
        self._hash = password_hash
        self._open_to_local = open_to_local
        self._stamp = hashlib.sha256(password_hash.encode()).hexdigest()[:16]
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def staff(self, request: Request) -> Staff:
        """Who asks.

        Raises:
            LoginNeeded: nobody that we know.
        """
        session = request.session
        if session.get("name") and session.get("stamp") == self._stamp:
            return Staff(str(session["name"]), csrf_token(request))
        if self._open_to_local and is_local(request):
            return Staff(LOCAL_STAFF, csrf_token(request), logged_in=False)
        raise LoginNeeded

    async def log_in(self, request: Request, name: str, password: str) -> bool:
        """Begin a session; false for a wrong password or without a name.

        Raises:
            HTTPException: 429, there were too many wrong ones.
        """
        client = request.client.host if request.client else ""
        # Counted before it is looked at, or a burst would be let through at once.
        if not await self._limiter.hit(OVERALL) or not await self._limiter.hit(PER_CLIENT, client):
            logger.warning("Dashboard: too many logins")
            raise HTTPException(
                status.HTTP_429_TOO_MANY_REQUESTS, "Too many attempts. Wait a minute."
            )
        name = one_line(name, LONGEST_NAME)
        if not name or not await asyncio.to_thread(is_password, password, self._hash):
            logger.warning("Dashboard: login refused")
            return False
        await self._limiter.clear(PER_CLIENT, client)
        request.session.clear()
        request.session.update(name=name, stamp=self._stamp)
        logger.info("Dashboard: somebody logged in")
        return True


def csrf_token(request: Request) -> str:
    """What forms of this session have to bring back."""
    return str(request.session.setdefault("csrf", secrets.token_urlsafe(16)))


def check_csrf(request: Request, form: Mapping[str, Any]) -> None:
    """See that a form comes from our own page.

    Raises:
        HTTPException: 403, it does not.
    """
    known, given = request.session.get("csrf"), form.get("csrf")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if (
        not known
        or not isinstance(given, str)
        or not hmac.compare_digest(str(known).encode(), given.encode())
        or site != "same-origin"
    ):
        raise HTTPException(
            status.HTTP_403_FORBIDDEN, "This form is too old. Go back, reload the page, try again."
        )


def is_local(request: Request) -> bool:
    """Whether the browser runs on this very machine, and no tunnel stands between."""
    client = request.client.host if request.client else ""
    try:
        near = ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False
    # A name that somebody else's DNS resolves to this machine is no local one.
    named = request.url.hostname in ("localhost", "127.0.0.1", "::1")
    return near and named and not any(header in request.headers for header in FORWARDED)
