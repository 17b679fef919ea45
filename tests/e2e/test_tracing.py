"""A call is one trace, with its turns and tools, and without a word of it."""

from pathlib import Path

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from simulator.caller import Line, place_call
from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.e2e.collector import Collector, attributes, collector
from tests.e2e.process import server_process
from tests.e2e.product import ACCOUNT, CALLER, Answers

CALL_SID = "CA" + "5" * 32
GREETING, NAME, HEARD = "Hello at the spa.", "Ada Lovelace", "something"
SECRETS = (GREETING, NAME, HEARD, CALLER, CALLER[2:])


async def talk(line: Line) -> None:
    await line.listen(settle_secs=0.3)
    await line.say("Do I have an appointment?")
    await line.listen(settle_secs=0.5)


async def traced_call(folder: Path, collected: Collector, **settings: str) -> None:
    agent = Answers(
        [Say(GREETING)],
        [CallTool("get_customer_history", {"name": NAME})],
        [Say("You have none.")],
    )
    async with (
        RealtimeSimulator(lambda: agent) as model,
        server_process(
            model.url,
            folder,
            OTEL_EXPORTER_OTLP_ENDPOINT=collected.url,
            OTEL_BSP_SCHEDULE_DELAY="50",
            **settings,
        ) as product,
    ):
        await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=talk, call_sid=CALL_SID)
        await collected.until(lambda: collected.named("conversation"))


def inside(span: Span, others: list[Span]) -> bool:
    return span.parent_span_id in {other.span_id for other in others}


async def test_a_call_is_one_trace_of_turns_and_tools_without_a_word(tmp_path: Path) -> None:
    async with collector() as collected:
        await traced_call(tmp_path, collected, OTEL_SERVICE_NAME="the-spa")
    assert collected.services == {"the-spa"}
    assert len({span.trace_id for span in collected.spans}) == 1
    (call,) = collected.named("conversation")
    assert call.parent_span_id == b""
    assert attributes(call)["conversation.id"] == CALL_SID
    turns = collected.named("turn")
    assert [attributes(turn)["turn.number"] for turn in turns] == [1, 2]
    assert all(inside(turn, [call]) for turn in turns)
    (tool,) = collected.named("execute_tool get_customer_history")
    assert inside(tool, [turns[1]])
    assert attributes(tool)["spaline.result"] == "ok"
    (wait,) = collected.named("caller waits")
    assert inside(wait, [turns[1]])
    assert wait.start_time_unix_nano <= tool.start_time_unix_nano
    assert tool.end_time_unix_nano <= wait.end_time_unix_nano
    # As Pipecat's own service makes them.
    requests, responses = collected.named("llm_request"), collected.named("llm_response")
    # A result that is there before its response is done is asked about once more.
    assert len(requests) in (2, 3)
    assert len(responses) == 3
    assert all(inside(span, [*turns, call]) for span in requests + responses)
    assert all(attributes(span)["gen_ai.usage.output_tokens"] for span in responses)
    assert collected.named("llm_setup")
    assert collected.named("stt")
    assert [secret for secret in SECRETS if secret.encode() in collected.raw] == []


async def test_speech_is_in_a_trace_where_it_may_be_logged(tmp_path: Path) -> None:
    async with collector() as collected:
        await traced_call(tmp_path, collected, LOG_SPEECH="on")
    assert attributes(collected.named("stt")[0])["transcript"] == HEARD
    assert GREETING in {attributes(span).get("output") for span in collected.named("llm_response")}
