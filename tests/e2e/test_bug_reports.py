"""A bug in a call is reported, with the call and without anybody's words."""

import sqlite3
from contextlib import closing
from pathlib import Path

from simulator.caller import Line, place_call
from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.e2e.process import server_process
from tests.e2e.product import ACCOUNT, CALLER, Answers
from tests.e2e.sentry import Sentry, sentry

CALL_SID = "CA" + "6" * 32
NAME = "Ada Lovelace"
SECRETS = (NAME, CALLER, CALLER[2:], "sk-test", ACCOUNT.auth_token, "something")


async def call_with_a_bug(folder: Path, reported: Sentry, **settings: str) -> None:
    """The tool finds no table of appointments, which is nothing that a tool expects."""

    async def talk(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        with closing(sqlite3.connect(folder / "spaline.db")) as database:
            database.execute("ALTER TABLE customers RENAME TO elsewhere")
        await line.say("Do I have an appointment?")
        await line.listen(settle_secs=0.5)

    agent = Answers(
        [Say("Hello.")],
        [CallTool("get_customer_history", {"name": NAME})],
        [Say("I am sorry.")],
    )
    async with (
        RealtimeSimulator(lambda: agent) as model,
        server_process(model.url, folder, SENTRY_DSN=reported.dsn, **settings) as product,
    ):
        await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=talk, call_sid=CALL_SID)
        await reported.until(lambda: any("exception" in event for event in reported.events))


async def test_a_bug_in_a_call_is_reported_without_a_word_of_it(tmp_path: Path) -> None:
    async with sentry() as reported:
        await call_with_a_bug(tmp_path, reported)
    (event,) = [event for event in reported.events if "exception" in event]
    assert event["tags"]["call_sid"] == CALL_SID
    assert event["contexts"]["log"]["sentence"] == "Call goes on after a bug of ours"
    error = event["exception"]["values"][-1]
    assert (error["type"], error["value"]) == ("OperationalError", "")
    frames = error["stacktrace"]["frames"]
    assert "get_customer_history" in {frame["function"] for frame in frames}
    assert not any("vars" in frame for frame in frames)
    for event in reported.events:
        assert not {"request", "user", "modules", "extra"} & event.keys()
        assert not event["breadcrumbs"]["values"]
    assert [secret for secret in SECRETS if secret.encode() in reported.raw] == []


async def test_words_are_in_a_report_where_they_may_be_logged(tmp_path: Path) -> None:
    async with sentry() as reported:
        await call_with_a_bug(tmp_path, reported, LOG_SPEECH="on")
    (event,) = [event for event in reported.events if "exception" in event]
    assert "no such table: customers" in event["exception"]["values"][-1]["value"]
