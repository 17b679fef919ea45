"""Feeds the wire parser what a coverage-guided fuzzer makes of Twilio's messages.

`python -m tests.fuzz.wire -max_total_time=60`; the arguments are libFuzzer's. It stops at the
first exception that is not a MediaStreamError, and prints how many streams it has tried.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports():  # pyright: ignore[reportAttributeAccessIssue]  made at run time
    from telephony.errors import MediaStreamError
    from telephony.media_stream import MediaStream

from tests.telephony.messages import CONNECTED, DTMF, MARK, MEDIA, START, STOP

BEGINNING = (CONNECTED, START)
SEEDS = (
    BEGINNING,
    *((*BEGINNING, message) for message in (MEDIA, DTMF, MARK, STOP)),
    (*BEGINNING, MEDIA, MARK, DTMF, STOP),
)


def try_stream(written: bytes) -> None:
    """A stream whose messages are the lines of an input."""
    stream = MediaStream()
    for line in written.split(b"\n"):
        try:
            stream.receive(line.decode("utf-8", "replace"))
        except MediaStreamError:
            continue


def main() -> None:
    """Fuzz until libFuzzer's limits are reached."""
    with TemporaryDirectory() as folder:
        for number, messages in enumerate(SEEDS):
            Path(folder, str(number)).write_text("\n".join(messages), encoding="utf-8")
        atheris.Setup([*sys.argv, folder], try_stream)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
