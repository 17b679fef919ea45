import json

from openai import AsyncOpenAI

from simulator import mulaw
from simulator.realtime import CallTool, RealtimeSimulator, Say
from simulator.speech import AGENT
from tests.simulator.realtime_client import (
    GREETING,
    KEY,
    MODEL,
    MULAW_SESSION,
    Client,
    Script,
    connected,
    utterance,
)

TOOL = {
    "type": "function",
    "name": "check_availability",
    "description": "Find openings.",
    "parameters": {"type": "object", "properties": {"date": {"type": "string"}}},
}


TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


async def is_greeted(client: Client, script: Script) -> None:
    await client.send("response.create", response={"instructions": "Greet the caller."})
    await client.until("response.done")
    assert script.seen[0].response_instructions == "Greet the caller."
    assert client.audio() == AGENT.speak(GREETING)


async def asks_and_the_model_calls_a_tool(client: Client) -> None:
    await client.speak(utterance())
    done = await client.until("response.done")
    spoken, call = done["response"]["output"]
    assert (spoken["type"], call["type"]) == ("message", "function_call")
    assert json.loads(call["arguments"]) == {"date": "2026-11-27"}
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": '{"ok": 1}'}
    await client.send("conversation.item.create", item=output)
    await client.send("response.create")


async def interrupts(client: Client) -> None:
    delta = await client.until("response.output_audio.delta")
    await client.speak(utterance("Three please."))
    done = await client.until("response.done")
    assert done["response"]["status_details"]["reason"] == "turn_detected"
    heard_ms = len(client.audio(delta["item_id"])) // mulaw.BYTES_PER_MS // 2
    cut = {"item_id": delta["item_id"], "content_index": 0, "audio_end_ms": heard_ms}
    await client.send("conversation.item.truncate", **cut)
    await client.until("conversation.item.truncated")
    await client.until("response.done")


async def test_a_whole_call_is_greeted_heard_helped_and_interrupted() -> None:
    script = Script(
        [Say(GREETING)],
        [Say("One moment."), CallTool("check_availability", {"date": "2026-11-27"})],
        [Say("There is an opening at three, with Maria, or at four, or at five, or at six.")],
        transcripts=["I would like a massage.", "Three please."],
    )
    async with (
        RealtimeSimulator(script, speed_factor=20, first_audio_ms=10) as model,
        connected(model) as client,
    ):
        session = await client.configure({**MULAW_SESSION, "tools": [TOOL]})
        assert session["audio"]["output"]["format"] == {"type": "audio/pcmu"}
        await is_greeted(client, script)
        await asks_and_the_model_calls_a_tool(client)
        await interrupts(client)
        assert script.seen[2].function_outputs == [{"ok": 1}]
        assert [seen.user_turns for seen in script.seen] == [0, 1, 1, 2]
        while len(client.of(TRANSCRIBED)) < len(script.transcripts):
            await client.until(TRANSCRIBED)
        transcripts = [event["transcript"] for event in client.of(TRANSCRIBED)]
        assert transcripts == list(script.transcripts)


async def test_openai_s_own_client_holds_a_conversation_with_a_tool_call() -> None:
    script = Script([CallTool("check_availability", {"date": "2026-11-27"})], [Say("At three.")])
    async with RealtimeSimulator(script, first_audio_ms=0) as model:
        client = AsyncOpenAI(api_key=KEY, websocket_base_url=model.base_url)
        said: list[str] = []
        async with client, client.realtime.connect(model=MODEL) as connection:
            await connection.session.update(
                session={
                    "type": "realtime",
                    "audio": {"output": {"format": {"type": "audio/pcmu"}}},
                }
            )
            await connection.conversation.item.create(
                item={
                    "type": "message",
                    "role": "user",
                    "content": [{"type": "input_text", "text": "A massage on Friday?"}],
                }
            )
            await connection.response.create()
            async for event in connection:
                if event.type == "response.function_call_arguments.done":
                    call_id = event.call_id
                    await connection.conversation.item.create(
                        item={
                            "type": "function_call_output",
                            "call_id": call_id,
                            "output": '{"ok": true}',
                        }
                    )
                elif event.type == "response.output_audio_transcript.done":
                    said.append(event.transcript)
                elif event.type == "response.done":
                    if said:
                        break
                    await connection.response.create()
        assert said == ["At three."]
        assert script.seen[1].function_outputs == [{"ok": True}]
