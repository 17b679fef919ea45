"""The doctor beside a running server, a model and Twilio's REST side, as a command."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from calls.records import CallRecords, Outcome
from database import build_engine, build_sessions
from receptionist import now
from tests.doctor.clinic import Clinic, command, open_clinic
from tests.doctor.table import healthy, named, reads


@pytest.fixture
async def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Clinic]:
    async with open_clinic(tmp_path, monkeypatch) as opened:
        yield opened


async def test_the_number_is_set_up_and_then_all_is_well(clinic: Clinic) -> None:
    code, output = await command("--json")
    assert code == 1
    (found,) = [line for line in map(json.loads, output.splitlines()) if not line["ok"]]
    assert found["subject"] == "number"
    assert f"voice_url is empty, not {clinic.product.origin}/voice" in found["told"]
    assert found["fix"] == "spaline doctor --fix"
    assert await clinic.wrong(fix=True) == []
    number = clinic.rest.phone_numbers[0]
    assert number["voice_url"] == f"{clinic.product.origin}/voice"
    assert number["status_callback_method"] == "POST"
    code, output = await command()
    assert code == 0, output
    assert reads(named(output, clinic.product.origin), healthy()), output
    assert clinic.rest.problems == []


async def test_the_call_to_ourselves_is_over_after(clinic: Clinic) -> None:
    await clinic.wrong(fix=True)
    engine = build_engine(clinic.product.database_url)
    records = CallRecords(build_sessions(engine), now)
    async with engine.connect() as connection:
        (call_sid,) = (await connection.exec_driver_sql("SELECT call_sid FROM calls")).one()
    assert await records.outcome(call_sid) is Outcome.FAILED
    await engine.dispose()
