from pipecat.frames.frames import LLMMessagesAppendFrame, TextFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.tests.utils import run_test

from processors.caller_phone import CallerPhoneProcessor
from telephony.frames import MarkFrame, MulawInputFrame, StreamStartedFrame
from telephony.media_stream import Start
from tests.processors.in_order import in_order

START = Start(
    stream_sid="MZ1",
    call_sid="CA1",
    account_sid="AC1",
    custom_parameters={"customerPhone": "+19995550000"},
)
FACTS = "The caller is +16175551212, Ada."


async def test_the_facts_follow_the_start_of_the_stream_and_ask_for_the_greeting() -> None:
    started = StreamStartedFrame(START)
    down, up = await run_test(
        in_order(CallerPhoneProcessor(FACTS)),
        frames_to_send=[started],
        expected_down_frames=[StreamStartedFrame, LLMMessagesAppendFrame],
        expected_up_frames=[],
    )
    assert down[0] is started
    assert isinstance(down[1], LLMMessagesAppendFrame)
    assert down[1].messages == [{"role": "developer", "content": FACTS}]
    assert down[1].run_llm is True
    assert not up


async def test_the_parameters_of_the_stream_are_no_facts() -> None:
    down, _ = await run_test(
        in_order(CallerPhoneProcessor(FACTS)), frames_to_send=[StreamStartedFrame(START)]
    )
    assert isinstance(down[1], LLMMessagesAppendFrame)
    assert "+19995550000" not in str(down[1].messages)


async def test_every_other_frame_goes_on_and_asks_for_nothing() -> None:
    frames = [MulawInputFrame("//8="), MarkFrame(mark="m"), TextFrame("hello")]
    down, up = await run_test(in_order(CallerPhoneProcessor(FACTS)), frames_to_send=frames)
    assert list(down) == frames
    assert not up


async def test_frames_go_up_too() -> None:
    frame = TextFrame("hello")
    _, up = await run_test(
        CallerPhoneProcessor(FACTS),
        frames_to_send=[frame],
        frames_to_send_direction=FrameDirection.UPSTREAM,
    )
    assert list(up) == [frame]
