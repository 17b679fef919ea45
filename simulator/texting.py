"""What Twilio asks a product about text messages: what became of one, and what a customer wrote."""

import secrets
from typing import Any

import httpx

from simulator.webhooks import Account, Webhooks, webhook_client

UNREACHABLE = "30003"
"""The carrier's error for a phone that is off or gone."""


async def report(
    account: Account, message: dict[str, Any], status_url: str, *, arrives: bool
) -> None:
    """Post the steps of a message to its status callback, and make the resource say the same.

    Raises:
        TwimlError: the product did not take it.
    """
    for status in ("sent", "delivered" if arrives else "undelivered"):
        message["status"] = status
        form = {
            "AccountSid": account.account_sid,
            "ApiVersion": "2010-04-01",
            "From": account.number,
            "To": str(message["to"]),
            "MessageSid": str(message["sid"]),
            "MessageStatus": status,
            "SmsSid": str(message["sid"]),
            "SmsStatus": status,
        }
        if status == "undelivered":
            message["error_code"] = int(UNREACHABLE)
            form["ErrorCode"] = UNREACHABLE
        await _ask(account, status_url, form)


async def text_in(
    account: Account, sms_url: str, *, from_: str, body: str, sid: str | None = None
) -> httpx.Response:
    """Let a customer write to the account's number; gives the product's TwiML.

    Args:
        account: whose number it is.
        sms_url: what Twilio asks when a message comes in.
        from_: who writes.
        body: what.
        sid: of the message, to let it come twice; None for a new one.

    Raises:
        TwimlError: the product did not take it.
    """
    sid = sid or f"SM{secrets.token_hex(16)}"
    places = {f"{who}{what}": "" for who in ("From", "To") for what in ("City", "State", "Zip")}
    form = {
        **places,
        "FromCountry": "US",
        "ToCountry": "US",
        "AccountSid": account.account_sid,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": from_,
        "To": account.number,
        "MessageSid": sid,
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "NumMedia": "0",
        "NumSegments": "1",
    }
    return await _ask(account, sms_url, form)


async def _ask(account: Account, url: str, form: dict[str, str]) -> httpx.Response:
    async with webhook_client() as http:
        return await Webhooks(http, account, "good", form["MessageSid"]).ask(url, form, "POST")
