"""Calls of the browser phone: real sound in a real browser, through the whole product."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Page, expect

from simulator.appointment_book import read_appointments
from simulator.realtime import CallTool, Conversation, Output, RealtimeSimulator, Say
from simulator.speech import AGENT
from telephony import mulaw
from tests.browser.handset import Line, handset
from tests.e2e.product import CALLER, DESK, Answers, running_product

LONG = (
    "Thank you for calling Serenity Spa, your quiet place in the middle of the city. We are open "
    "every day, and we are very happy to hear from you."
)


class Booker:
    """Offers the first opening of tomorrow, and books it."""

    words = ("A hot stone massage, please.", "Yes, I am Maria Lopez.")

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        results: list[Any] = conversation.function_outputs
        if len(results) < conversation.user_turns:
            if not results:
                day = {"service": "hot stones", "date": "tomorrow"}
                return [CallTool("check_availability", day)]
            opening = results[0]["openings"][0]["opening_id"]
            return [CallTool("book_appointment", {"opening_id": opening, "name": "Maria Lopez"})]
        return [Say(("Hello.", "Shall I book it?", "It is booked.")[len(results)])]

    def transcribe(self, turn: int) -> str | None:
        return self.words[turn]


async def begin(page: Page, number: str = CALLER) -> None:
    await page.get_by_label("Your number").fill(number)
    await page.get_by_role("button", name="Call").click()
    await expect(page.get_by_role("status")).to_have_text("You are on the phone.")


def noted(model: RealtimeSimulator, words: str) -> bool:
    """Whether the model was told something in text."""
    events = model.sessions[0].received
    texts = [str(event) for event in events if event["type"] == "conversation.item.create"]
    return any(words in text for text in texts)


def played_secs(line: Line) -> tuple[float, float]:
    """How long all that was sent takes, and how long the page took to say that it is over."""
    media = [(at, body) for at, body in line.got if body["event"] == "media"]
    size = sum(len(body["media"]["payload"]) * 3 / 4 for _, body in media)
    over = [at for at, body in line.sent if body["event"] == "mark"]
    return size / mulaw.SAMPLE_RATE, over[-1] - media[0][0]


async def test_a_microphone_books_an_appointment(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(Booker) as model,
        running_product(model.url, tmp_path) as product,
        handset(product, tmp_path, 2.0, Booker.words[0], 3.5, Booker.words[1]) as (page, line),
    ):
        await begin(page)
        said = page.get_by_role("log")
        for words in (*Booker.words, "Shall I book it?", "It is booked.", "book_appointment: done"):
            await expect(said).to_contain_text(words, timeout=20_000)
        texts = page.get_by_role("region", name="Text messages")
        await expect(texts).to_contain_text("Hot stone massage")
        await line.settled()
        assert line.marks(line.got) != []
        audio_secs, taken_secs = played_secs(line)
        assert taken_secs > audio_secs * 0.9, "a mark came back before its audio was played"
        await page.get_by_role("button", name="Hang up").click()
        await expect(page.get_by_role("status")).to_have_text("You have hung up.")
        rows = await read_appointments(product.database_url, "America/New_York")
    assert [(row["phone"], row["name"], row["status"]) for row in rows] == [
        (CALLER, "Maria Lopez", "booked")
    ]


async def test_who_speaks_into_an_answer_silences_it(tmp_path: Path) -> None:
    def agent() -> Answers:
        return Answers([Say(LONG)], [Say("Of course.")], [Say("Which one?")])

    async with (
        RealtimeSimulator(agent) as model,
        running_product(model.url, tmp_path) as product,
        handset(product, tmp_path, 2.5, "Stop, please. I want a facial.") as (page, line),
    ):
        await begin(page)
        await expect(page.get_by_role("log")).to_contain_text("Of course.", timeout=15_000)
        await line.settled()
        assert "clear" in [body["event"] for _, body in line.got]
        cut = [event for event in model.sessions[0].received if event["type"].endswith("truncate")]
        whole_ms = len(AGENT.speak(LONG)) / mulaw.BYTES_PER_MS
        assert 500 < cut[0]["audio_end_ms"] < whole_ms - 1000
        await page.get_by_role("button", name="5", exact=True).click()
        await page.keyboard.press("7")
        await page.get_by_role("button", name="#").click()
        async with asyncio.timeout(10):
            while not noted(model, "5 7"):  # noqa: ASYNC110  a simulator has no event for it
                await asyncio.sleep(0.05)
        await page.get_by_role("button", name="Hang up").click()
        await expect(page.get_by_role("status")).to_have_text("You have hung up.")
        await expect(page.get_by_role("button", name="Call")).to_be_enabled()
    assert line.events("connected", "start", "stop") == ["connected", "start", "stop"]


async def test_what_comes_after_the_agent_is_told(tmp_path: Path) -> None:
    def agent() -> Answers:
        return Answers([Say("Hi.")], [Say("I connect you.")])

    async with (
        RealtimeSimulator(agent) as model,
        running_product(model.url, tmp_path, max_calls=1) as product,
        handset(product, tmp_path, 1.0) as (page, line),
    ):
        await begin(page, "")
        await page.keyboard.press("0")
        await expect(page.get_by_role("status")).to_contain_text(
            f"Now the front desk's phone would ring, at {DESK}.", timeout=15_000
        )
        await page.get_by_label("Your number").fill("12")
        await page.get_by_role("button", name="Call").click()
        await expect(page.get_by_role("alert")).to_have_text("No telephone has that number.")
        line.complaints.expect("422")


@pytest_asyncio.fixture(loop_scope="session")
async def modules(tmp_path: Path) -> AsyncGenerator[Page]:
    """A page that can import what the phone is made of."""
    async with (
        running_product("ws://127.0.0.1:1", tmp_path) as product,
        handset(product, tmp_path, 0.1) as (page, _),
    ):
        yield page


async def test_the_page_speaks_the_telephones_own_code(modules: Page) -> None:
    result = await modules.evaluate(
        """async () => {
          const { encode, DECODED } = await import("/phone/static/mulaw.js");
          const codes = Array.from({ length: 65536 }, (_, at) => encode((at - 32768) / 32768));
          return [codes, Array.from(DECODED, (sample) => sample * 32768)];
        }"""
    )
    samples = b"".join(value.to_bytes(2, "little", signed=True) for value in range(-32768, 32768))
    assert bytes(result[0]) == mulaw.encode(samples)
    decoded = mulaw.decode(bytes(range(256)))
    pairs = [decoded[at : at + 2] for at in range(0, len(decoded), 2)]
    assert result[1] == [int.from_bytes(pair, "little", signed=True) for pair in pairs]


async def test_a_telephones_band_passes_and_nothing_above_it(modules: Page) -> None:
    loud = await modules.evaluate(
        """async () => {
          const { Resampler } = await import("/phone/static/resampler.js");
          const level = (from, to, hertz) => {
            const resampler = new Resampler(from, to);
            const tone = Float32Array.from({ length: from }, (_, at) =>
              Math.sin((2 * Math.PI * hertz * at) / from));
            const out = [];
            for (let at = 0; at < from; at += 128) {
              out.push(...resampler.push(tone.subarray(at, at + 128)));
            }
            const steady = out.slice(100, -100);
            const power = steady.reduce((sum, sample) => sum + sample * sample, 0);
            return [out.length / to, Math.sqrt((2 * power) / steady.length)];
          };
          return {
            kept: [level(48000, 8000, 1000), level(44100, 8000, 3000), level(8000, 48000, 1000)],
            lost: [level(48000, 8000, 5000), level(44100, 8000, 7900)],
          };
        }"""
    )
    for share, level in loud["kept"]:
        assert 0.99 < share <= 1
        assert abs(level - 1) < 0.02
    for _, level in loud["lost"]:
        assert level < 0.01


async def test_marks_come_back_played_in_order_or_all_at_a_clear(modules: Page) -> None:
    told = await modules.evaluate(
        """async () => {
          const { Playback } = await import("/phone/static/playback.js");
          const { Resampler } = await import("/phone/static/resampler.js");
          const told = [], back = [];
          const playback = new Playback(new Resampler(8000, 8000), (name) => back.push(name));
          const tell = (what) => told.push([what, back.splice(0).join(" ")]);
          playback.mark("idle");
          tell("nothing is queued");
          playback.media(new Uint8Array(400).fill(0x20));
          playback.mark("one");
          playback.media(new Uint8Array(160).fill(0x20));
          playback.mark("two");
          playback.mark("three");
          const heard = new Float32Array(128);
          for (let at = 0; at < 3; at++) playback.play(heard);
          tell("384 of 400 samples");
          playback.play(heard);
          tell("512 of 560");
          playback.clear();
          tell("cleared");
          playback.play(heard);
          tell(heard.every((sample) => sample === 0) ? "silent" : "not silent");
          return told;
        }"""
    )
    assert told == [
        ["nothing is queued", "idle"],
        ["384 of 400 samples", ""],
        ["512 of 560", "one"],
        ["cleared", "two three"],
        ["silent", ""],
    ]
