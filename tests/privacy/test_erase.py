import os
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from booking.desk import BookingDesk
from booking.models import Customer
from privacy.erase import Eraser
from tests.booking.setting import sample
from tests.privacy.setting import MARIA, TOM, Life, everything


class Twilio:
    """Deletes what it is told to."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    async def delete(self, recording_sid: str) -> None:
        self.deleted.append(recording_sid)


async def customer(life: Life, phone: str) -> Customer:
    desk = BookingDesk(sample(), life.sessions, life.clock)
    found = await desk.customer_by_phone(phone)
    assert found is not None
    return found


async def test_a_customer_is_erased_wherever_something_of_them_is(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    life, twilio = Life(engine, tmp_path), Twilio()
    await life.of(MARIA, "Maria Lopez", "CA1")
    await life.of(TOM, "Tom Baker", "CA2", time="16:00")
    await life.record("CA1")
    (tmp_path / "CA1.jsonl").touch()
    (tmp_path / "CA2.jsonl").touch()
    eraser = Eraser(life.sessions, life.shelf, twilio, tmp_path)
    assert await eraser.erase_customer(await customer(life, MARIA)) == ()
    assert twilio.deleted == ["RECA1"]
    assert [name for name in os.listdir(tmp_path) if name.endswith(".jsonl")] == ["CA2.jsonl"]
    rows = str(await everything(life.engine))
    assert not any(word in rows for word in ("Maria", MARIA, "RECA1"))
    assert "Tom Baker" in rows


async def test_what_cannot_be_deleted_where_it_is_is_told(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    life = Life(engine, tmp_path)
    await life.of(MARIA, "Maria Lopez", "CA1")
    eraser = Eraser(life.sessions, life.shelf, None, tmp_path)
    assert await eraser.erase_customer(await customer(life, MARIA)) == ("RECA1",)
