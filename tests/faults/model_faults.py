"""What the model's service does wrong."""

import base64
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from simulator.realtime import CallTool, Fail, Output, Say
from simulator.realtime.session import Event
from simulator.speech import CALLER as VOICE
from tests.faults.clerk import AGAIN, booking
from tests.faults.fault import After, Fault, Scene

LOST = "Model lost, a new session is opened"
STRAY = b"\x55" * 4000
LONG = Say("This takes a while to say.", audio=b"\x70" * 40_000)
SLOW = {"speed_factor": 1.5}
"""So that the answer is still being made when the caller hears its beginning."""

AT_WORK = CallTool("list_treatments")
ASKED = "Caller has heard nothing for 4.0 s, the agent is asked"
REPEATED = "asked for again"
NOTHING: Sequence[Output] = ()


async def close(code: int, scene: Scene) -> None:
    scene.session.close(code, "the service says so")


async def drop(scene: Scene) -> None:
    scene.session.drop()


async def in_the_middle(harm: Callable[[Scene], Awaitable[None]], scene: Scene) -> None:
    """While the caller hears the first answer."""
    await scene.line.play(VOICE.speak("Hot stones, please."))
    await scene.line.hear_agent(300)
    await harm(scene)
    await scene.line.listen(settle_secs=0.5)


async def stall(scene: Scene) -> None:
    """The answer begins, and no more of it comes in the time of a call."""
    scene.model.speed_factor = 0.01
    await scene.line.play(VOICE.speak("Hot stones, please."))
    await scene.line.hear_agent(100)
    scene.model.speed_factor = 6.0
    await scene.line.listen(settle_secs=6.0)


async def raw(content: bytes, scene: Scene, *, text: bool = True) -> None:
    scene.session.send_raw(content, text=text)


async def unknown_event(scene: Scene) -> None:
    scene.session.emit("response.dreamt", dream={"of": ["sheep"]})


async def error_event(scene: Scene) -> None:
    error = {"type": "server_error", "code": "hiccup", "message": "A hiccup.", "param": None}
    scene.session.emit("error", error=error | {"event_id": None})


async def talk_until_renewed(scene: Scene) -> None:
    scene.model.session_seconds = 3600
    while len(scene.model.sessions) == 1:
        await scene.line.play(VOICE.speak("And another thing."))
        await scene.line.listen(settle_secs=0.8)
    scene.clerk.answers.clear()


async def wait_until_expired(scene: Scene) -> None:
    while not scene.model.sessions:
        await scene.line.wait(20)
    scene.model.session_seconds = 3600
    await scene.session.closed.wait()
    await scene.line.listen(settle_secs=0.5)


async def lose_and_refuse(scene: Scene) -> None:
    scene.model.refuse_with_http = 500
    scene.session.drop()


async def lose_and_hang(scene: Scene) -> None:
    scene.model.hang = "session"
    scene.session.drop()


async def lose_twice(scene: Scene) -> None:
    scene.session.drop()
    await scene.line.listen(settle_secs=0.5)
    scene.session.drop()


async def speak_of_what_was_cut(scene: Scene) -> None:
    """The caller interrupts; the model sends more audio for what was truncated."""
    await scene.line.play(VOICE.speak("Hot stones, please."))
    await scene.line.hear_agent(300)
    await scene.line.play(VOICE.speak("Stop, please."))
    cut = next(e for e in scene.session.sent if e["type"] == "conversation.item.truncated")
    made_by = next(e for e in scene.session.sent if e.get("item_id") == cut["item_id"])
    scene.session.emit(
        "response.output_audio.delta",
        response_id=made_by["response_id"],
        item_id=cut["item_id"],
        output_index=0,
        content_index=0,
        delta=base64.b64encode(STRAY).decode(),
    )
    await scene.line.listen(settle_secs=0.5)


async def no_stray(after: After) -> Sequence[str]:
    assert after.record.stream is not None
    heard = b"".join(heard.mulaw for heard in after.record.stream.playout.heard)
    return ["the caller heard audio that was cut"] if STRAY[:1] in heard else []


async def one_greeting(after: After) -> Sequence[str]:
    """A renewal is not heard: nobody says that they are back."""
    words = [e for session in after.model.sessions for e in _said(session.sent)]
    return ["the renewal was spoken of"] if "I am back." in words else []


def _said(sent: Sequence[Event]) -> list[str]:
    done = "response.output_audio_transcript.done"
    return [event["transcript"] for event in sent if event["type"] == done]


def too_busy(pause: str) -> Fail:
    message = f"Rate limit reached for gpt-realtime-2.1. Please try again in {pause}."
    return Fail("rate_limit_exceeded", message, "invalid_request_error")


REFUSALS = (
    Fault("model: 3000, wrong key", "person", settings={"openai_api_key": "sk-bad"}, quick=True),
    Fault("model: 4000, wrong model", "person", settings={"openai_realtime_model": "gpt-4"}),
    Fault(
        "model: 4004, model is gone",
        "person",
        settings={"openai_realtime_model": "gpt-4o-realtime-preview"},
    ),
    Fault("model: 1013, no credit", "person", settings={"openai_api_key": "sk-poor"}),
    Fault("model: HTTP 401", "person", knobs={"refuse_with_http": 401}),
    Fault("model: HTTP 429", "person", knobs={"refuse_with_http": 429}),
    Fault("model: HTTP 500", "person", knobs={"refuse_with_http": 500}),
    Fault("model: hangs at connect", "person", knobs={"hang": "connect"}),
    Fault(
        "model: hangs after connect",
        "person",
        knobs={"hang": "session"},
    ),
    Fault(
        "model: refuses at night",
        "message",
        settings={"openai_api_key": "sk-bad", "desk_open": False},
    ),
)

LOSSES = (
    *(
        Fault(
            f"model: closes mid-answer, {code}",
            "goes on",
            happen=partial(in_the_middle, partial(close, code)),
            answers=([LONG],),
            knobs=SLOW,
            logged=(LOST,),
        )
        for code in (1000, 1001, 1011)
    ),
    Fault(
        "model: breaks mid-answer, 1006",
        "goes on",
        happen=partial(in_the_middle, drop),
        answers=([LONG],),
        knobs=SLOW,
        logged=(LOST,),
        quick=True,
    ),
    Fault(
        "model: lost before the greeting",
        "goes on",
        happen=wait_until_expired,
        knobs={"session_seconds": 1, "first_audio_ms": 1500},
        greeted=False,
        logged=(LOST, "call goes on: session_expired"),
    ),
    Fault("model: lost, then refuses", "person", happen=lose_and_refuse, logged=(LOST,)),
    Fault("model: lost, then hangs", "person", happen=lose_and_hang, logged=(LOST,), quick=True),
    Fault("model: lost twice", "person", happen=lose_twice, logged=(LOST,)),
    Fault(
        "model: reaches 60 minutes",
        "goes on",
        happen=talk_until_renewed,
        answers=([AGAIN],) * 20,
        knobs={"session_seconds": 16},
        check=one_greeting,
        quick=True,
    ),
    Fault(
        "model: expires without renewal",
        "goes on",
        happen=wait_until_expired,
        knobs={"session_seconds": 3},
        logged=(LOST, "call goes on: session_expired"),
    ),
    Fault(
        "model: expires without a word",
        "goes on",
        happen=wait_until_expired,
        knobs={"session_seconds": 3, "expire_silently": True},
        logged=(LOST,),
    ),
)

NONSENSE = (
    Fault(
        "model: takes only PCM",
        "goes on",
        knobs={"ignore_audio_format": True},
        logged=("the call is transcoded",),
    ),
    Fault("model: error event", "goes on", happen=error_event, logged=("call goes on: hiccup",)),
    Fault(
        "model: garbage JSON",
        "goes on",
        happen=partial(raw, b'{"type": "respon'),
        logged=("cannot be read",),
    ),
    Fault("model: unknown event", "goes on", happen=unknown_event),
    Fault(
        "model: binary frame",
        "goes on",
        happen=partial(raw, b"\0\1", text=False),
        logged=("cannot be read",),
    ),
    Fault(
        "model: half a UTF-8 character",
        "goes on",
        happen=partial(raw, b'{"a":"\xc3'),
        logged=(LOST,),
    ),
    Fault(
        "model: audio for what was truncated",
        "goes on",
        happen=speak_of_what_was_cut,
        answers=([LONG], [AGAIN]),
        check=no_stray,
    ),
)

RESPONSES = (
    Fault(
        "model: a response fails", "goes on", answers=([Fail()],), logged=(REPEATED,), quick=True
    ),
    Fault("model: every response fails", "person", answers=([Fail()],) * 9, logged=(REPEATED,)),
    Fault("model: an empty response", "goes on", answers=(NOTHING,), logged=(REPEATED,)),
    Fault(
        "model: only empty responses", "person", answers=(NOTHING,) * 9, logged=(REPEATED, ASKED)
    ),
    Fault("model: no audio for 10 s", "goes on", answers=("late",), logged=(ASKED,)),
    Fault(
        "model: stalls in the middle of an answer",
        "goes on",
        happen=stall,
        answers=([LONG],),
        knobs=SLOW,
        logged=(ASKED,),
    ),
    Fault("model: never any audio", "person", answers=("late",) * 9, logged=(ASKED,), quick=True),
)

TOOLS = (
    Fault(
        "model: tool call with broken JSON",
        "goes on",
        answers=([CallTool("book_appointment", '{"service": ')],),
        logged=("made up a tool call",),
    ),
    Fault(
        "model: the same call_id twice",
        "goes on",
        answers=([booking("call_1"), booking("call_1")], [booking("call_1")]),
        logged=("twice with one call_id", "already tracked"),
    ),
    Fault(
        "model: an unknown tool",
        "goes on",
        answers=([CallTool("sing")],),
        logged=("made up a tool call",),
    ),
    Fault("model: 100 tool calls in a row", "person", answers=([AT_WORK],) * 100, quick=True),
    Fault("model: 100 tool calls at once", "person", answers=([AT_WORK] * 100,)),
)

RATE_LIMITS = (
    Fault(
        "model: rate limit, 400 ms",
        "goes on",
        answers=([too_busy("400ms")],),
        logged=("asked for again in 0.4 s",),
    ),
    Fault(
        "model: rate limit, 30 s",
        "person",
        answers=([too_busy("30s")],),
        logged=("too busy for 30 s",),
    ),
    Fault(
        "model: credit runs out",
        "person",
        answers=(
            [Fail("insufficient_quota", "You exceeded your current quota.", "insufficient_quota")],
        ),
    ),
)

MODEL_FAULTS = (*REFUSALS, *LOSSES, *NONSENSE, *RESPONSES, *TOOLS, *RATE_LIMITS)
