"""The HTTP side: Twilio's webhooks and the socket that each call is handed to."""

import asyncio
import gc
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket, WebSocketException, status
from loguru import logger
from starlette.responses import PlainTextResponse

import api
from booking.catalog import CatalogError
from bot import begin_agent, run_call
from browser_phone.app import PATH as PHONE_PATH
from browser_phone.app import build_phone
from browser_phone.booth import Booth
from bug_reports import set_up_bug_reports
from calendars.keys import CalendarKeys
from calendars.route import Calendars, calendar
from calls.lines import Lines, NoLine, Refusal
from calls.records import Outcome
from chores import doing_chores, open_voicemails
from dashboard.app import PATH as DASHBOARD_PATH
from dashboard.app import build_dashboard
from database import SchemaOutdated, prepare_schema
from drain import DrainingServer, hand_over
from messaging.wording import Wording
from monitoring import health, index, metrics, ready
from office import build_office
from realtime.session import SessionOptionsError
from realtime.warmup import WarmUps
from receptionist import Receptionist, now, open_receptionist, twilio_secrets
from settings import Settings, SettingsError
from telephony.call_socket import CallSocket
from telephony.patience import PatientHttp, PatientSocket
from telephony.token import StreamTokens
from tracing import set_up_tracing
from webhooks.sms import sms, sms_status
from webhooks.stream_door import NotLetIn, claimed_call, identify, let_in
from webhooks.switchboard import Switchboard, switchboard
from webhooks.voice import after, call_status, voice, voicemail

LARGEST_FRAME_BYTES = 4 * 1024 * 1024
"""Far beyond what Twilio sends: our reader survives what is too large, uvicorn would close."""

LAST_SECS = 5
"""How long requests may take that are open when the process leaves."""


def build_app(settings: Settings) -> FastAPI:
    """The application of one process."""
    secret = _secret(settings)
    dashboard = _dashboard(settings, secret)
    phone = dashboard and build_phone(dashboard.state.access, secret, https=_https(settings))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with (
            open_receptionist(settings) as receptionist,
            open_voicemails(settings) as voicemails,
        ):
            app.state.receptionist = receptionist
            warm_ups = WarmUps(
                partial(begin_agent, receptionist),
                most=settings.warm_calls,
                unheard=receptionist.note_unheard,
            )
            app.state.warm_ups = warm_ups
            app.state.switchboard = _switchboard(
                settings, receptionist, app.state.lines, warm_ups, secret
            )
            keys = CalendarKeys(settings.public_url, secret)
            app.state.calendars = Calendars(receptionist.desk, keys)
            if dashboard and phone:
                dashboard.state.office = build_office(receptionist, voicemails, app.state.lines)
                phone.state.booth = Booth(
                    app.state.switchboard,
                    receptionist.receipts,
                    receptionist.outbox,
                    Wording(receptionist.catalog.spa, keys.appointment_url).words,
                )
            async with doing_chores(settings, receptionist, keys.appointment_url):
                try:
                    yield
                finally:
                    await warm_ups.close()

    app = FastAPI(
        title="Spaline",
        version=version("spaline"),
        lifespan=lifespan,
        # A call is traced from inside. FastAPI would tell of each request, with the tokens and
        # numbers that are in addresses.
        telemetry={"exclude": lambda scope: True},
    )
    app.state.lines = Lines(settings.max_calls)
    app.state.metrics_token = settings.metrics_token.get_secret_value()
    app.state.api_token = settings.api_token.get_secret_value()
    app.add_exception_handler(HTTPException, plainly)
    _add_routes(app)
    if dashboard and phone:
        app.mount(DASHBOARD_PATH, dashboard)
        app.mount(PHONE_PATH, phone)
    return app


def _add_routes(app: FastAPI) -> None:
    """What is asked without a login; each has its own way to see who asks."""
    app.add_api_route("/", index)
    app.add_api_route("/health", health)
    app.add_api_route("/ready", ready)
    app.add_api_route("/metrics", metrics)
    app.add_api_route("/voice", voice, methods=["POST"])
    app.add_api_route("/voice/after", after, methods=["POST"])
    app.add_api_route("/voice/voicemail", voicemail, methods=["POST"])
    app.add_api_route("/voice/status", call_status, methods=["POST"])
    app.add_api_route("/sms", sms, methods=["POST"])
    app.add_api_route("/sms/status/{text_id}", sms_status, methods=["POST"])
    app.add_api_route("/calendar/{key}.ics", calendar)
    app.include_router(api.router)
    app.add_api_websocket_route("/media-stream/{token}", media_stream)


def _dashboard(settings: Settings, secret: str) -> FastAPI | None:
    """The pages for the staff; None when nobody may see them."""
    password_hash = settings.dashboard_password.get_secret_value()
    development = settings.environment == "development"
    if not password_hash and not development:
        return None
    return build_dashboard(
        password_hash,
        secret,
        https=_https(settings),
        open_to_local=development and not password_hash,
    )


def _https(settings: Settings) -> bool:
    return settings.public_url.startswith("https:")


def _switchboard(
    settings: Settings,
    receptionist: Receptionist,
    lines: Lines,
    warm_ups: WarmUps,
    secret: str,
) -> Switchboard:
    return Switchboard(
        public_url=settings.public_url,
        stream_origin=settings.stream_origin,
        account_sid=settings.twilio_account_sid,
        secrets=twilio_secrets(settings),
        desk_ring_secs=settings.desk_ring_seconds,
        catalog=receptionist.catalog,
        desk=receptionist.desk,
        outbox=receptionist.outbox,
        records=receptionist.records,
        lines=lines,
        spending=receptionist.spending,
        tokens=StreamTokens(secret),
        warm_up=warm_ups.begin,
        now=now,
    )


def _secret(settings: Settings) -> str:
    secret = settings.session_secret.get_secret_value()
    if not secret:
        logger.warning("SESSION_SECRET is not set: tokens and calendar links die with this process")
    return secret or secrets.token_urlsafe(32)


async def plainly(request: Request, error: Exception) -> Response:
    """A refusal as one plain sentence."""
    assert isinstance(error, HTTPException)  # noqa: S101  that is what it is registered for
    return PlainTextResponse(str(error.detail), error.status_code, error.headers)


async def media_stream(websocket: WebSocket, token: str) -> None:
    """One call. Who opens it is checked before the socket is accepted."""
    board = switchboard(websocket)
    try:
        claim = let_in(board, websocket, token)
    except NotLetIn as error:
        logger.warning("Socket refused: {}", error)
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION) from error
    receptionist: Receptionist = websocket.app.state.receptionist
    warm_ups: WarmUps = websocket.app.state.warm_ups
    with logger.contextualize(call_sid=claim.call_sid):
        try:
            with board.lines.talk(claim.call_sid):
                call = await claimed_call(board, claim)
                await websocket.accept()
                logger.info("Socket accepted")
                agent = warm_ups.claim(claim.call_sid) or begin_agent(receptionist, call.caller)
                await run_call(
                    websocket, receptionist, agent, partial(identify, board, claim, call)
                )
                await board.records.note_end(claim.call_sid, Outcome.FAILED, "no stream")
        except NoLine as error:
            logger.warning("Socket refused: {}", error)
            raise WebSocketException(status.WS_1008_POLICY_VIOLATION) from error
        except asyncio.CancelledError:
            # Not on to uvicorn: it would report a bug.
            logger.info("Call is left: {}", Refusal.LEAVING)


async def check(settings: Settings) -> None:
    """See that this process can answer calls, before it says so.

    Raises:
        CatalogError, SessionOptionsError: spa.toml is wrong.
        SchemaOutdated: the database is of another version.
    """
    async with open_receptionist(settings) as receptionist:
        await prepare_schema(settings.database_url)
    if settings.openai_realtime_model not in receptionist.prices.tokens:
        logger.warning(
            "{} has no price in realtime/prices.toml, so no limit on cost holds for it: set "
            "MAX_CALL_TOKENS and DAILY_TOKEN_LIMIT",
            settings.openai_realtime_model,
        )


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        http=PatientHttp,
        ws=CallSocket if settings.fast_audio else PatientSocket,
        ws_max_size=LARGEST_FRAME_BYTES,
        ws_per_message_deflate=False,
        # The calls are over by then, see `drain`; what still hangs is no call.
        timeout_graceful_shutdown=LAST_SECS,
    )


def serve(settings: Settings) -> None:
    """Serve until told to stop; what is wrong with the set-up is one sentence."""
    try:
        set_up_bug_reports(settings)
        set_up_tracing(settings)
        asyncio.run(check(settings))
    except (SettingsError, CatalogError, SessionOptionsError, SchemaOutdated) as error:
        raise SystemExit(f"spaline: {error}") from error
    if not settings.takes_phone_calls:
        phone = f"{settings.public_url}{PHONE_PATH}"
        logger.warning("TWILIO_AUTH_TOKEN is not set: nobody can ring but from {}", phone)
    logger.info("Spaline answers {} on {}:{}", settings.public_url, settings.host, settings.port)
    app = build_app(settings)
    # What was imported stays. To look through all of it in a collection takes a tenth of a second,
    # in which no caller hears a thing.
    gc.collect()
    gc.freeze()
    DrainingServer(
        server_config(app, settings),
        app.state.lines,
        lambda: hand_over(app.state.lines, app.state.receptionist.records),
        settings.drain_seconds,
    ).run()
