from pipecat.tests.utils import run_test

from processors.desk_call import TO_THE_DESK, DeskCallProcessor
from telephony.frames import DeskTakesFrame, LeaveFrame
from tests.processors.told import told


async def test_who_takes_a_call_gets_it_after_a_word_of_the_agent() -> None:
    down, _ = await run_test(DeskCallProcessor(), frames_to_send=[DeskTakesFrame(staff="Rosa")])
    assert told(down) == [TO_THE_DESK, "leave to a person"]
    left = [frame for frame in down if isinstance(frame, LeaveFrame)]
    assert [frame.reason for frame in left] == ["Rosa took the call"]
