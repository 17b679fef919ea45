"""What passes a side of the line is on the tape, whichever way it comes."""

import base64
from pathlib import Path
from typing import Literal

from pipecat.frames.frames import Frame, OutputAudioRawFrame
from pipecat.tests.utils import run_test

from calls.tape import Tape
from calls.wav import HEAD_BYTES
from processors.recorder import RecorderProcessor
from telephony.frames import BargeInFrame, MulawInputFrame, MulawOutputFrame
from tests.processors.in_order import ThenFrame, in_order
from tests.processors.playing import FrozenClock


def payload(byte: int, ms: int) -> str:
    return base64.b64encode(bytes([byte]) * (8 * ms)).decode()


class Recorded:
    """One side of a call, and the tape of it."""

    def __init__(self, side: Literal["caller", "agent"]) -> None:
        self.clock = FrozenClock()
        self.tape = Tape("CA1", self.clock)
        self.stage = RecorderProcessor(self.tape, side)

    def takes(self, frame: Frame) -> Frame:
        """The frame at which the stage takes another one from the lane."""
        return ThenFrame(lambda: self.stage.take(frame))

    async def play(self, folder: Path, *frames: Frame) -> tuple[bytes, bytes]:
        """What is recorded of the caller and of the agent."""
        down, _ = await run_test(in_order(self.stage), frames_to_send=frames)
        assert len(down) == sum(not isinstance(frame, ThenFrame) for frame in frames)
        self.tape.end()
        assert self.tape.write(folder / "CA1.wav")
        sound = (folder / "CA1.wav").read_bytes()[HEAD_BYTES:]
        return sound[0::2], sound[1::2]


async def test_the_caller_is_recorded_by_lane_and_by_road(tmp_path: Path) -> None:
    call = Recorded("caller")
    caller, agent = await call.play(
        tmp_path,
        call.clock.passes(20),
        MulawInputFrame(payload(1, 20), 0),
        call.clock.passes(20),
        call.takes(MulawInputFrame(payload(2, 20), 20)),
        MulawInputFrame(payload(3, 20)),
        MulawOutputFrame(payload(4, 20)),
    )
    assert caller == bytes([1]) * 160 + bytes([2]) * 160
    assert set(agent) == {0xFF}


async def test_an_interruption_is_one_whichever_way_and_however_often_it_comes(
    tmp_path: Path,
) -> None:
    call, interruption = Recorded("agent"), BargeInFrame()
    _, agent = await call.play(
        tmp_path,
        call.takes(MulawOutputFrame(payload(1, 500))),
        call.clock.passes(100),
        call.takes(interruption),
        call.takes(MulawOutputFrame(payload(2, 500))),
        call.clock.passes(100),
        interruption,
        call.clock.passes(100),
        BargeInFrame(),
        call.clock.passes(100),
    )
    assert agent == bytes([1]) * 800 + bytes([2]) * 1600 + bytes([0xFF]) * 800


async def test_the_agent_is_not_heard_by_what_comes_from_the_line(tmp_path: Path) -> None:
    call = Recorded("agent")
    _, agent = await call.play(tmp_path, MulawInputFrame(payload(1, 20), 0), call.clock.passes(20))
    assert agent == bytes([0xFF]) * 160


async def test_pcm_of_a_stock_stage_is_recorded_as_the_line_carries_it(tmp_path: Path) -> None:
    call = Recorded("agent")
    _, agent = await call.play(
        tmp_path,
        OutputAudioRawFrame(audio=b"\x00\x40" * 160, sample_rate=8000, num_channels=1),
        call.clock.passes(20),
    )
    assert agent == bytes([0x8F]) * 160
