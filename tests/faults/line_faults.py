"""What Twilio, or the network between it and us, does wrong."""

from collections.abc import Sequence
from functools import partial

from simulator.realtime import Say
from simulator.speech import CALLER as VOICE
from tests.e2e.product import DESK
from tests.e2e.ringing import post
from tests.faults.clerk import AGAIN
from tests.faults.fault import After, Fault, Scene

NOISE = 4000.0
"""As loud as the caller."""

NOISY = "Caller's turn lasts for 20.0 s, the agent is asked"
SURVIVED = "Media stream broke its protocol, survived"
BEFORE_START = "Media stream broke its protocol before start"
LONG = Say("This takes a while to say.", audio=b"\x70" * 40_000)


async def send(message: str | bytes, scene: Scene) -> None:
    await scene.line.send_raw(message)


async def media_of_another_stream(scene: Scene) -> None:
    await scene.line.send_media("/" * 216, "MZ" + "9" * 32)


async def bad_payload(scene: Scene) -> None:
    await scene.line.send_media("abc")


async def payload_that_is_no_base64(scene: Scene) -> None:
    await scene.line.send_media("!" * 216)


async def renumber(step: int, scene: Scene) -> None:
    for _ in range(3):
        scene.line.renumber(step)
        await scene.line.wait(100)


async def stop_in_the_middle_of_a_word(scene: Scene) -> None:
    """The caller's last half second, and then nothing: the end of the turn is not heard."""
    await scene.line.play(VOICE.speak("Hot stones, please."))
    scene.line.lose_audio(5000)
    await scene.line.listen(settle_secs=0.5)
    await scene.line.wait(4000)


async def break_off(scene: Scene, *, half: bool) -> None:
    await scene.line.break_off(half=half)


async def hang_up(scene: Scene) -> None:
    await scene.line.hang_up()


async def drop_the_model_twice(scene: Scene) -> None:
    scene.model.refuse_with_http = 500
    scene.session.drop()


async def hang_on(scene: Scene) -> None:
    await scene.line.stay()


async def read_slowly(scene: Scene) -> None:
    await scene.line.play(VOICE.speak("Hot stones, please."))
    scene.line.stop_reading()
    await scene.line.wait(3000)
    scene.line.read_on()
    await scene.line.listen(settle_secs=0.5)


async def noise(scene: Scene, *, until_asked: bool) -> None:
    """The caller says what they want in so much noise that their turn never ends."""
    scene.line.hiss(NOISE)
    await scene.line.play(VOICE.speak("Hot stones, please."))
    await scene.line.wait(15_000)
    await scene.line.hear_agent(1)
    if until_asked:
        scene.line.hiss(0)
        await scene.line.listen(settle_secs=0.5)
    else:
        await scene.line.stay()


async def talk_over_the_agent(scene: Scene) -> None:
    """A barge-in, so that the marks matter."""
    await scene.line.play(VOICE.speak("Hot stones, please."))
    await scene.line.hear_agent(500)


async def asked_again(after: After) -> Sequence[str]:
    """Twilio asks `/voice/after` once more, and then what it never asked."""
    form = {"CallSid": after.record.call_sid, "From": "+16175551212", "To": "+15005550001"}
    first, second = [
        await post(f"{after.stage.product.origin}/voice/after", form) for _ in range(2)
    ]
    wrong = [] if first.text == second.text else ["the second answer is another one"]
    return wrong if f">{DESK}</Dial>" in first.text else [*wrong, "no person the second time"]


LINE_FAULTS = (
    Fault("line: garbage", "goes on", happen=partial(send, "garbage"), logged=(SURVIVED,)),
    Fault("line: binary frame", "goes on", happen=partial(send, b"\0"), logged=(SURVIVED,)),
    Fault(
        "line: 1 MB frame",
        "goes on",
        happen=partial(send, "x" * 1_000_000),
        quick=True,
        logged=(SURVIVED,),
    ),
    Fault(
        "line: media before start",
        "goes on",
        line={"opening": "media first"},
        logged=(BEFORE_START,),
    ),
    Fault("line: start twice", "goes on", line={"opening": "start twice"}, logged=(SURVIVED,)),
    Fault(
        "line: no start",
        "person",
        happen=hang_on,
        greeted=False,
        line={"opening": "no start"},
        logged=("no start within 5 seconds", BEFORE_START),
    ),
    Fault(
        "line: media of another stream",
        "goes on",
        happen=media_of_another_stream,
        logged=(SURVIVED,),
    ),
    Fault("line: a payload cut short", "goes on", happen=bad_payload, logged=(SURVIVED,)),
    Fault(
        "line: a payload that is no base64",
        "goes on",
        happen=payload_that_is_no_base64,
        logged=(SURVIVED,),
    ),
    Fault("line: gaps in the numbers", "goes on", happen=partial(renumber, 20)),
    Fault("line: numbers repeated", "goes on", happen=partial(renumber, -4)),
    Fault(
        "line: media stops for 5 s",
        "goes on",
        happen=stop_in_the_middle_of_a_word,
        logged=("Caller's audio stalls in the middle of a turn",),
        quick=True,
    ),
    Fault(
        "line: noise without end",
        "person",
        happen=partial(noise, until_asked=False),
        answers=([Say("It is noisy.", audio=b"\x70" * 4000)],),
        logged=(NOISY, "Call is handed over: the caller's turn did not end"),
        longest_silence_secs=22.0,
    ),
    Fault(
        "line: noise until it is spoken of",
        "goes on",
        happen=partial(noise, until_asked=True),
        answers=([Say("It is noisy.", audio=b"\x70" * 4000)],),
        logged=(NOISY,),
        longest_silence_secs=22.0,
    ),
    Fault("line: socket vanishes", "person", happen=partial(break_off, half=False), quick=True),
    Fault("line: socket half-closed", "person", happen=partial(break_off, half=True)),
    Fault(
        "line: marks never echoed",
        "goes on",
        happen=talk_over_the_agent,
        answers=([LONG], [AGAIN]),
        line={"marks": "never"},
        quick=True,
    ),
    Fault(
        "line: marks out of order",
        "goes on",
        happen=talk_over_the_agent,
        answers=([LONG], [AGAIN]),
        line={"marks": "backwards"},
    ),
    Fault("line: reads nothing for 3 s", "goes on", happen=read_slowly, answers=([LONG],)),
    Fault("line: webhook twice", "goes on", call={"webhook_twice": True}),
    Fault(
        "line: /voice/after asked twice",
        "person",
        happen=drop_the_model_twice,
        logged=("Model lost",),
        check=asked_again,
    ),
    Fault(
        "line: /voice/after never asked",
        "caller left",
        happen=drop_the_model_twice,
        line={"forgetful": True},
        logged=("Model lost",),
    ),
    Fault("line: the caller hangs up", "caller left", happen=hang_up),
)
