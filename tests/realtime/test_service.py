import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pipecat.frames.frames import (
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InputAudioRawFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.services.llm_service import FunctionCallParams
from websockets.asyncio.server import ServerConnection, serve

from realtime.service import MulawRealtimeLLMService
from realtime.session import SessionOptions, SessionOptionsError
from realtime.tool_set import ToolSet
from simulator.realtime import CallTool, Fail, RealtimeSimulator, Say, Session
from simulator.speech import speak
from telephony.frames import MulawInputFrame, MulawOutputFrame, TruncateItemFrame
from tests.realtime.harness import MODEL, Script, Talk, soon, talk
from tools.interruption import uninterrupted

ANSWER = bytes(range(256)) * 10
SILENCE = b"\xff" * 8000


def played(running: Talk) -> bytes:
    frames = running.caught.of(MulawOutputFrame)
    return b"".join(base64.b64decode(frame.payload) for frame in frames)


def ends(running: Talk) -> int:
    return len(running.caught.of(LLMFullResponseEndFrame))


async def speak_in(running: Talk, mulaw: bytes) -> None:
    for at in range(0, len(mulaw), 160):
        payload = base64.b64encode(mulaw[at : at + 160]).decode()
        await running.worker.queue_frame(MulawInputFrame(payload))


def received(session: Session, kind: str) -> list[dict[str, Any]]:
    return [event for event in session.received if event["type"] == kind]


async def first_session(model: RealtimeSimulator) -> Session:
    await soon(lambda: model.sessions)
    return model.sessions[0]


async def note(params: FunctionCallParams, what: str) -> None:
    """Take a note.

    Args:
        what: the note.
    """
    await params.result_callback({"ok": True, "noted": what})


async def test_the_models_audio_arrives_byte_for_byte() -> None:
    async with (
        RealtimeSimulator(lambda: Script([Say("Hi.", audio=ANSWER)])) as model,
        talk(model.url) as running,
    ):
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        assert played(running) == ANSWER
        assert len(running.caught.of(TTSStartedFrame)) == 1


async def test_the_callers_audio_reaches_the_model_byte_for_byte() -> None:
    async with (
        RealtimeSimulator(lambda: Script([Say("Hi.", audio=ANSWER)])) as model,
        talk(model.url) as running,
    ):
        await running.caught.until(lambda: running.caught.of(TTSStartedFrame))
        await speak_in(running, ANSWER)
        await soon(lambda: bytes(model.sessions[0].appended) == ANSWER)


async def test_pcm_of_a_stock_stage_is_encoded_for_the_model() -> None:
    async with (
        RealtimeSimulator(lambda: Script([Say("Hi.", audio=ANSWER)])) as model,
        talk(model.url) as running,
    ):
        await running.caught.until(lambda: running.caught.of(TTSStartedFrame))
        await running.worker.queue_frame(InputAudioRawFrame(bytes(320), 8000, 1))
        await soon(lambda: bytes(model.sessions[0].appended) == b"\xff" * 160)


async def test_the_session_is_asked_for_once_and_before_the_greeting() -> None:
    async with (
        RealtimeSimulator(lambda: Script([Say("Hi.", audio=ANSWER)])) as model,
        talk(model.url, tools=[note]) as running,
    ):
        await running.caught.until(lambda: ends(running))
        session = model.sessions[0]
        kinds = [event["type"] for event in session.received]
        assert kinds == ["session.update", "conversation.item.create", "response.create"]
        assert session.effective["instructions"] == "You answer the phone."
        assert [tool["name"] for tool in session.effective["tools"]] == ["note"]
        item = received(session, "conversation.item.create")[0]["item"]
        assert (item["role"], item["content"][0]["text"]) == ("system", "The caller is known.")


@pytest.mark.parametrize("end", ["input", "output"])
async def test_a_format_that_nobody_asked_for_loses_the_model_by_name(end: str) -> None:
    async with (
        strange_model(AUDIO, **{end: "audio/pcma"}) as url,
        talk(url, greet=False) as running,
    ):
        lost = await running.until_lost()
        assert f"did not accept mu-law {end} but answered audio/pcma" in lost
        assert not running.llm.is_usable
        assert played(running) == b""


@pytest.mark.parametrize(
    ("api_key", "code"), [("sk-bad", "invalid_api_key"), ("sk-poor", "insufficient_quota")]
)
async def test_a_refusal_inside_the_socket_loses_the_model(api_key: str, code: str) -> None:
    async with (
        RealtimeSimulator(Script) as model,
        talk(model.url, api_key=api_key) as running,
    ):
        assert code in await running.until_lost()


@pytest.mark.parametrize("http", [401, 429, 500])
async def test_a_refusal_of_the_handshake_loses_the_model(http: int) -> None:
    async with (
        RealtimeSimulator(Script, refuse_with_http=http) as model,
        talk(model.url) as running,
    ):
        assert f"HTTP {http}" in await running.until_lost()


async def test_a_model_that_never_confirms_the_session_is_lost() -> None:
    async with (
        RealtimeSimulator(Script, hang="session") as model,
        talk(model.url, configure_secs=0.05) as running,
    ):
        assert "did not confirm the session" in await running.until_lost()


async def test_a_clean_close_that_we_did_not_start_is_a_loss() -> None:
    async with (
        RealtimeSimulator(
            lambda: Script([Say("Hi.", audio=ANSWER)]), session_seconds=0.5, expire_silently=True
        ) as model,
        talk(model.url) as running,
    ):
        assert "1001" in await running.until_lost()
        assert len(running.errors) == 1


async def test_a_tool_result_is_followed_by_speech() -> None:
    script = Script(
        [Say("One moment.", audio=ANSWER), CallTool("note", {"what": "rose oil"})],
        [Say("Noted.", audio=ANSWER)],
    )
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url, tools=[note]) as running,
    ):
        await running.caught.until(lambda: ends(running) >= 2)
        assert played(running) == ANSWER + ANSWER
        assert script.conversations[1].function_outputs == [{"ok": True, "noted": "rose oil"}]
        session = model.sessions[0]
        assert len(received(session, "response.create")) == 2
        assert not [event for event in session.sent if event["type"] == "error"]


async def test_a_fixed_text_is_said_in_the_models_voice_and_is_no_turn() -> None:
    script = Script([Say("Hi.", audio=ANSWER)], [Say("One moment.", audio=ANSWER)])
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url) as running,
    ):
        await running.caught.until(lambda: ends(running) == 1)
        await running.llm.queue_frame(TTSSpeakFrame("One moment, please."))
        await running.caught.until(lambda: ends(running) == 2)
        assert played(running) == ANSWER + ANSWER
        said = script.conversations[1]
        assert '"One moment, please."' in (said.response_instructions or "")
        assert said.metadata == {"purpose": "fixed_text"}
        asked = received(model.sessions[0], "response.create")[1]["response"]
        assert asked["tool_choice"] == "none"


async def test_a_fixed_text_does_not_cut_into_an_answer() -> None:
    script = Script([Say("Hi.", audio=ANSWER * 50)], [Say("One moment.", audio=ANSWER)])
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url) as running,
    ):
        await running.caught.until(lambda: running.caught.of(LLMFullResponseStartFrame))
        await running.llm.queue_frame(TTSSpeakFrame("One moment, please."))
        await running.caught.until(lambda: ends(running) == 1)
        assert len(received(model.sessions[0], "response.create")) == 1
        assert not [event for event in model.sessions[0].sent if event["type"] == "error"]


async def test_two_tool_calls_of_one_response_ask_for_one_answer() -> None:
    script = Script(
        [CallTool("note", {"what": "a"}), CallTool("note", {"what": "b"})],
        [Say("Noted.", audio=ANSWER)],
    )
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url, tools=[note]) as running,
    ):
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        assert len(script.conversations) == 2
        assert len(script.conversations[1].function_outputs) == 2
        assert len(received(model.sessions[0], "response.create")) == 2


async def test_a_quick_result_waits_for_the_slow_one_of_the_same_response() -> None:
    released = asyncio.Event()

    @uninterrupted
    async def quick(params: FunctionCallParams) -> None:
        """Be quick."""
        await params.result_callback({"ok": True})

    @uninterrupted
    async def slow(params: FunctionCallParams) -> None:
        """Take your time."""
        await released.wait()
        await params.result_callback({"ok": True})

    script = Script([CallTool("quick"), CallTool("slow")], [Say("Both.", audio=ANSWER)])
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url, tools=[quick, slow]) as running,
    ):
        session = await first_session(model)
        await soon(lambda: [e for e in session.sent if e["type"] == "response.done"])
        await soon(lambda: received(session, "conversation.item.create")[1:])
        await running.caught.until(lambda: running.caught.of(FunctionCallResultFrame))
        released.set()
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        assert len(script.conversations) == 2
        assert len(script.conversations[1].function_outputs) == 2


async def test_broken_tool_arguments_are_answered_so_that_the_model_speaks_on() -> None:
    script = Script([CallTool("note", '{"what": ')], [Say("Sorry.", audio=ANSWER)])
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url, tools=[note]) as running,
    ):
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        assert script.conversations[1].function_outputs[0]["reason"] == "invalid_arguments"


async def test_calls_that_no_tool_can_take_are_answered_in_the_shape_of_results() -> None:
    script = Script(
        [CallTool("order_pizza"), CallTool("note", {"who": "me"}), CallTool("note", {})],
        [Say("Sorry.", audio=ANSWER)],
    )
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(
            model.url, tools=[note], refused=lambda result: result | {"today": "a day"}
        ) as running,
    ):
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        outputs = script.conversations[1].function_outputs
    assert [output["reason"] for output in outputs] == [
        "unknown_tool",
        "invalid_arguments",
        "invalid_arguments",
    ]
    assert all(output["today"] == "a day" and not output["ok"] for output in outputs)
    assert not running.caught.of(FunctionCallInProgressFrame)


async def test_a_tool_call_that_a_barge_in_cut_off_is_not_run() -> None:
    added = {"type": "conversation.item.added", "event_id": "e", "item": CUT_OFF}
    done = {
        "type": "response.output_item.done",
        "event_id": "e",
        "response_id": "r",
        "output_index": 0,
        "item": CUT_OFF | {"status": "incomplete", "arguments": '{"what": "ro"}'},
    }
    async with (
        strange_model(json.dumps(added), json.dumps(done), AUDIO) as url,
        talk(url, tools=[note], greet=False) as running,
    ):
        await running.caught.until(lambda: played(running))
        assert not running.caught.of(FunctionCallInProgressFrame)


async def test_a_response_that_fails_does_not_lose_the_model() -> None:
    script = Script([Say("Hi.", audio=ANSWER)], [Fail()], [Say("Again.", audio=ANSWER)])
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url) as running,
    ):
        await running.caught.until(lambda: ends(running) == 1)
        await speak_in(running, speak("Hello?") + SILENCE)
        await running.caught.until(lambda: ends(running) >= 2)
        assert running.llm.is_usable


async def test_what_the_caller_did_not_hear_is_truncated() -> None:
    async with (
        RealtimeSimulator(lambda: Script([Say("Hi.", audio=ANSWER)])) as model,
        talk(model.url) as running,
    ):
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        item_id = running.caught.of(MulawOutputFrame)[0].item_id
        await running.worker.queue_frame(TruncateItemFrame(item_id, content_index=0, heard_ms=120))
        session = model.sessions[0]
        await soon(lambda: received(session, "conversation.item.truncate"))
        event = received(session, "conversation.item.truncate")[0]
        assert (event["item_id"], event["audio_end_ms"]) == (item_id, 120)


def test_options_that_no_caller_could_hear_are_refused_with_the_fix() -> None:
    async def never() -> Any:
        raise AssertionError

    for options, fix in [
        (SessionOptions(input_format="pcm16"), "input_format and output_format must be g711"),
        (SessionOptions(output_modality="text"), 'output_modality must be "audio"'),
    ]:
        with pytest.raises(SessionOptionsError, match=fix):
            MulawRealtimeLLMService(
                connection=never,
                reconnection=never,
                options=options,
                model=MODEL,
                instructions="",
                tools=ToolSet([]),
            )


@asynccontextmanager
async def strange_model(*events: str | bytes, **formats: str) -> AsyncGenerator[str]:
    """A server that confirms the session, or these formats, then sends exactly these events."""
    confirmed = {
        end: {"format": {"type": formats.get(end, "audio/pcmu")}} for end in ("input", "output")
    }

    async def converse(socket: ServerConnection) -> None:
        await socket.send(json.dumps({"type": "session.created", "event_id": "e", "session": {}}))
        await socket.recv()
        session = {"type": "realtime", "audio": confirmed}
        await socket.send(
            json.dumps({"type": "session.updated", "event_id": "e", "session": session})
        )
        for event in events:
            await socket.send(event)
        await socket.wait_closed()

    async with serve(converse, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/v1/realtime"


CUT_OFF = {
    "id": "i",
    "object": "realtime.item",
    "type": "function_call",
    "status": "in_progress",
    "call_id": "call_1",
    "name": "note",
    "arguments": "",
}

AUDIO = json.dumps(
    {
        "type": "response.output_audio.delta",
        "event_id": "e",
        "response_id": "r",
        "item_id": "i",
        "output_index": 0,
        "content_index": 0,
        "delta": base64.b64encode(ANSWER).decode(),
    }
)


@pytest.mark.parametrize(
    "event",
    [
        "no json",
        "[]",
        "{}",
        b"\xff\xfe",
        '{"type": 7}',
        '{"type": "response.of_the_future"}',
        '{"type": "response.done"}',
        '{"type": "response.output_audio.delta"}',
        '{"type": "response.output_audio.delta", "delta": 1, "item_id": "i",'
        ' "content_index": 0, "response_id": "r"}',
        '{"type": "error", "event_id": "e", "error": {"type": "invalid_request_error",'
        ' "code": "invalid_value", "message": "Audio content of 1ms is already shorter than 2ms"}}',
        '{"type": "error", "event_id": "e", "error": {"type": "server_error",'
        ' "code": "strange", "message": "Something."}}',
    ],
)
async def test_a_strange_event_does_not_end_the_session(event: str | bytes) -> None:
    async with (
        strange_model(event, event, AUDIO) as url,
        talk(url, greet=False) as running,
    ):
        await running.caught.until(lambda: played(running))
        assert running.llm.is_usable
