import json
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine

from booking.desk import BookingDesk
from booking.models import Actor
from calls.entries import Turn
from calls.journal import CallJournal
from calls.records import CallRecords
from privacy.dossier import dossier
from tests.booking.setting import sample, wished
from tests.privacy.setting import MARIA, TOM, Life


async def test_a_person_is_told_everything_of_themselves_and_nothing_of_others(
    engine: AsyncEngine,
) -> None:
    life = Life(engine)
    await life.of(MARIA, "Maria Lopez", "CA1")
    await life.of(TOM, "Tom Baker", "CA2", time="16:00")
    known = await dossier(life.sessions, MARIA)
    assert known["phone"] == MARIA
    assert known["customers"][0]["notes"] == "Maria Lopez pays late"
    assert known["appointments"][0]["treatment"] == "hot-stone-massage"
    assert known["messages"][0]["text"] == "Maria Lopez lost a scarf"
    assert known["calls"][0]["turns"][0]["text"] == f"I am Maria Lopez, call {MARIA}"
    assert known["text_opt_outs"][0]["phone"] == MARIA
    assert [len(known[kind]) for kind in ("waitlist", "texts")] == [1, 1]
    assert {change["action"] for change in known["changes"]} >= {"booked", "waitlisted"}
    written = json.dumps(known)
    assert "Tom" not in written
    assert TOM not in written


async def test_calls_of_who_withheld_the_number_and_left_it_are_told_too(
    engine: AsyncEngine,
) -> None:
    life = Life(engine)
    desk = BookingDesk(sample(), life.sessions, life.clock)
    records, journal = CallRecords(life.sessions, life.clock), CallJournal(life.sessions)
    for call_sid, caller in (("CA1", None), ("CA2", None), ("CA3", TOM), ("CA4", None)):
        await records.ring(call_sid, caller=caller, dialled="+15005550001")
        journal.of(call_sid)(Turn(life.clock(), "caller", "It is for my back.", None))
    await journal.write()
    wish = replace(wished("hot stone", "14:00", name="Maria Lopez"), contact=MARIA)
    await desk.book(wish, Actor("caller", None, "CA1", "call_1"))
    for call_sid, caller in (("CA2", None), ("CA3", TOM)):
        actor = Actor("caller", caller, call_sid, "call_1")
        await desk.take_message("Call me", actor, contact=MARIA)
    known = await dossier(life.sessions, MARIA)
    assert [call["call_sid"] for call in known["calls"]] == ["CA1", "CA2"]
    assert known["calls"][0]["turns"][0]["text"] == "It is for my back."


async def test_of_a_stranger_nothing_is_known(engine: AsyncEngine) -> None:
    known = await dossier(Life(engine).sessions, TOM)
    assert {key: value for key, value in known.items() if value} == {"phone": TOM}
