"""A call in two steps: the phone rings, and Twilio picks up when the test wants it to."""

import httpx
from websockets.asyncio.client import connect

from simulator.call import CallScript
from simulator.line import Line
from simulator.signing import handshake_signature, webhook_signature
from simulator.stream import Stream
from simulator.twiml_reader import Connect, read_twiml
from tests.e2e.process import ServerProcess
from tests.e2e.product import ACCOUNT, CALLER, Product

CALL_SID = "CA" + "1" * 32
FORM = {"CallSid": CALL_SID, "From": CALLER, "To": ACCOUNT.number, "ToState": "", "FromCity": ""}


async def post(
    url: str, form: dict[str, str], *, token: str = ACCOUNT.auth_token
) -> httpx.Response:
    headers = {"X-Twilio-Signature": webhook_signature(token, url, form)}
    async with httpx.AsyncClient() as http:
        return await http.post(url, data=form, headers=headers)


async def ring(product: Product | ServerProcess, form: dict[str, str] = FORM) -> Connect:
    response = await post(product.voice_url, form)
    verbs = read_twiml(response.text, response.headers["content-type"])
    assert isinstance(verbs[0], Connect)
    return verbs[0]


def signed(url: str) -> dict[str, str]:
    return {"X-Twilio-Signature": handshake_signature(ACCOUNT.auth_token, url)}


async def pick_up(verb: Connect, script: CallScript, *, url: str | None = None) -> Stream:
    """Open the stream that the TwiML names, or another `url`, and play the caller on it."""
    url = url or verb.stream_url
    stream = Stream("MZ" + "1" * 32, CALL_SID, ACCOUNT.account_sid, verb.parameters)
    async with connect(url, additional_headers=signed(url), compression=None) as socket:
        await Line(socket, stream).run(script)
    return stream
