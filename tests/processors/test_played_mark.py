from pipecat.frames.frames import TextFrame
from pipecat.tests.utils import run_test

from processors.played_mark import PlayedMarkProcessor
from telephony.frames import MarkFrame, OutputMarkFrame


async def test_a_mark_that_comes_by_goes_back() -> None:
    frames = [TextFrame("before"), OutputMarkFrame(mark="0:1")]
    down, up = await run_test(PlayedMarkProcessor(), frames_to_send=frames)
    assert list(down) == frames
    assert [frame.mark for frame in up if isinstance(frame, MarkFrame)] == ["0:1"]
