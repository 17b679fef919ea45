"""The HTTP side: Twilio's webhooks and the socket that each call is handed to."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket, WebSocketException, status
from loguru import logger
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse

from booking.catalog import CatalogError
from bot import Receptionist, open_receptionist, run_call
from calls.logs import set_up_logs
from calls.records import Outcome
from database import SchemaOutdated, prepare_schema
from realtime.session import SessionOptionsError
from settings import Settings, SettingsError, load_settings
from telephony.caller_id import caller_phone, masked
from telephony.handshake import NoStart
from telephony.media_stream import Start
from telephony.signature import signed_handshake, signed_webhook
from telephony.token import StreamToken, StreamTokens, TokenRejected
from telephony.twiml import apologise_and_dial, connect_stream, hang_up

DATABASE_ERRORS = (SQLAlchemyError, OSError)
"""What a database that is gone, locked or full raises; the phone still has to be answered."""

LARGEST_FRAME_BYTES = 4 * 1024 * 1024
"""Far beyond what Twilio sends: our reader survives what is too large, uvicorn would close."""

MAX_FIELDS = 200
"""Twilio sends some thirty; a form with more is not worth reading."""

SORRY = "I am sorry, we have a technical problem. I will connect you to our front desk."
"""What a caller hears when the agent is lost; spoken by Twilio, which is still there."""


def build_app(settings: Settings) -> FastAPI:
    """The application of one process."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_receptionist(settings) as receptionist:
            app.state.receptionist = receptionist
            yield

    app = FastAPI(title="Spaline", version=version("spaline"), lifespan=lifespan)
    app.state.settings = settings
    app.add_exception_handler(HTTPException, plainly)
    app.state.tokens = StreamTokens(_secret(settings))
    app.add_api_route("/", index)
    app.add_api_route("/health", health)
    app.add_api_route("/voice", voice, methods=["POST"])
    app.add_api_route("/voice/after", after, methods=["POST"])
    app.add_api_websocket_route("/media-stream/{token}", media_stream)
    return app


def _secret(settings: Settings) -> str:
    secret = settings.session_secret.get_secret_value()
    if not secret:
        logger.warning("SESSION_SECRET is not set: tokens of this process are good in it alone")
    return secret or secrets.token_urlsafe(32)


async def plainly(request: Request, error: Exception) -> Response:
    """A refusal as one plain sentence."""
    assert isinstance(error, HTTPException)  # noqa: S101  that is what it is registered for
    return PlainTextResponse(str(error.detail), error.status_code)


async def index() -> dict[str, str]:
    """Name and version."""
    return {"name": "spaline", "version": version("spaline")}


async def health() -> dict[str, str]:
    """Whether the process runs."""
    return {"status": "ok"}


async def voice(request: Request) -> Response:
    """The phone rings: TwiML that connects the call to a media stream of its own."""
    form = await _signed_form(request)
    receptionist = _receptionist(request)
    call_sid, from_, to = _field(form, "CallSid"), form.get("From", ""), form.get("To", "")
    phone = caller_phone(from_)
    with logger.contextualize(call_sid=call_sid):
        logger.info("Phone rings, caller {}", masked(phone))
        try:
            await receptionist.records.ring(call_sid, caller=phone, dialled=to)
        except DATABASE_ERRORS:
            logger.exception("Call cannot be noted, so a person takes it")
            return _to_a_person(receptionist)
    settings, token = receptionist.settings, _tokens(request).issue(call_sid, phone or "")
    return _twiml(
        connect_stream(
            f"{settings.stream_origin}/media-stream/{token}",
            f"{settings.public_url}/voice/after",
            {"customerPhone": from_, "callSid": call_sid, "from_number": from_, "to_number": to},
        )
    )


async def after(request: Request) -> Response:
    """The stream is over and the caller is still there: a person, unless all was said."""
    form = await _signed_form(request)
    receptionist = _receptionist(request)
    call_sid = _field(form, "CallSid")
    with logger.contextualize(call_sid=call_sid):
        try:
            outcome = await receptionist.records.outcome(call_sid)
        except DATABASE_ERRORS:
            logger.exception("Outcome of the call cannot be read, so a person takes it")
            return _to_a_person(receptionist)
        logger.info("Stream is over, call was {}", outcome or "never seen here")
    return _twiml(hang_up()) if outcome is Outcome.COMPLETED else _to_a_person(receptionist)


async def media_stream(websocket: WebSocket, token: str) -> None:
    """One call. Signature and token are checked before the socket is accepted."""
    settings: Settings = websocket.app.state.settings
    url = f"{settings.stream_origin}{_target(websocket)}"
    signature = websocket.headers.get("x-twilio-signature", "")
    if not settings.allow_unsigned_webhooks and not signed_handshake(
        url, signature, settings.auth_tokens
    ):
        logger.warning("Socket refused: not signed by Twilio for {}", url.rpartition("/")[0])
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    tokens: StreamTokens = websocket.app.state.tokens
    try:
        claim = tokens.read(token)
    except TokenRejected as error:
        logger.warning("Socket refused: token rejected ({})", error)
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION) from error
    receptionist: Receptionist = websocket.app.state.receptionist
    with logger.contextualize(call_sid=claim.call_sid):
        if not await receptionist.records.claim(claim.call_sid):
            logger.warning("Socket refused: the call is taken, or never rang")
            raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
        await websocket.accept()
        logger.info("Socket accepted")
        await run_call(websocket, receptionist, lambda start: _identify(start, claim, tokens))


def _identify(start: Start, claim: StreamToken, tokens: StreamTokens) -> str | None:
    """The number of the webhook, if the stream tells the same story."""
    phone = caller_phone(start.custom_parameters.get("customerPhone", ""))
    if start.call_sid != claim.call_sid or not tokens.is_bound_to(claim, phone or ""):
        raise NoStart("the stream's call or caller is not the one of its webhook")
    return phone


async def _signed_form(request: Request) -> Mapping[str, Any]:
    """The form of a webhook that Twilio signed, blank values included."""
    settings: Settings = request.app.state.settings
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        form = ImmutableMultiDict(pairs)
    except ValueError as error:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "The form cannot be read.") from error
    url = f"{settings.public_url}{_target(request)}"
    signature = request.headers.get("x-twilio-signature", "")
    if not settings.allow_unsigned_webhooks and not signed_webhook(
        url, form, signature, settings.auth_tokens
    ):
        logger.warning("Webhook refused: not signed by Twilio for {}", url)
        raise HTTPException(
            status.HTTP_403_FORBIDDEN,
            f"The signature is not Twilio's for {url}. Compare PUBLIC_URL with the URL at Twilio.",
        )
    return form


def _target(connection: HTTPConnection) -> str:
    """Path and query as they stood in the request: a normalised path has another signature."""
    path: bytes = connection.scope["raw_path"]
    query: bytes = connection.scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


def _field(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, f"{name} is missing.")
    return str(value)


def _receptionist(request: Request) -> Receptionist:
    return request.app.state.receptionist


def _tokens(request: Request) -> StreamTokens:
    return request.app.state.tokens


def _to_a_person(receptionist: Receptionist) -> Response:
    return _twiml(apologise_and_dial(SORRY, receptionist.catalog.spa.front_desk_number))


def _twiml(document: str) -> Response:
    return Response(document, media_type="text/xml")


async def check(settings: Settings) -> None:
    """See that this process can answer calls, before it says so.

    Raises:
        CatalogError, SessionOptionsError: spa.toml is wrong.
        SchemaOutdated: the database is of another version.
    """
    async with open_receptionist(settings):
        await prepare_schema(settings.database_url)


def main() -> None:
    """Serve until told to stop; what is wrong with the set-up is one sentence."""
    try:
        settings = load_settings()
        set_up_logs(
            settings.log_level, json=settings.log_format == "json", speech=settings.logs_speech
        )
        asyncio.run(check(settings))
    except (SettingsError, CatalogError, SessionOptionsError, SchemaOutdated) as error:
        raise SystemExit(f"spaline: {error}") from error
    logger.info("Spaline answers {} on {}:{}", settings.public_url, settings.host, settings.port)
    uvicorn.run(
        build_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME_BYTES,
        ws_per_message_deflate=False,
    )


if __name__ == "__main__":
    main()
