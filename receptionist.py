"""What all calls of a process share."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from loguru import logger
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from websockets.asyncio.client import ClientConnection

from booking.catalog import Catalog, load_catalog
from booking.desk import BookingDesk
from booking.outbox import Outbox
from calls.capture import Tap
from calls.captures import Captures
from calls.entries import ModelUse, Tokens
from calls.journal import CallJournal
from calls.live import LiveCalls
from calls.metrics import CallMetrics
from calls.receipts import Receipts
from calls.records import CallRecords
from calls.shelf import Shelf, ShelfMisplaced
from calls.spending import Limits, Spending
from calls.tapes import Tapes
from database import build_engine, build_sessions
from realtime.connection import open_connection
from realtime.pricing import Prices, load_prices
from realtime.recording import Recorder, Recording
from realtime.service import check_options
from realtime.session import SessionOptions, load_session_options
from realtime.tool_set import ToolSet
from settings import Settings, SettingsError
from telephony.signature import TwilioSecrets
from tools import RECEPTIONIST_TOOLS
from tools.spoken import say_list, say_money

PROMPT = Path(__file__).parent / "prompts" / "receptionist.md"


def _now_ms() -> float:
    return time.monotonic() * 1000


@dataclass(frozen=True)
class Receptionist:
    """What all calls share.

    Attributes:
        settings: of this process.
        options: of the model's sessions.
        catalog: the spa.
        desk: its appointments.
        outbox: the texts that are owed to customers.
        records: of the calls.
        sessions: makes sessions of the database, for who tidies behind the calls.
        journal: what happens in them.
        metrics: what that comes to.
        receipts: reads that again.
        spending: what they may cost.
        prices: of the models.
        live: the calls that go on here.
        shelf: where recordings of calls are.
        tapes: makes them.
        recorder: of the greeting; None when the model says it.
        instructions: the model's standing orders, the same for every call so that the
            model's prompt cache works.
        captures: of what goes over the calls' wires.
        connect: opens a socket to the model, whose messages are shown to a tap.
        tools: what the model may do.
        now_ms: milliseconds of a monotonic clock.
    """

    settings: Settings
    options: SessionOptions
    catalog: Catalog
    desk: BookingDesk
    outbox: Outbox
    records: CallRecords
    sessions: async_sessionmaker[AsyncSession]
    journal: CallJournal
    metrics: CallMetrics
    receipts: Receipts
    spending: Spending
    prices: Prices
    live: LiveCalls
    shelf: Shelf
    tapes: Tapes
    recorder: Recorder | None
    instructions: str
    captures: Captures
    connect: Callable[[Tap | None], Awaitable[ClientConnection]]
    tools: tuple[Callable[..., Any], ...] = RECEPTIONIST_TOOLS
    now_ms: Callable[[], float] = _now_ms

    def note_unheard(self, call_sid: str, tokens: Tokens) -> None:
        """Put on the receipt of a call what its greeting took that nobody heard."""
        logger.info("Greeting was not heard, and took {} tokens", tokens.total)
        self.journal.of(call_sid)(_use(self.settings, self.prices, tokens))

    @cached_property
    def tool_set(self) -> ToolSet:
        """The tools, as the model's service takes them."""
        return ToolSet(self.tools)

    @property
    def greeting(self) -> Recording | None:
        """The greeting as audio, if it is to be said without the model."""
        return self.recorder.recording if self.recorder else None


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


def _use(settings: Settings, prices: Prices, tokens: Tokens) -> ModelUse:
    """What the model was used for outside of a conversation, priced."""
    model = settings.openai_realtime_model
    return ModelUse(now(), model, tokens, cost_microdollars=prices.of_tokens(model, tokens))


def limits(settings: Settings) -> Limits:
    """What calls may cost."""
    return Limits(
        at_once=settings.max_calls_per_caller,
        per_hour=settings.max_calls_per_caller_per_hour,
        daily_tokens=settings.daily_token_limit,
        daily_cost_usd=settings.daily_cost_limit_usd,
        longest_call=timedelta(seconds=settings.max_call_seconds),
    )


def twilio_secrets(settings: Settings) -> TwilioSecrets | None:
    """What Twilio may sign with; None when it need not."""
    if settings.allow_unsigned_webhooks:
        return None
    return TwilioSecrets(tuple(settings.auth_tokens), tuple(settings.webhook_keys))


def standing_orders(catalog: Catalog) -> str:
    """What every call's model is told, the same every time."""
    prompt = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701  for a model, not for a browser  # nosec B701
    template = prompt.from_string(PROMPT.read_text(encoding="utf-8"))
    return template.render(catalog=catalog, spa=catalog.spa, money=say_money, list=say_list)


async def connect_model(settings: Settings, tap: Tap | None = None) -> ClientConnection:
    """A socket to the model, before any event; a tap is shown its messages.

    Raises:
        ModelUnreachable: there is none.
    """
    return await open_connection(
        settings.openai_realtime_url,
        model=settings.openai_realtime_model,
        api_key=settings.openai_api_key.get_secret_value(),
        tap=tap,
    )


def _recorder(
    settings: Settings,
    catalog: Catalog,
    options: SessionOptions,
    spent: Callable[[Tokens], None],
) -> Recorder | None:
    if catalog.spa.greeting_mode == "model":
        return None
    return Recorder(
        catalog.privacy.announced(catalog.spa.greeting),
        settings.greeting_folder,
        lambda: connect_model(settings),
        options,
        settings.openai_realtime_model,
        spent,
    )


def _shelf(settings: Settings) -> Shelf:
    try:
        return Shelf(settings.recording_folder, settings.recording_url)
    except ShelfMisplaced as error:
        raise SettingsError(f"RECORDING_URL: {error}") from error


REPLAYED = (
    "openai_realtime_model",
    "silence_seconds",
    "max_call_seconds",
    "dead_air_ask_seconds",
    "dead_air_hand_over_seconds",
    "max_call_tokens",
    "max_call_cost_usd",
)
"""The settings that decide what is sent in a call, and so belong into its capture."""


def _captures(settings: Settings, catalog: Catalog) -> Captures:
    # A capture holds every word of a call, and perhaps its sound: both need consent.
    return Captures(
        settings.capture_folder,
        {"settings": {name: getattr(settings, name) for name in REPLAYED}},
        are_wanted=settings.capture_calls and catalog.privacy.transcripts,
        audio=settings.capture_audio and catalog.privacy.recordings,
        days=catalog.privacy.transcript_days,
    )


@asynccontextmanager
async def open_receptionist(settings: Settings) -> AsyncGenerator[Receptionist]:
    """Everything that calls share, from settings; closes the database at the end.

    Raises:
        CatalogError: spa.toml is wrong.
        SessionOptionsError: its [realtime] table is wrong.
        SettingsError: recordings cannot go to RECORDING_URL.
    """
    catalog = load_catalog(settings.spa_file)
    options = load_session_options(settings.spa_file)
    tools = [tool.__name__ for tool in RECEPTIONIST_TOOLS]
    check_options(options, settings.openai_realtime_model, tools)
    shelf = _shelf(settings)
    engine = build_engine(settings.database_url)
    try:
        sessions, metrics, prices = build_sessions(engine), CallMetrics(), load_prices()
        records = CallRecords(sessions, now, metrics.ended)
        yield Receptionist(
            settings=settings,
            options=options,
            catalog=catalog,
            desk=BookingDesk(catalog, sessions, now),
            outbox=Outbox(sessions, now),
            records=records,
            journal=CallJournal(sessions, metrics.happened),
            metrics=metrics,
            sessions=sessions,
            receipts=Receipts(sessions),
            spending=Spending(sessions, limits(settings), catalog.spa.zone, now),
            prices=prices,
            live=LiveCalls(sessions),
            shelf=shelf,
            tapes=Tapes(shelf, records, are_allowed=catalog.privacy.recordings),
            recorder=_recorder(
                settings,
                catalog,
                options,
                lambda tokens: metrics.happened(_use(settings, prices, tokens)),
            ),
            instructions=standing_orders(catalog),
            captures=_captures(settings, catalog),
            connect=partial(connect_model, settings),
        )
    finally:
        await engine.dispose()
