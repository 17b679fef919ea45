"""The form of a webhook, once it is clear that Twilio sent it."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request, status
from loguru import logger
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import ClientDisconnect

from telephony.signature import read_signature, signed_webhook
from webhooks.switchboard import switchboard, target

FORM_TYPE = "application/x-www-form-urlencoded"

MAX_BODY_BYTES = 64 * 1024
"""Twilio sends three kilobytes or so, the passport of a caller included."""

UNREAD = {"Connection": "close"}
"""Whose body was not read to its end is not listened to any more."""

WORD = re.compile("[A-Za-z0-9_-]{1,64}")
"""What Twilio's ids and words are made of."""

MAX_FIELDS = 200
"""Twilio sends some thirty; a form with more is not worth reading."""


async def signed_form(request: Request) -> Mapping[str, Any]:
    """The form of a webhook that Twilio signed for our account, blank values included.

    Raises:
        HTTPException: 400, 413 or 415 for what is no form of Twilio's, 403 for what Twilio did
            not sign.
    """
    board = switchboard(request)
    form = await _read_form(request)
    url = f"{board.public_url}{target(request)}"
    if board.secrets is None:
        return _storable(form)
    if not signed_webhook(url, form, read_signature(request.headers), board.secrets):
        logger.warning("Webhook refused: not signed by Twilio for {}", url)
        raise HTTPException(
            status.HTTP_403_FORBIDDEN,
            f"The signature is not Twilio's for {url}. Compare PUBLIC_URL with the URL at Twilio.",
        )
    if board.account_sid and form.get("AccountSid") != board.account_sid:
        logger.warning("Webhook refused: of another account than TWILIO_ACCOUNT_SID")
        raise HTTPException(status.HTTP_403_FORBIDDEN, "That is another account.")
    return _storable(form)


def _storable(form: Mapping[str, str]) -> Mapping[str, str]:
    """Without the one character that is signed like any other and that PostgreSQL cannot keep."""
    return {name: value.replace("\0", "") for name, value in form.items()}


async def _read_form(request: Request) -> ImmutableMultiDict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise HTTPException(
            status.HTTP_415_UNSUPPORTED_MEDIA_TYPE, f"Post a {FORM_TYPE} form.", UNREAD
        )
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise HTTPException(
                    status.HTTP_413_CONTENT_TOO_LARGE, "The form is too large.", UNREAD
                )
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except (ClientDisconnect, ValueError) as error:  # the first has nobody to be told
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "The form cannot be read.") from error
    return ImmutableMultiDict(pairs)


def field(form: Mapping[str, Any], name: str) -> str:
    """A field that must be there: an id, or one of Twilio's words.

    Raises:
        HTTPException: 400, it is missing or blank, or is neither.
    """
    value = str(form.get(name, ""))
    if not value:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, f"{name} is missing.")
    if not WORD.fullmatch(value):
        raise HTTPException(status.HTTP_400_BAD_REQUEST, f"{name} is not Twilio's.")
    return value
