"""Each kind is let go of after its own time, and not before."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.catalog import CatalogError, load_catalog
from booking.desk import BookingDesk
from booking.models import Actor
from booking.privacy import Privacy
from calls.receipts import Receipts
from calls.records import CallRecords
from privacy.retention import AT_ONCE, Retention
from telephony.errors import LineLost
from tests.booking.setting import SPA_FILE, sample
from tests.privacy.setting import MARIA, TOM, Life, everything

OF_CALLS = ("calls", "call_turns", "call_tools", "call_model_uses")
FOR_EVER = Privacy(
    transcript_days=0,
    call_days=0,
    voicemail_days=0,
    recording_days=0,
    message_days=0,
    text_days=0,
    waitlist_days=0,
    audit_days=0,
    customer_days=0,
)


class FakeRecordings:
    """Twilio's recordings, some of which cannot be deleted."""

    def __init__(self, *stuck: str) -> None:
        self.deleted: list[str] = []
        self.stuck = stuck

    async def delete(self, recording_sid: str) -> None:
        if recording_sid in self.stuck:
            raise LineLost("no answer of Twilio")
        self.deleted.append(recording_sid)


@pytest.fixture
async def life(engine: AsyncEngine, tmp_path: Path) -> Life:
    """Maria called 100 days ago, and Tom today."""
    await Life(engine, tmp_path, ago=timedelta(days=100)).of(MARIA, "Maria Lopez", "CA1")
    life = Life(engine, tmp_path)
    await life.of(TOM, "Tom Baker", "CA2")
    return life


async def enforce(
    life: Life, recordings: FakeRecordings | None = None, *, at_once: int = AT_ONCE, **days: int
) -> None:
    rules, clock = FOR_EVER.model_copy(update=days), life.clock
    await Retention(life.sessions, rules, life.shelf, recordings, clock, at_once=at_once).enforce()


async def counts(life: Life, *tables: str) -> list[int]:
    rows = await everything(life.engine)
    return [len(rows[table]) for table in tables]


async def test_for_ever_is_for_ever(life: Life) -> None:
    before = await everything(life.engine)
    await enforce(life, FakeRecordings())
    assert await everything(life.engine) == before


async def test_within_the_time_everything_stays(life: Life) -> None:
    before = await everything(life.engine)
    days = dict.fromkeys(set(FOR_EVER.model_fields_set), 101)
    await enforce(life, FakeRecordings(), **days)
    assert await everything(life.engine) == before


async def test_words_go_and_figures_stay(life: Life) -> None:
    await enforce(life, transcript_days=99)
    old, new = await Receipts(life.sessions).of("CA1"), await Receipts(life.sessions).of("CA2")
    assert old
    assert new
    assert [turn.text for turn in old.turns] == [""]
    assert [tool.arguments for tool in old.tools] == [{}, {}]
    assert (old.turns[0].latency_ms, old.cost_usd) == (400, pytest.approx(0.000077))
    assert "Tom Baker" in new.turns[0].text
    await enforce(life, transcript_days=99)  # and once more, with nothing left to do


@pytest.mark.parametrize(
    ("rule", "tables", "left"),
    [
        ("message_days", ["messages"], [1]),
        ("waitlist_days", ["waitlist"], [1]),
        ("audit_days", ["customers"], [2]),
    ],
)
async def test_rows_that_are_too_old_go(
    rule: str, tables: list[str], left: list[int], life: Life
) -> None:
    await enforce(life, None, **{rule: 90})
    assert await counts(life, *tables) == left


async def test_changes_go_unless_a_text_still_tells_of_them(life: Life) -> None:
    (before,) = await counts(life, "audit")
    await enforce(life, audit_days=90)
    (after,) = await counts(life, "audit")
    assert 0 < after < before
    life.clock.forward(days=200)
    await enforce(life, audit_days=90)
    rows = await everything(life.engine)
    assert {row["event_id"] for row in rows["outbox"]} == {row["id"] for row in rows["audit"]}


async def test_texts_go_once_nothing_is_to_be_done_with_them(life: Life) -> None:
    """What is owed stays as long as it is of use, also where no texts are sent."""
    before = await counts(life, "outbox")
    life.clock.forward(hours=25)
    await enforce(life, text_days=1)
    statuses = [row["status"] for row in (await everything(life.engine))["outbox"]]
    assert (len(statuses), set(statuses)) == (*before, {"waiting"})
    life.clock.forward(days=200)
    await enforce(life, text_days=90)
    assert await counts(life, "outbox") == [0]


async def test_whole_calls_go_but_not_before_their_voicemail(life: Life) -> None:
    await enforce(life, call_days=90)
    assert await counts(life, "calls", "call_turns", "call_tools", "call_model_uses") == [
        2,
        2,
        4,
        2,
    ]
    recordings = FakeRecordings()
    await enforce(life, recordings, call_days=90, voicemail_days=90)
    assert recordings.deleted == ["RECA1"]
    assert await counts(life, "calls", "call_turns", "call_tools", "call_model_uses") == [
        1,
        1,
        2,
        1,
    ]


async def test_recordings_go_after_their_time_and_no_call_goes_before_its_recording(
    life: Life,
) -> None:
    await enforce(life, call_days=90, voicemail_days=90)
    for call_sid in ("CA1", "CA2"):
        await life.record(call_sid)
    recordings = FakeRecordings()
    await enforce(life, recordings, call_days=90, voicemail_days=90)
    assert await counts(life, "calls") == [2]
    await enforce(life, recordings, call_days=90, recording_days=99)
    assert await counts(life, "calls") == [1]
    assert not life.shelf.path("CA1").exists()
    assert life.shelf.path("CA2").exists()
    receipt = await Receipts(life.sessions).of("CA2")
    assert receipt
    assert receipt.recorded


async def test_a_recording_that_cannot_be_deleted_is_tried_again(life: Life) -> None:
    life.shelf.path("CA1").mkdir(parents=True)
    await CallRecords(life.sessions, life.clock).note_recording("CA1")
    await enforce(life, recording_days=90)
    assert await CallRecords(life.sessions, life.clock).is_recorded("CA1")
    life.shelf.path("CA1").rmdir()
    await enforce(life, recording_days=90)
    assert not await CallRecords(life.sessions, life.clock).is_recorded("CA1")


async def test_a_voicemail_that_twilio_did_not_delete_is_tried_again(life: Life) -> None:
    stuck = FakeRecordings("RECA1")
    await enforce(life, stuck, voicemail_days=90)
    receipt = await Receipts(life.sessions).of("CA1")
    assert receipt
    assert (stuck.deleted, receipt.voicemail_sid) == ([], "RECA1")
    freed = FakeRecordings()
    await enforce(life, freed, voicemail_days=90)
    receipt = await Receipts(life.sessions).of("CA1")
    assert receipt
    assert (freed.deleted, receipt.voicemail_sid) == (["RECA1"], None)


async def test_customers_who_have_not_come_for_long_become_nobody(life: Life) -> None:
    await enforce(life, customer_days=90)
    rows = await everything(life.engine)
    assert sorted(str(row["phone"]) for row in rows["customers"]) == [TOM, "None"]
    life.clock.forward(days=200)
    await enforce(life, customer_days=90)
    rows = await everything(life.engine)
    assert [row["name"] for row in rows["customers"]] == ["", ""]
    await enforce(life, customer_days=90)


async def test_who_left_nothing_but_a_number_to_call_back_becomes_nobody_too(life: Life) -> None:
    desk = BookingDesk(sample(), life.sessions, life.clock)
    withheld = Actor("caller", None, "CA9", "call_1")
    await desk.save_customer(withheld, contact="+12125550199", preferences="no lavender")
    life.clock.forward(days=200)
    await enforce(life, customer_days=90)
    rows = (await everything(life.engine))["customers"]
    assert {(row["contact"], row["preferences"]) for row in rows} == {("", "")}


async def test_many_rows_go_a_few_at_a_time(life: Life) -> None:
    life.clock.forward(days=200)
    rules = {"message_days": 1, "transcript_days": 1, "audit_days": 1, "customer_days": 1}
    rules |= {"waitlist_days": 1, "voicemail_days": 1, "call_days": 1}
    await enforce(life, FakeRecordings(), at_once=1, **rules)
    assert await counts(life, "messages", "calls", "waitlist") == [0, 0, 0]


def test_the_sample_spa_says_how_long_everything_is_kept() -> None:
    rules = load_catalog(SPA_FILE).privacy
    assert rules.model_fields_set == set(Privacy.model_fields)


def test_a_rule_that_is_no_number_of_days_is_named(tmp_path: Path) -> None:
    wrong = SPA_FILE.read_text(encoding="utf-8").replace("call_days = 365", "call_days = -1")
    path = tmp_path / "spa.toml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"privacy\.call_days"):
        load_catalog(path)


def test_callers_hear_first_that_they_are_written_down() -> None:
    on, off = Privacy(transcripts=True), Privacy()
    assert on.announced("Hello.") == "This call is transcribed. Hello."
    assert off.announced("Hello.") == "Hello."
    for recorded in (Privacy(recordings=True), Privacy(recordings=True, transcripts=True)):
        assert recorded.announced("Hello.") == "This call is recorded and transcribed. Hello."
