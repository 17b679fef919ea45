"""The dashboard as an application of its own, so that its middleware never sees a call."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response, status
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from dashboard import (
    appointments,
    beliefs,
    blocks,
    book,
    call_pages,
    customers,
    live,
    login,
    overview,
    pages,
)
from dashboard.access import Access, LoginNeeded
from dashboard.headers import SecurityHeaders
from dashboard.office import page
from dashboard.session import keep_session

PATH = "/dashboard"


def build_dashboard(
    password_hash: str, secret: str, *, https: bool, open_to_local: bool
) -> FastAPI:
    """The dashboard, to be mounted at `PATH`; `state.office` is to be set before it is asked.

    Args:
        password_hash: of the staff's password, argon2id; "" lets nobody log in.
        secret: signs the sessions; the same on every replica.
        https: whether browsers reach us by HTTPS.
        open_to_local: whether who asks from this machine needs no login.
    """
    # Its own description of itself is no business of the world's.
    app = FastAPI(title="Spaline dashboard", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.access = Access(password_hash, open_to_local=open_to_local)
    app.add_exception_handler(LoginNeeded, to_login)
    app.add_exception_handler(HTTPException, refuse)
    app.add_exception_handler(RequestValidationError, not_understood)
    everything = (
        login,
        book,
        appointments,
        blocks,
        call_pages,
        live,
        pages,
        customers,
        overview,
        beliefs,
    )
    for module in everything:
        app.include_router(module.router)
    app.mount("/static", Assets(directory=Path(__file__).parent / "static"))
    keep_session(app, secret, https=https)
    app.add_middleware(SecurityHeaders, https=https)
    return app


class Assets(StaticFiles):
    """Files that are nobody's secret: a browser keeps them, and asks whether they are the same."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file, which may be kept."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


async def refuse(request: Request, error: Exception) -> Response:
    """A refusal as a page."""
    assert isinstance(error, HTTPException)  # noqa: S101  that is what it is registered for
    return page(request, "problem", error.status_code, problem=error.detail)


async def not_understood(request: Request, error: Exception) -> Response:
    """Something in an address that is no day, no moment."""
    problem = "That address cannot be understood."
    return page(request, "problem", status.HTTP_400_BAD_REQUEST, problem=problem)


async def to_login(request: Request, error: Exception) -> Response:
    """Nobody has logged in: a page leads to the login, everything else is refused."""
    if request.method in ("GET", "HEAD"):
        return RedirectResponse(f"{request.scope['root_path']}/login", 303)
    return PlainTextResponse("Log in first.", status.HTTP_401_UNAUTHORIZED)
