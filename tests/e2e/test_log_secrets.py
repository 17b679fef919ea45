"""A production log, of everything that can happen at once, gives nobody and nothing away."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from simulator.caller import Line, place_call
from simulator.realtime import CallTool, RealtimeSimulator, Say
from simulator.rest import TwilioRest
from tests.e2e.process import ServerProcess, server_process
from tests.e2e.product import ACCOUNT, Answers
from tests.e2e.test_doors import FORM, post, signed

CALLER = "+16175554321"
API_KEY, SECRET, PASSWORD = "sk-very-secret-key", "a-session-secret", "a-database-password"
NAME, WORDS, NOTE = "Wilhelmina Thistlewood", "Lavender is our favourite", "allergic to lilies"
DAY = {"service": "facial", "date": "in two weeks", "time": "14:00", "name": NAME}


def agent() -> Answers:
    """Looks, books, writes down, takes a message, and speaks."""
    return Answers(
        [Say(WORDS)],
        [CallTool("check_availability", {"service": "facial", "date": "tomorrow"})],
        [CallTool("book_appointment", DAY)],
        [CallTool("save_customer_details", {"preferences": NOTE, "name": NAME})],
        [CallTool("take_message", {"message": NOTE, "phone": CALLER})],
        [CallTool("no_such_tool", {"name": NAME})],
        [Say(WORDS)],
    )


async def talk(line: Line) -> None:
    await line.listen(settle_secs=0.5)
    await line.say("A facial in two weeks, please.")
    await line.listen(settle_secs=0.5)
    await line.press("123456")


async def knock(server: ServerProcess) -> list[str]:
    """Come as a stranger in every way; gives what was in the hand."""
    form = FORM | {"CallSid": "CA" + "5" * 32, "From": CALLER, "AccountSid": ACCOUNT.account_sid}
    await post(server.voice_url, form, token="another")
    await post(server.voice_url, form | {"AccountSid": "AC" + "9" * 32})
    answer = await post(server.voice_url, form)
    url = answer.text.partition('url="')[2].partition('"')[0]
    forged = url[:-4] + "AAAA"
    for address, headers in [(url, {}), (forged, signed(forged)), (url, signed(forged))]:
        with pytest.raises(InvalidStatus):
            async with connect(address, additional_headers=headers):
                pass
    async with httpx.AsyncClient(base_url=server.origin) as http:
        await http.get("/calendar/a-secret-key.ics")
        await http.post("/voice", content=f"From={CALLER}")
        await http.get(f"/?api_key={API_KEY}")
    text = {"MessageSid": "SM" + "5" * 32, "From": CALLER, "Body": NOTE, "To": ACCOUNT.number}
    await post(f"{server.origin}/sms", text | {"AccountSid": ACCOUNT.account_sid})
    return [url.rpartition("/")[2], "a-secret-key"]


@pytest.mark.parametrize("log_format", ["text", "json"])
async def test_a_production_log_holds_no_secret_no_number_and_no_word(
    log_format: str, tmp_path: Path
) -> None:
    async with (
        RealtimeSimulator(agent) as model,
        TwilioRest(ACCOUNT) as rest,
        server_process(
            model.url,
            tmp_path,
            OPENAI_API_KEY=API_KEY,
            SESSION_SECRET=SECRET,
            TWILIO_ACCOUNT_SID=ACCOUNT.account_sid,
            TWILIO_PHONE_NUMBER=ACCOUNT.number,
            TWILIO_API_URL=rest.url,
            ENVIRONMENT="production",
            LOG_SPEECH="auto",
            LOG_FORMAT=log_format,
            LOG_LEVEL="TRACE",
            DASHBOARD_PASSWORD="",
            # One who rang never picks up, and is not waited for.
            DRAIN_SECONDS="1",
        ) as server,
    ):
        await place_call(server.voice_url, ACCOUNT, from_=CALLER, script=talk, rest=rest)
        async with asyncio.timeout(20):
            while not rest.messages:  # noqa: ASYNC110  the courier comes by
                await asyncio.sleep(0.05)
        in_hand = await knock(server)
        server.terminate()
        await server.process.wait()
        log = server.log.read_text(encoding="utf-8")
    if log_format == "json":
        # From the first line on: Pipecat logs one while it is imported.
        assert all(isinstance(json.loads(line), dict) for line in log.splitlines())
    assert "Tool book_appointment answered: not logged" in log
    assert "Webhook refused" in log
    assert "...21" in log
    secrets = [API_KEY, SECRET, ACCOUNT.auth_token, CALLER, CALLER[1:], CALLER[2:], CALLER[-7:]]
    words = [NAME, *NAME.split(), WORDS, "Lavender", NOTE, "lilies"]
    for secret in [*secrets, *words, *in_hand]:
        assert secret not in log, secret
