"""The cookie of who has logged in, for every application that the staff may see."""

from fastapi import FastAPI
from starlette.middleware.sessions import SessionMiddleware

SESSION_SECS = 12 * 3600
"""A working day."""


def keep_session(app: FastAPI, secret: str, *, https: bool) -> None:
    """Let an application know the session of its browsers.

    Args:
        app: the application.
        secret: signs the sessions; the same for all of them and on every replica.
        https: whether browsers reach us by HTTPS.
    """
    app.add_middleware(
        SessionMiddleware,
        secret_key=secret,
        session_cookie="__Secure-spaline" if https else "spaline",
        max_age=SESSION_SECS,
        same_site="strict",
        https_only=https,
    )
