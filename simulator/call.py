"""One phone call under way: asks for TwiML, does its verbs, and tells when it is over."""

import asyncio
import math
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urljoin

from websockets.asyncio.client import ClientConnection

from simulator.call_form import call_form
from simulator.line import Line
from simulator.phone import Phone, Recording, dialled, recorded
from simulator.rest import TwilioRest
from simulator.rest_account import ROOT
from simulator.stream import Stream
from simulator.twiml_reader import TwimlError, read_twiml
from simulator.verbs import (
    Connect,
    Dial,
    Hangup,
    Method,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    StartStream,
    Verb,
)
from simulator.webhooks import RETRIEVAL_FAILURE, Webhooks

API_URL = "https://api.twilio.com"

MAX_DOCUMENTS = 10
"""A call that is redirected more often goes round in circles."""

LineMaker = Callable[[ClientConnection, Stream], Line]
"""Makes the line of a stream."""

CallScript = Callable[[Line], Awaitable[None]]
"""What the caller does while the stream runs."""


@dataclass
class CallRecord:
    """What Twilio saw of a call.

    Attributes:
        call_sid: of the call.
        verbs: what was done, in order: `connect`, `say:...`, `dial:+1...`, `hangup` and so on.
        warnings: Twilio's codes, as its console would show them.
        documents: the TwiML that was followed.
        stream: of the media stream; None when there was none.
        recordings: what the caller left when recorded.
        ended_by: who or what ended the call.
        wav_path: the recording, if one was asked for.
    """

    call_sid: str
    verbs: list[str] = field(default_factory=list[str])
    warnings: list[int] = field(default_factory=list[int])
    documents: list[str] = field(default_factory=list[str])
    stream: Stream | None = None
    recordings: list[Recording] = field(default_factory=list[Recording])
    ended_by: str = "the end of the TwiML"
    wav_path: Path | None = None

    @property
    def latencies_ms(self) -> list[int]:
        """For each turn, from the end of the caller's words to the first audio of the answer."""
        return self.stream.latencies_ms if self.stream else []


@dataclass
class CallUnderWay:
    """A call, from its first webhook to its end.

    Attributes:
        webhooks: how the product is asked.
        from_: the caller's number, or what Twilio gives instead.
        script: what the caller does while a stream runs.
        phone: what happens when the call is passed on or recorded.
        stir_verstat: what the carriers vouch for; None leaves it out.
        record: what was seen so far.
        rest: Twilio's REST side; None when there is none.
        line: makes the line of a stream.
        status: as Twilio tells it.
    """

    webhooks: Webhooks
    from_: str
    script: CallScript
    phone: Phone
    stir_verstat: str | None
    record: CallRecord
    rest: TwilioRest | None
    line: LineMaker = Line
    status: str = "ringing"
    _url: str = ""
    _begun_secs: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    _untold: list[tuple[Recording, str, Method]] = field(
        default_factory=list[tuple[Recording, str, Method]]
    )

    async def begin(self, voice_url: str) -> None:
        """Ask the voice webhook; when it fails, the fallback URL."""
        account = self.webhooks.account
        if self.rest is not None:
            self.rest.begin_call(self.record.call_sid, self.from_)
        try:
            await self._follow(voice_url, account.voice_method)
        except TwimlError as error:
            if account.fallback_url is None:
                raise
            self.record.warnings.append(error.code)
            failed = {"ErrorCode": str(error.code), "ErrorUrl": self._url}
            await self._follow(account.fallback_url, "POST", **failed)

    async def end(self) -> None:
        """Tell the product that the call is over; nobody waits for the answer."""
        if self.status in ("ringing", "in-progress"):
            self.status = "completed"
        secs = math.ceil(asyncio.get_running_loop().time() - self._begun_secs)
        if self.rest is not None:
            self.rest.end_call(self.record.call_sid, self.status, secs)
        if (url := self.webhooks.account.status_url) is not None:
            over = {
                "CallDuration": str(secs),
                "Duration": str(math.ceil(secs / 60)),
                "Timestamp": format_datetime(datetime.now(UTC)),
                "SequenceNumber": "0",
                "CallbackSource": "call-progress-events",
            }
            await self._tell(url, self.form() | over, "POST")

    def form(self) -> dict[str, str]:
        """What Twilio posts of this call."""
        return call_form(
            self.webhooks.account,
            self.record.call_sid,
            self.from_,
            self.status,
            self.stir_verstat,
        )

    @property
    def _over(self) -> bool:
        return self.status not in ("ringing", "in-progress")

    async def _follow(self, url: str, method: Method, **more: str) -> None:
        """Ask a webhook and do what its TwiML says, if somebody is still on the line."""
        if len(self.record.documents) >= MAX_DOCUMENTS:
            raise TwimlError(RETRIEVAL_FAILURE, "the call goes round in circles")
        self._url = url
        response = await self.webhooks.ask(url, self.form() | more, method)
        await self._tell_of_recordings()
        if self._over:
            return
        self.record.documents.append(response.text)
        verbs = read_twiml(response.text, response.headers.get("content-type", ""))
        for verb in verbs:
            if await self._do(verb, url):
                return

    async def _go_on(self, action: str | None, url: str, method: Method, **more: str) -> bool:
        """Ask an action URL, if the verb has one; then the rest of the document is not reached."""
        if action is None:
            return False
        await self._follow(urljoin(url, action), method, **more)
        return True

    async def _do(self, verb: Verb, url: str) -> bool:
        """Do one verb; says whether the rest of the document is not reached."""
        self.record.verbs.append(_name(verb))
        match verb:
            case Redirect():
                return await self._go_on(verb.url, url, verb.method)
            case Reject():
                return self._finish("busy" if verb.reason == "busy" else "no-answer", "reject")
            case Hangup():
                return self._finish("completed", "hangup")
            case _:
                self.status = "in-progress"
                return await self._do_answered(verb, url)

    async def _do_answered(self, verb: Verb, url: str) -> bool:
        match verb:
            case Connect():
                return await self._connect(verb, url)
            case Dial():
                allowed = (self.from_, self.webhooks.account.number)
                outcome = dialled(verb, self.phone, allowed)
                return await self._go_on(verb.action, url, verb.method, **outcome)
            case Record():
                return await self._record(verb, url)
            case _:
                return False

    def _finish(self, status: str, ended_by: str) -> bool:
        self.status, self.record.ended_by = status, ended_by
        return True

    async def _record(self, verb: Record, url: str) -> bool:
        """Record the caller; an empty recording falls to the next verb."""
        account_sid = self.webhooks.account.account_sid
        root = f"{API_URL}{ROOT}/{account_sid}/Recordings"
        url_root = root if self.rest is None else self.rest.recordings_url
        recording = await recorded(verb, self.phone, url_root)
        if recording is None:
            return False
        if self.rest is not None:
            self.rest.recordings[recording.sid] = recording.mulaw
        self.record.recordings.append(recording)
        if verb.callback is not None:
            self._untold.append((recording, urljoin(url, verb.callback), verb.callback_method))
        if recording.digits == "hangup":
            self._finish("completed", "the caller")
        # Without an action Twilio asks for the same document again.
        return await self._go_on(verb.action or url, url, verb.method, **recording.action_form)

    async def _tell_of_recordings(self) -> None:
        """Tell the status callback of each recording, once."""
        untold, self._untold = self._untold, []
        for recording, url, method in untold:
            account_sid = self.webhooks.account.account_sid
            await self._tell(
                url, recording.callback_form(account_sid, self.record.call_sid), method
            )

    async def _tell(self, url: str, form: dict[str, str], method: Method) -> None:
        """Tell something that needs no TwiML; a failure is a warning."""
        try:
            await self.webhooks.ask(url, form, method)
        except TwimlError as error:
            self.record.warnings.append(error.code)

    async def _connect(self, verb: Connect, url: str) -> bool:
        """Run the media stream, then ask for what comes next if the caller is still there."""
        stream = Stream(
            stream_sid="MZ" + secrets.token_hex(16),
            call_sid=self.record.call_sid,
            account_sid=self.webhooks.account.account_sid,
            parameters=verb.parameters,
        )
        socket, warning = await self.webhooks.open_stream(verb.stream_url)
        if socket is not None:
            self.record.stream = stream
            self.record.ended_by = await self.line(socket, stream).run(self.script)
            self.record.warnings += stream.warnings
        elif warning is not None:
            self.record.warnings.append(warning)
        if self.record.ended_by in ("the caller", "a lost connection"):
            return self._finish("completed", self.record.ended_by)
        return await self._go_on(verb.action, url, verb.method)


def _name(verb: Verb) -> str:
    """How a verb is written down."""
    match verb:
        case Dial(number=number):
            return f"dial:{number}"
        case Say(text=text):
            return f"say:{text}"
        case Connect() | Hangup() | Pause() | Play() | Record() | Redirect() | Reject():
            return type(verb).__name__.lower()
        case StartStream():
            return "startstream"
