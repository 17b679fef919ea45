"""The browser phone as an application of its own; who may see the dashboard may call."""

from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response, status
from starlette.responses import JSONResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from browser_phone import routes
from dashboard.access import Access, LoginNeeded
from dashboard.app import PATH as DASHBOARD_PATH
from dashboard.headers import SecurityHeaders
from dashboard.session import keep_session

PATH = "/phone"


def build_phone(access: Access, secret: str, *, https: bool) -> FastAPI:
    """The phone, to be mounted at `PATH`; `state.booth` is to be set before it is asked.

    Args:
        access: who guards the dashboard.
        secret: signs its sessions.
        https: whether browsers reach us by HTTPS.
    """
    app = FastAPI(title="Spaline phone", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.access = access
    app.add_exception_handler(LoginNeeded, to_login)
    app.add_exception_handler(HTTPException, refuse)
    app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    keep_session(app, secret, https=https)
    app.add_middleware(SecurityHeaders, https=https)
    return app


async def refuse(request: Request, error: Exception) -> Response:
    """A refusal as the page reads it."""
    assert isinstance(error, HTTPException)  # noqa: S101  that is what it is registered for
    return JSONResponse({"problem": str(error.detail)}, error.status_code)


async def to_login(request: Request, error: Exception) -> Response:
    """Nobody has logged in: the page leads to the login, everything else is refused."""
    if request.method in ("GET", "HEAD"):
        return RedirectResponse(f"{DASHBOARD_PATH}/login", status.HTTP_303_SEE_OTHER)
    return JSONResponse({"problem": "Log in first."}, status.HTTP_401_UNAUTHORIZED)
