import json

from sqlalchemy.ext.asyncio import AsyncEngine

from privacy.dossier import dossier
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


async def test_of_a_stranger_nothing_is_known(engine: AsyncEngine) -> None:
    known = await dossier(Life(engine).sessions, TOM)
    assert {key: value for key, value in known.items() if value} == {"phone": TOM}
