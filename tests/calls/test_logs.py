import json
import logging
from collections.abc import Iterator

import pytest
from loguru import logger

from calls.logs import set_up_logs


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logger.remove()
    root.handlers[:] = handlers
    root.setLevel(level)


def say(name: str, level: str, text: str) -> None:
    logger.patch(lambda record: record.update(name=name)).log(level, text)


def test_a_line_carries_its_call(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", json=False, speech=False)
    with logger.contextualize(call_sid="CA1"):
        logger.info("Phone rings")
    logger.info("Waiting")
    first, second = capsys.readouterr().err.splitlines()
    assert "CA1 Phone rings" in first
    assert "- Waiting" in second


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", json=True, speech=False)
    logger.info("Phone rings")
    record = json.loads(capsys.readouterr().err)["record"]
    assert (record["message"], record["extra"]["call_sid"]) == ("Phone rings", "-")


@pytest.mark.parametrize(
    ("level", "speech", "said"),
    [("DEBUG", True, False), ("TRACE", False, False), ("TRACE", True, True)],
)
def test_pipecats_own_lines_carry_speech_and_need_both_permissions(
    level: str, speech: bool, said: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(level, json=False, speech=speech)
    say("pipecat.services", "DEBUG", "Calling function with Maria's number")
    say("pipecat.services", "WARNING", "Socket lost")
    text = capsys.readouterr().err
    assert ("Maria" in text) is said
    assert "Socket lost" in text


def test_libraries_are_heard_only_when_something_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs("INFO", json=False, speech=True)
    logging.getLogger("uvicorn.error").info("WebSocket /media-stream/TOKEN [accepted]")
    logging.getLogger("uvicorn.error").error("Port in use")
    text = capsys.readouterr().err
    assert "TOKEN" not in text
    assert "Port in use" in text
