"""Logging in and out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from loguru import logger
from starlette.responses import RedirectResponse

from dashboard.access import Staff, check_csrf, csrf_token
from dashboard.office import access, page, staff

router = APIRouter()


@router.get("/login")
async def login_page(request: Request) -> Response:
    """Ask for name and password."""
    return page(request, "login", csrf=csrf_token(request))


@router.post("/login")
async def login(request: Request) -> Response:
    """Let somebody in."""
    form = await request.form()
    check_csrf(request, form)
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    if await access(request).log_in(request, name, password):
        return RedirectResponse(f"{request.scope['root_path']}/", 303)
    wrong = "That is not the password." if name.strip() else "Please say who you are."
    return page(request, "login", 401, csrf=csrf_token(request), name=name, wrong=wrong)


@router.post("/logout")
async def logout(request: Request, who: Annotated[Staff, Depends(staff)]) -> Response:
    """End the session."""
    check_csrf(request, await request.form())
    request.session.clear()
    logger.info("Dashboard: somebody logged out")
    return RedirectResponse(f"{request.scope['root_path']}/login", 303)
