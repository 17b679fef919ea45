"""Plays Twilio for one phone call: signs the webhook, follows the TwiML, runs the stream."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from simulator.line import AgentSilent, Line, LineEnded
from simulator.signing import handshake_signature, webhook_signature
from simulator.stream import Stream
from simulator.twiml_reader import (
    Connect,
    Dial,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    StartStream,
    TwimlError,
    Verb,
    read_twiml,
)
from simulator.wav import stereo, write_wav

__all__ = ["Account", "AgentSilent", "CallRecord", "CallScript", "Line", "LineEnded", "place_call"]

WEBHOOK_SECS = 15.0
"""Twilio's limit for an answer."""

MAX_DOCUMENTS = 10
"""A call that is redirected more often goes round in circles."""

RETRIEVAL_FAILURE = 11200
CONNECTION_FAILURE = 11205
STREAM_TIMEOUT = 31901
STREAM_REFUSED = 31902
HANDSHAKE_ERROR = 31920

Signature = Literal["good", "missing", "wrong", "handshake_slash", "handshake_wrong"]
"""How requests are signed: `handshake_...` touches only the opening of the WebSocket, where Twilio
may sign the URL with a slash behind it."""

CallScript = Callable[[Line], Awaitable[None]]
"""What the caller does while the stream runs."""


@dataclass(frozen=True)
class Account:
    """A Twilio account.

    Attributes:
        account_sid: of the account.
        auth_token: signs what Twilio sends.
        number: the number that is called, E.164.
        fallback_url: what Twilio asks when the voice webhook fails; None for nothing.
    """

    account_sid: str
    auth_token: str
    number: str
    fallback_url: str | None = None


@dataclass
class CallRecord:
    """What Twilio saw of a call.

    Attributes:
        call_sid: of the call.
        verbs: what was done, in order: `connect`, `say:...`, `dial:+1...`, `hangup` and so on.
        warnings: Twilio's codes, as its console would show them.
        documents: the TwiML that was followed.
        stream: of the media stream; None when there was none.
        ended_by: who or what ended the call.
        wav_path: the recording, if one was asked for.
    """

    call_sid: str
    verbs: list[str] = field(default_factory=list[str])
    warnings: list[int] = field(default_factory=list[int])
    documents: list[str] = field(default_factory=list[str])
    stream: Stream | None = None
    ended_by: str = "the end of the TwiML"
    wav_path: Path | None = None

    @property
    def latencies_ms(self) -> list[int]:
        """For each turn, from the end of the caller's words to the first audio of the answer."""
        return self.stream.latencies_ms if self.stream else []


@dataclass
class _Call:
    """A call under way."""

    http: httpx.AsyncClient
    account: Account
    from_: str
    script: CallScript
    signature: Signature
    record: CallRecord
    url: str = ""
    over: bool = False

    async def begin(self, voice_url: str) -> None:
        """Ask the voice webhook; when it fails, the fallback URL."""
        try:
            await self.ask(voice_url)
        except TwimlError as error:
            if self.account.fallback_url is None:
                raise
            self.record.warnings.append(error.code)
            failed = {"ErrorCode": str(error.code), "ErrorUrl": self.url}
            await self.ask(self.account.fallback_url, **failed)

    async def ask(self, url: str, **more: str) -> None:
        """Post a webhook and do what its TwiML says."""
        if len(self.record.documents) >= MAX_DOCUMENTS:
            raise TwimlError(RETRIEVAL_FAILURE, "the call goes round in circles")
        self.url = url
        response = await self.post(url, **more)
        if not response.is_success:
            raise TwimlError(
                RETRIEVAL_FAILURE, f"{url} answered {response.status_code}: {response.text}"
            )
        self.record.documents.append(response.text)
        verbs = read_twiml(response.text, response.headers.get("content-type", ""))
        for verb in verbs:
            if self.over or await self.do(verb, url):
                return

    async def post(self, url: str, **more: str) -> httpx.Response:
        """Post a signed form, once more after a server error or a time-out."""
        form = self.form() | more
        once = f"{self.record.call_sid} {url} {sorted(form.items())}"
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": hashlib.sha256(once.encode()).hexdigest(),
        }
        if self.signature != "missing":
            token = "not the token" if self.signature == "wrong" else self.account.auth_token
            headers["X-Twilio-Signature"] = webhook_signature(token, url, form)
        try:
            with suppress(httpx.TimeoutException):
                response = await self.http.post(url, data=form, headers=headers)
                if not response.is_server_error:
                    return response
            return await self.http.post(url, data=form, headers=headers)
        except httpx.TimeoutException as error:
            raise TwimlError(RETRIEVAL_FAILURE, f"{url} did not answer in time") from error
        except httpx.TransportError as error:
            raise TwimlError(CONNECTION_FAILURE, f"{url} cannot be reached: {error}") from error

    def form(self) -> dict[str, str]:
        """What Twilio posts of an incoming call; blank values are signed too."""
        places = {
            f"{who}{what}": ""
            for who in ("From", "Caller", "To", "Called")
            for what in ("City", "State", "Zip")
        }
        countries = {f"{who}Country": "US" for who in ("From", "Caller", "To", "Called")}
        answered = any(verb not in ("redirect", "reject") for verb in self.record.verbs)
        return {
            **places,
            **countries,
            "CallSid": self.record.call_sid,
            "AccountSid": self.account.account_sid,
            "From": self.from_,
            "Caller": self.from_,
            "To": self.account.number,
            "Called": self.account.number,
            "CallStatus": "in-progress" if answered else "ringing",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
            "StirVerstat": "TN-Validation-Passed-A",
        }

    async def do(self, verb: Verb, url: str) -> bool:
        """Do one verb; says whether the rest of the document is not reached."""
        match verb:
            case Connect():
                return await self.connect(verb, url)
            case Dial(number=number, action=action):
                self.record.verbs.append(f"dial:{number}")
                return await self.go_on(action, url, DialCallStatus="completed")
            case Record(action=action):
                self.record.verbs.append("record")
                # Without an action Twilio asks for the same document again.
                return await self.go_on(action or url, url, RecordingDuration="3")
            case Redirect(url=target):
                self.record.verbs.append("redirect")
                return await self.go_on(target, url)
            case Hangup() | Reject():
                self.record.verbs.append(type(verb).__name__.lower())
                self.record.ended_by = self.record.verbs[-1]
                self.over = True
                return True
            case Say(text=text):
                self.record.verbs.append(f"say:{text}")
            case Play() | Pause() | StartStream():
                self.record.verbs.append(type(verb).__name__.lower())
        return False

    async def go_on(self, action: str | None, url: str, **more: str) -> bool:
        """Ask an action URL, if the verb has one; then the rest of the document is not reached."""
        if action is None:
            return False
        await self.ask(str(httpx.URL(url).join(action)), **more)
        return True

    async def connect(self, verb: Connect, url: str) -> bool:
        """Run the media stream, then ask for what comes next if the caller is still there."""
        self.record.verbs.append("connect")
        stream = Stream(
            stream_sid="MZ" + secrets.token_hex(16),
            call_sid=self.record.call_sid,
            account_sid=self.account.account_sid,
            parameters=verb.parameters,
        )
        socket = await self.open(verb.stream_url)
        if socket is not None:
            self.record.stream = stream
            self.record.ended_by = await Line(socket, stream).run(self.script)
            self.record.warnings += stream.warnings
        if self.record.ended_by in ("the caller", "a lost connection"):
            self.over = True
            return True
        return await self.go_on(verb.action, url)

    async def open(self, stream_url: str) -> ClientConnection | None:
        """The WebSocket of a stream; None and a warning when the server does not want it."""
        slash = "/" if self.signature == "handshake_slash" else ""
        token = "not the token" if self.signature == "handshake_wrong" else self.account.auth_token
        signature = handshake_signature(token, stream_url + slash)
        try:
            return await connect(
                stream_url,
                additional_headers={"X-Twilio-Signature": signature},
                compression=None,
                max_size=None,
            )
        except TimeoutError:
            self.record.warnings.append(STREAM_TIMEOUT)
        except OSError:
            self.record.warnings.append(STREAM_REFUSED)
        except WebSocketException:
            self.record.warnings.append(HANDSHAKE_ERROR)
        return None


async def place_call(
    voice_url: str,
    account: Account,
    *,
    from_: str,
    script: CallScript,
    wav_path: Path | None = None,
    webhook_twice: bool = False,
    signature: Signature = "good",
    call_sid: str | None = None,
) -> CallRecord:
    """Call a number whose voice webhook is `voice_url`; returns when the call is over.

    Args:
        voice_url: what Twilio was told, exactly.
        account: the account that the number belongs to.
        from_: the caller's number, or what Twilio gives instead.
        script: what the caller does.
        wav_path: where to put a stereo recording, caller left, agent right.
        webhook_twice: deliver the webhook twice, as Twilio does after a time-out.
        signature: how to sign what is sent.
        call_sid: of the call; made at random when None.

    Raises:
        TwimlError: the product answered what Twilio cannot follow, and so did the fallback.
        AgentSilent: the script waited for the agent in vain.
    """
    record = CallRecord(call_sid or "CA" + secrets.token_hex(16))
    async with httpx.AsyncClient(timeout=WEBHOOK_SECS) as http:
        call = _Call(http, account, from_, script, signature, record)
        if webhook_twice:
            await call.post(voice_url)
        await call.begin(voice_url)
    stream = record.stream
    if wav_path is not None and stream is not None:
        write_wav(wav_path, stereo(stream.spoken, stream.playout.heard, stream.begun_secs))
        record.wav_path = wav_path
    return record
