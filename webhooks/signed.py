"""The form of a webhook, once it is clear that Twilio sent it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request, status
from loguru import logger
from starlette.datastructures import ImmutableMultiDict

from telephony.signature import signed_webhook
from webhooks.switchboard import switchboard, target

MAX_FIELDS = 200
"""Twilio sends some thirty; a form with more is not worth reading."""


async def signed_form(request: Request) -> Mapping[str, Any]:
    """The form of a webhook that Twilio signed, blank values included.

    Raises:
        HTTPException: 400 for what is no form, 403 for what Twilio did not sign.
    """
    board = switchboard(request)
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        form = ImmutableMultiDict(pairs)
    except ValueError as error:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "The form cannot be read.") from error
    url = f"{board.public_url}{target(request)}"
    signature = request.headers.get("x-twilio-signature", "")
    if board.auth_tokens is not None and not signed_webhook(
        url, form, signature, board.auth_tokens
    ):
        logger.warning("Webhook refused: not signed by Twilio for {}", url)
        raise HTTPException(
            status.HTTP_403_FORBIDDEN,
            f"The signature is not Twilio's for {url}. Compare PUBLIC_URL with the URL at Twilio.",
        )
    return form


def field(form: Mapping[str, Any], name: str) -> str:
    """A field that must be there.

    Raises:
        HTTPException: 400, it is missing or blank.
    """
    value = form.get(name, "")
    if not value:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, f"{name} is missing.")
    return str(value)
