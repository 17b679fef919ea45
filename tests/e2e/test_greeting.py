"""The first word: asked for while the phone rings, spoken when it is picked up."""

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from calls.receipts import Receipts
from database import build_engine, build_sessions
from realtime.recording import ATTEMPTS
from simulator.line import Line
from simulator.realtime import Conversation, Output, RealtimeSimulator, Say, Session
from simulator.speech import speak
from simulator.stream import Stream
from tests.e2e.barge_ins import Outcome, stalls_noted
from tests.e2e.product import Answers, Product, running_product, spa_file
from tests.e2e.ringing import FORM, pick_up, post, ring
from tests.realtime.harness import soon

# Too quiet to drown the caller out.
GREETING = bytes(random.Random(1).choices(range(0x78, 0x80), k=24_000))
ANSWER = random.Random(2).randbytes(8000)


async def listen(line: Line) -> None:
    await line.listen(settle_secs=0.3)


async def barge_in(line: Line) -> None:
    await line.hear_agent(600)
    await line.play(speak("Wait, please."))
    await line.listen(settle_secs=0.3)


def greeting_model(**knobs: Any) -> RealtimeSimulator:
    """A model that greets, and then gives one answer."""
    return RealtimeSimulator(
        lambda: Answers(
            [Say("Good morning, how can I help?", audio=GREETING)], [Say("Yes?", ANSWER)]
        ),
        speed_factor=1000.0,
        **knobs,
    )


def heard(stream: Stream) -> bytes:
    return b"".join(piece.mulaw for piece in stream.playout.heard)


def sent(session: Session, kind: str) -> list[dict[str, Any]]:
    return [event for event in session.sent if event["type"] == kind]


def received(session: Session, kind: str) -> list[dict[str, Any]]:
    return [event for event in session.received if event["type"] == kind]


async def greeted(model: RealtimeSimulator) -> Session:
    """The first session, once all of the greeting was made in it."""
    await soon(lambda: model.sessions and sent(model.sessions[0], "response.done"))
    return model.sessions[0]


async def test_the_greeting_is_made_while_the_phone_rings(tmp_path: Path) -> None:
    async with greeting_model() as model, running_product(model.url, tmp_path) as product:
        verb = await ring(product)
        session = await greeted(model)
        stream = await pick_up(verb, listen)
        await session.closed.wait()
        assert heard(stream) == GREETING
        assert model.sessions == [session]
        assert len(received(session, "response.create")) == 1
        assert len(received(session, "session.update")) == 1
        assert len(received(session, "conversation.item.create")) == 1
        assert sent(session, "error") == []


async def test_a_greeting_that_nobody_hears_is_on_the_receipt_of_its_call(tmp_path: Path) -> None:
    async with greeting_model() as model:
        async with running_product(model.url, tmp_path) as product:
            await ring(product)
            session = await greeted(model)
        # The process has left, and so closed what nobody had picked up.
        engine = build_engine(product.database_url)
        receipt = await Receipts(build_sessions(engine)).of(FORM["CallSid"])
        await engine.dispose()
    assert receipt is not None
    (usage,) = [done["response"]["usage"] for done in sent(session, "response.done")]
    assert receipt.tokens.total == usage["total_tokens"]
    assert receipt.cost_usd


async def test_a_webhook_that_comes_twice_warms_one_session(tmp_path: Path) -> None:
    async with greeting_model() as model, running_product(model.url, tmp_path) as product:
        await ring(product)
        verb = await ring(product)
        session = await greeted(model)
        assert heard(await pick_up(verb, listen)) == GREETING
        await ring(product)  # Twilio may even be that late
        assert model.sessions == [session]


async def test_a_webhook_that_twilio_did_not_sign_costs_no_session(tmp_path: Path) -> None:
    async with greeting_model() as model, running_product(model.url, tmp_path) as product:
        assert (await post(product.voice_url, FORM, token="another")).status_code == 403
        await ring(product, FORM | {"CallSid": "CA" + "2" * 32})
        await greeted(model)
        assert len(model.sessions) == 1


async def test_a_session_that_is_lost_while_the_phone_rings_costs_the_caller_nothing(
    tmp_path: Path,
) -> None:
    async with greeting_model() as model, running_product(model.url, tmp_path) as product:
        verb = await ring(product)
        session = await greeted(model)
        session.close(1011)
        await session.closed.wait()
        assert heard(await pick_up(verb, listen)) == GREETING
        assert len(model.sessions) == 2


async def test_a_replica_without_the_warm_session_just_connects(tmp_path: Path) -> None:
    async with (
        greeting_model() as model,
        running_product(model.url, tmp_path) as first,
        running_product(model.url, tmp_path) as second,
    ):
        verb = await ring(first)
        await greeted(model)
        url = verb.stream_url.replace(first.origin[4:], second.origin[4:])
        assert heard(await pick_up(verb, listen, url=url)) == GREETING
        assert len(model.sessions) == 2


async def test_without_warm_calls_the_session_is_opened_at_the_pick_up(tmp_path: Path) -> None:
    async with (
        greeting_model() as model,
        running_product(model.url, tmp_path, warm_calls=0) as product,
    ):
        verb = await ring(product)
        assert model.sessions == []
        assert heard(await pick_up(verb, listen)) == GREETING
        assert len(model.sessions) == 1


async def test_who_hangs_up_while_it_rings_leaves_no_session_when_the_server_stops(
    tmp_path: Path,
) -> None:
    async with greeting_model() as model:
        async with running_product(model.url, tmp_path) as product:
            await ring(product)
            session = await greeted(model)
        await session.closed.wait()
        assert session.close_code == 1000


async def test_a_barge_in_truncates_the_greeting_at_what_was_heard(tmp_path: Path) -> None:
    outcome = Outcome()
    async with (
        greeting_model() as model,
        running_product(model.url, tmp_path) as product,
        stalls_noted(outcome),
    ):
        verb = await ring(product)
        session = await greeted(model)
        stream = await pick_up(verb, barge_in)
        await session.closed.wait()
    (item,) = (e["item"]["id"] for e in sent(session, "response.output_item.done")[:1])
    (truncation,) = received(session, "conversation.item.truncate")
    greeting, answer = heard(stream)[: -len(ANSWER)], heard(stream)[-len(ANSWER) :]
    assert GREETING.startswith(greeting)
    assert answer == ANSWER
    assert truncation["item_id"] == item
    assert abs(truncation["audio_end_ms"] - len(greeting) / 8) < outcome.tolerated_ms(150)
    assert sent(session, "error") == []


WORDS = "This call is transcribed. Thank you for calling Serenity Spa. How can I help you?"


class Announcer(Answers):
    """Says the announcement that it is asked for, and otherwise the answer."""

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        self.conversations.append(conversation)
        announcement = WORDS in (conversation.response_instructions or "")
        return [Say(WORDS, GREETING) if announcement else Say("Yes?", ANSWER)]


def exact_spa(folder: Path) -> dict[str, Any]:
    """Settings of a spa whose greeting is said word for word."""
    text = spa_file(folder, is_open=True).read_text(encoding="utf-8")
    file = folder / "exact.toml"
    file.write_text(text.replace('greeting_mode = "model"', 'greeting_mode = "exact"'))
    return {"spa_file": file, "greeting_folder": folder / "greetings"}


@asynccontextmanager
async def exact_product(folder: Path) -> AsyncGenerator[tuple[RealtimeSimulator, Product]]:
    """The product with its greeting recorded, and the model that recorded it."""
    async with (
        RealtimeSimulator(Announcer, speed_factor=1000.0) as model,
        running_product(model.url, folder, **exact_spa(folder)) as product,
    ):
        await soon(lambda: [*(folder / "greetings").glob("*.ulaw")])
        yield model, product


async def test_an_exact_greeting_is_the_recorded_bytes_and_no_answer_of_the_models(
    tmp_path: Path,
) -> None:
    async with exact_product(tmp_path) as (model, product):
        verb = await ring(product)
        await soon(lambda: len(model.sessions) == 2)
        stream = await pick_up(verb, listen)
        await model.sessions[1].closed.wait()
        session = model.sessions[1]
    (recorded,) = (tmp_path / "greetings").iterdir()
    assert recorded.read_bytes() == GREETING
    assert heard(stream) == GREETING
    assert received(session, "response.create") == []
    facts, greeting = session.items.order
    assert "Do not greet again" in facts["content"][0]["text"]
    assert (greeting["role"], greeting["content"][0]["text"]) == ("assistant", WORDS)
    assert sent(session, "error") == []


async def test_a_barge_in_shortens_the_words_of_an_exact_greeting(tmp_path: Path) -> None:
    async with exact_product(tmp_path) as (model, product):
        stream = await pick_up(await ring(product), barge_in)
        await model.sessions[1].closed.wait()
        session = model.sessions[1]
    greeting, answer = heard(stream)[: -len(ANSWER)], heard(stream)[-len(ANSWER) :]
    assert GREETING.startswith(greeting)
    assert len(greeting) < len(GREETING)
    assert answer == ANSWER
    item = session.items.order[1]
    words = item["content"][0]["text"].removesuffix(" ...")
    assert item["role"] == "assistant"
    assert WORDS.startswith(words)
    assert abs(len(words) / len(WORDS) - len(greeting) / len(GREETING)) < 0.25
    assert session.items.order[2]["role"] == "user"
    assert received(session, "conversation.item.truncate") == []
    assert sent(session, "error") == []


async def test_a_greeting_that_the_model_changes_is_the_models_own(tmp_path: Path) -> None:
    async with (
        greeting_model() as model,  # whose words are others
        running_product(model.url, tmp_path, **exact_spa(tmp_path)) as product,
    ):
        await soon(lambda: len(model.sessions) == ATTEMPTS)
        await model.sessions[-1].closed.wait()
        assert heard(await pick_up(await ring(product), listen)) == GREETING
        assert len(received(model.sessions[-1], "response.create")) == 1
