"""What other programs ask, each with its bearer token: the receipts of calls."""

import hmac
import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request, status
from starlette.responses import StreamingResponse

from calls.receipts import Receipt, Receipts

CallSid = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$")]


def check_bearer(request: Request, token: str, name: str) -> None:
    """See that somebody knows a token.

    Args:
        request: of whoever asks.
        token: to be known; without one nobody gets in.
        name: of its setting.

    Raises:
        HTTPException: 404 without a token in the settings, 401 for another one.
    """
    given = request.headers.get("authorization", "")
    if not token:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"There is none without {name}.")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED,
            f"The bearer token is not {name}.",
            {"WWW-Authenticate": "Bearer"},
        )


def _with_token(request: Request) -> None:
    check_bearer(request, request.app.state.api_token, "API_TOKEN")


router = APIRouter(prefix="/api/calls", dependencies=[Depends(_with_token)])


@router.get("")
async def exported(request: Request, since: datetime) -> StreamingResponse:
    """The receipts of the calls that rang from then on, as JSON lines, the oldest first."""
    moment = since.replace(tzinfo=since.tzinfo or UTC)
    lines = _lines(_receipts(request).since(moment))
    return StreamingResponse(lines, media_type="application/x-ndjson")


@router.get("/{call_sid}")
async def receipt(request: Request, call_sid: CallSid) -> dict[str, Any]:
    """The receipt of a call, of one that is going on as far as it has come."""
    found = await _receipts(request).of(call_sid)
    if found is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No such call rang here.")
    return found.as_json()


def _receipts(request: Request) -> Receipts:
    return request.app.state.receptionist.receipts


async def _lines(receipts: AsyncIterator[Receipt]) -> AsyncGenerator[str]:
    async for found in receipts:
        yield json.dumps(found.as_json()) + "\n"
