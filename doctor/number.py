"""The number at Twilio: whether calls and texts to it come to us."""

from collections.abc import Mapping

import aiohttp

from doctor.call_document import NoStream, stream_url
from doctor.finding import Finding, fine, wrong
from settings import Settings
from telephony.errors import LineLost, TextError
from telephony.phone_numbers import PhoneNumber, PhoneNumbers
from telephony.rest import open_clients

SUBJECT = "number"
CREDENTIALS_FIX = "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN in Twilio's console"
NET_FIX = "check TWILIO_API_URL, and that this machine reaches it"
FIX = "spaline doctor --fix"


def wanted(settings: Settings) -> dict[str, str]:
    """What has to stand at the number, by the names of Twilio's REST interface."""
    urls = {
        "voice_url": "/voice",
        # Another replica answers it with a person.
        "voice_fallback_url": "/voice/after",
        "status_callback": "/voice/status",
        "sms_url": "/sms",
    }
    methods = ("voice_method", "voice_fallback_method", "status_callback_method", "sms_method")
    return {name: settings.public_url + path for name, path in urls.items()} | dict.fromkeys(
        methods, "POST"
    )


async def number(settings: Settings, *, fix: bool) -> list[Finding]:
    """Credentials, and where the number's calls go; with `fix` they go to us after.

    Args:
        settings: of the process that is to be called.
        fix: whether to change what is wrong.
    """
    if not settings.sends_texts:
        told = "not looked at: it needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER"
        return [fine(SUBJECT, told)]
    account, tokens = settings.twilio_account_sid, settings.auth_tokens
    async with open_clients(account, tokens, settings.twilio_api_url) as clients:
        try:
            numbers = PhoneNumbers(clients)
            return await _look(numbers, settings.twilio_phone_number, wanted(settings), fix=fix)
        except LineLost as error:
            return [wrong(SUBJECT, str(error), NET_FIX)]
        except TextError as error:
            return [wrong(SUBJECT, str(error), CREDENTIALS_FIX)]


async def _look(
    numbers: PhoneNumbers, mine: str, due: Mapping[str, str], *, fix: bool
) -> list[Finding]:
    found = await numbers.find(mine)
    if found is None:
        told = f"the account has no number {mine}"
        return [wrong(SUBJECT, told, "set TWILIO_PHONE_NUMBER to one of the account's")]
    off = {name: value for name, value in due.items() if found.settings.get(name) != value}
    if off and fix:
        await numbers.change(found.sid, due)
        return [fine(SUBJECT, f"{mine}: changed {', '.join(off)}")]
    if not off:
        return [fine(SUBJECT, f"calls and texts to {mine} come here")]
    told = "; ".join(
        f"{name} is {found.settings.get(name) or 'empty'}, not {value}"
        for name, value in off.items()
    )
    return [wrong(SUBJECT, f"{mine}: {told}", FIX), *await _elsewhere(found, off)]


async def _elsewhere(found: PhoneNumber, off: Mapping[str, str]) -> list[Finding]:
    """What answers the number's calls instead of us, if that would not even be two-way."""
    url = found.settings.get("voice_url")
    if "voice_url" not in off or not url:
        return []
    try:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as http, http.get(url) as answer:
            if answer.ok:  # who answers Twilio alone, as we do, tells us nothing
                stream_url(await answer.text())
    except NoStream as error:
        return [wrong("number's TwiML", f"{url}: {error}", FIX)]
    except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError) as error:
        return [wrong("number's TwiML", f"{url}: {type(error).__name__}: {error}", FIX)]
    return []
