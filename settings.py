"""The only reader of the environment; `.env.example` lists every name."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from setting_values import (
    AccountSid,
    DatabaseUrl,
    Origin,
    PasswordHash,
    PhoneNumber,
    WebSocketUrl,
    parts,
)

ALIKE = 0.85
"""From how alike on a name of nobody's is a setting's with a slip, of 1."""


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and the fix."""


class Settings(BaseSettings):
    """What a deployment decides.

    Attributes:
        openai_api_key: key of the model's account.
        openai_realtime_url: WebSocket URL of the GA Realtime API, without a query.
        openai_realtime_model: the model to talk with.
        twilio_account_sid: the account that the calls come from.
        twilio_auth_token: signs webhooks; two with a comma between them during a rotation. In
            development it may be missing: then no phone call is let in, only the browser phone.
        twilio_webhook_key: secret of a shared key, if the account signs its webhooks with one
            (HMAC-SHA256) instead; two with a comma between them during a rotation.
        twilio_api_url: origin of Twilio's REST interface.
        twilio_phone_number: the spa's number, E.164; text messages come from it.
        public_url: origin that Twilio was told; signatures are checked against it. In development
            this machine's, if it is missing.
        host: address to listen on.
        port: port to listen on.
        database_url: SQLAlchemy URL, sqlite+aiosqlite or postgresql+asyncpg, or one of libpq.
        spa_file: the spa's hours, treatments and people.
        greeting_folder: where a recorded greeting is kept.
        recording_folder: where recordings of calls are written, if spa.toml allows them.
        recording_url: where complete ones go, such as s3://bucket/calls; "" leaves them there.
        capture_calls: write what goes over both sockets of each call into a file, to be replayed,
            if spa.toml allows transcripts.
        capture_audio: with its sound, if spa.toml allows recordings; else how much of it there was.
        capture_folder: where captures are.
        session_secret: signs tokens; made at random for this process when absent.
        allow_unsigned_webhooks: accept requests that Twilio did not sign (development).
        max_calls: how many calls this process holds; above it callers get a person.
        max_calls_per_caller: how many calls one number may have at once; 0 is no limit.
        max_calls_per_caller_per_hour: how many within an hour; 0 is no limit.
        max_call_tokens: how many tokens of the model one call may take; 0 is no limit.
        max_call_cost_usd: what the models may cost in one call; 0 is no limit.
        daily_token_limit: tokens since the spa's midnight, of all replicas; 0 is no limit.
        daily_cost_limit_usd: what the models may cost since then; 0 is no limit.
        warm_calls: calls that ring may have their model session opened and their greeting asked for
            before they are picked up, so many at the same time; 0 waits for the pick-up.
        drain_seconds: how long a process that is told to stop lets running calls finish.
        max_call_seconds: how long a call may last; the model's own session ends after an hour.
        silence_seconds: how long a caller may say nothing before the agent asks whether they are
            still there, and again before it says goodbye.
        dead_air_ask_seconds: how long a caller may wait and hear nothing before the agent is asked
            to say something.
        dead_air_hand_over_seconds: the same before a person takes the call.
        desk_ring_seconds: how long the front desk's phone rings before voicemail takes over.
        dashboard_password: hash of the staff's password; without it there is no dashboard, but in
            development for browsers on this machine.
        metrics_token: what Prometheus sends as its bearer token; without it there are no metrics.
        api_token: what programs send as their bearer token that ask for receipts of calls; without
            it there are none.
        fast_audio: let audio pass by Pipecat's queues and uvicorn's ASGI; false costs more and
            changes nothing else.
        otel_traces_exporter: traces calls by OpenTelemetry: otlp, console, or another one that is
            installed; none does not. Every other OTEL_* variable is OpenTelemetry's to read.
        otel_exporter_otlp_endpoint: where to; naming one switches otlp on.
        otel_exporter_otlp_traces_endpoint: the same, only for traces.
        otel_exporter_otlp_protocol: how otlp travels.
        otel_sdk_disabled: trace nothing after all.
        otel_service_name: who we are in a trace.
        sentry_dsn: where bugs are reported; nowhere without it.
        log_level: least severe level that is logged.
        log_format: text for people, json for machines.
        log_speech: whether speech and tool arguments are logged; auto: in development.
        environment: development or production.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        env_ignore_empty=True,
        # Pydantic's errors quote what they were given, the API keys too.
        hide_input_in_errors=True,
    )

    openai_api_key: SecretStr
    openai_realtime_url: WebSocketUrl = "wss://api.openai.com/v1/realtime"
    openai_realtime_model: str = "gpt-realtime-2.1"

    twilio_account_sid: AccountSid = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_webhook_key: SecretStr = SecretStr("")
    twilio_api_url: Origin = "https://api.twilio.com"
    twilio_phone_number: PhoneNumber = ""

    public_url: Origin = ""
    host: str = "0.0.0.0"  # noqa: S104  a container listens on all its addresses  # nosec B104
    port: int = Field(default=8000, ge=0, le=65535)
    # It may hold a password.
    database_url: DatabaseUrl = Field(default="sqlite+aiosqlite:///./spaline.db", repr=False)
    spa_file: Path = Path("spa.toml")
    greeting_folder: Path = Path("greetings")
    recording_folder: Path = Path("recordings")
    # It may hold a password.
    recording_url: str = Field(default="", repr=False)
    capture_calls: bool = False
    capture_audio: bool = False
    capture_folder: Path = Path("captures")
    session_secret: SecretStr = SecretStr("")
    allow_unsigned_webhooks: bool = False

    max_calls: int = Field(default=40, ge=1)
    max_calls_per_caller: int = Field(default=3, ge=0)
    max_calls_per_caller_per_hour: int = Field(default=20, ge=0)
    max_call_tokens: int = Field(default=2_000_000, ge=0)
    max_call_cost_usd: float = Field(default=5.0, ge=0)
    daily_token_limit: int = Field(default=0, ge=0)
    daily_cost_limit_usd: float = Field(default=100.0, ge=0)
    warm_calls: int = Field(default=16, ge=0)
    drain_seconds: int = Field(default=900, ge=0)
    max_call_seconds: int = Field(default=900, ge=120, le=3500)
    silence_seconds: float = Field(default=12.0, ge=0.1)
    dead_air_ask_seconds: float = Field(default=4.0, ge=0.5)
    dead_air_hand_over_seconds: float = Field(default=8.0, le=60)
    desk_ring_seconds: int = Field(default=20, ge=5, le=600)

    dashboard_password: PasswordHash = SecretStr("")
    metrics_token: SecretStr = SecretStr("")
    api_token: SecretStr = SecretStr("")

    fast_audio: bool = True

    otel_traces_exporter: str = ""
    otel_exporter_otlp_endpoint: str = ""
    otel_exporter_otlp_traces_endpoint: str = ""
    otel_exporter_otlp_protocol: Literal["http/protobuf", "grpc"] = "http/protobuf"
    otel_sdk_disabled: bool = False
    otel_service_name: str = "spaline"

    sentry_dsn: str = ""

    log_level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"
    log_speech: Literal["auto", "on", "off"] = "auto"
    environment: Literal["development", "production"] = "development"

    @property
    def auth_tokens(self) -> list[str]:
        """Every Auth Token that may have signed a request."""
        return parts(self.twilio_auth_token)

    @property
    def webhook_keys(self) -> list[str]:
        """Every shared key that may have signed a request."""
        return parts(self.twilio_webhook_key)

    @property
    def takes_phone_calls(self) -> bool:
        """Whether anything of Twilio's is let in; if not, there is the browser phone."""
        return bool(self.auth_tokens or self.webhook_keys or self.allow_unsigned_webhooks)

    @property
    def sends_texts(self) -> bool:
        """Whether text messages can be sent."""
        return self.reaches_twilio and bool(self.twilio_phone_number)

    @property
    def reaches_twilio(self) -> bool:
        """Whether Twilio's REST interface can be asked."""
        return bool(self.twilio_account_sid and self.auth_tokens)

    @property
    def logs_speech(self) -> bool:
        """Whether what people say may enter a log."""
        if self.log_speech == "auto":
            return self.environment == "development"
        return self.log_speech == "on"

    @property
    def traces(self) -> bool:
        """Whether calls are traced."""
        wanted = self.otel_traces_exporter or (
            self.otel_exporter_otlp_endpoint or self.otel_exporter_otlp_traces_endpoint
        )
        return bool(wanted) and wanted != "none" and not self.otel_sdk_disabled

    @property
    def trace_exporter(self) -> str:
        """The exporter of traces, by the name that its package gives it."""
        name = self.otel_traces_exporter or "otlp"
        if name != "otlp":
            return name
        return f"otlp_proto_{self.otel_exporter_otlp_protocol.partition('/')[0]}"

    @property
    def stream_origin(self) -> str:
        """`public_url` as the origin of a WebSocket."""
        return "ws" + self.public_url.removeprefix("http")

    @model_validator(mode="after")
    def _asked_before_handed_over(self) -> Self:
        if self.dead_air_hand_over_seconds <= self.dead_air_ask_seconds:
            raise ValueError(
                "DEAD_AIR_HAND_OVER_SECONDS must be longer than DEAD_AIR_ASK_SECONDS: the agent "
                "is asked first"
            )
        return self

    @model_validator(mode="after")
    def _whole_in_production(self) -> Self:
        if self.environment == "development":
            self.public_url = self.public_url or f"http://localhost:{self.port}"
            return self
        if self.allow_unsigned_webhooks:
            raise ValueError("ALLOW_UNSIGNED_WEBHOOKS is for development, not for production")
        for name, value in (
            ("PUBLIC_URL", self.public_url),
            ("TWILIO_AUTH_TOKEN", self.auth_tokens),
        ):
            if not value:
                raise ValueError(f"{name} is missing: set it in the environment or in .env")
        return self


def hand_on_otel() -> None:
    """Let OpenTelemetry, which reads the environment by itself, see what `.env` says of it."""
    for name, value in dotenv_values(".env").items():
        if name.startswith("OTEL_") and value:
            os.environ.setdefault(name, value)


def misspelt_settings() -> dict[str, str]:
    """Names in `.env` that are no setting, by the setting that is probably meant."""
    known = [name.upper() for name in Settings.model_fields]
    found = {
        name: get_close_matches(name.upper(), known, n=1, cutoff=ALIKE)
        for name in dotenv_values(".env")
        if name.upper() not in known and not name.startswith("OTEL_")
    }
    return {name: like[0] for name, like in found.items() if like}


def load_settings() -> Settings:
    """The settings of this process, from the environment and `.env`.

    Raises:
        SettingsError: one sentence for each setting that is missing or wrong.
    """
    try:
        return Settings()  # pyright: ignore[reportCallIssue]  the values come from the environment
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(item) for item in error.errors())) from error


def _sentence(error: ErrorDetails) -> str:
    name = "_".join(str(part) for part in error["loc"]).upper()
    if error["type"] == "missing":
        return f"{name} is missing: set it in the environment or in .env"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message
