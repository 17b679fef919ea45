from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from simulator.appointment_book import differences, read_appointments

MARIA = {"phone": "+16175551212", "starts_at": "2026-12-01 14:00", "status": "booked"}
TOM = {"phone": "+12125550147", "starts_at": "2026-12-01 16:00", "status": "booked"}


@pytest.mark.parametrize("stored", ["2026-12-01 19:00:00.000000", "2026-12-01T14:00:00-05:00"])
async def test_appointments_are_read_in_the_wall_time_of_the_spa(
    tmp_path: Path, stored: str
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/spa.db"
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE customers (id INTEGER, phone, name)"))
        await connection.execute(
            text("CREATE TABLE appointments (id, customer_id, treatment, starts_at, status, code)")
        )
        await connection.execute(text("INSERT INTO customers VALUES (7, '+16175551212', 'Maria')"))
        await connection.execute(
            text("INSERT INTO appointments VALUES (1, 7, 'facial', :at, 'booked', NULL)"),
            {"at": stored},
        )
        await connection.execute(
            text("INSERT INTO appointments VALUES (2, NULL, 'facial', :at, 'held', 'K4')"),
            {"at": stored},
        )
    await engine.dispose()
    maria, nobody = await read_appointments(url, "America/New_York")
    assert maria == {
        "phone": "+16175551212",
        "name": "Maria",
        "treatment": "facial",
        "starts_at": "2026-12-01 14:00",
        "status": "booked",
        "code": "",
    }
    assert (nobody["phone"], nobody["status"], nobody["code"]) == ("", "held", "K4")


def test_the_same_rows_in_another_order_do_not_differ() -> None:
    assert differences([MARIA, TOM], [TOM | {"code": "A"}, MARIA | {"code": "B"}]) == []


def test_a_missing_row_is_named() -> None:
    assert differences([MARIA, TOM], [MARIA]) == [
        "missing row: phone=+12125550147, starts_at=2026-12-01 16:00, status=booked"
    ]


def test_a_stray_row_is_named() -> None:
    assert differences([MARIA], [MARIA, TOM]) == [
        "stray row: phone=+12125550147, starts_at=2026-12-01 16:00, status=booked"
    ]


def test_a_row_booked_twice_is_stray_once() -> None:
    assert len(differences([MARIA], [MARIA, MARIA])) == 1


def test_a_row_with_another_status_is_both() -> None:
    cancelled = MARIA | {"status": "cancelled"}
    assert [line[:7] for line in differences([cancelled], [MARIA])] == ["missing", "stray r"]


def test_where_nothing_is_expected_every_row_is_stray() -> None:
    assert differences([], [MARIA | {"code": "K4"}]) == ["stray row: code=K4"]
    assert differences([], []) == []
