"""Plays Twilio's REST side on a free port: who may ask, what may be asked, and what goes wrong.

async with TwilioRest(account) as rest:
    send_a_message_to(rest.url)
    assert rest.messages[0]["to"] == "+16175551212"
"""

import asyncio
import base64
import binascii
import hmac
import io
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.mulaw import decode
from simulator.openapi import Operation
from simulator.playout import BYTES_PER_SEC
from simulator.rest_account import ROOT, RestAccount
from simulator.rest_error import RestError, not_found
from simulator.serving import LocalServer
from simulator.texting import report
from simulator.twiml_reader import TwimlError
from simulator.webhooks import Account

RECORDING = f"{ROOT}/{{AccountSid}}/Recordings/{{Sid}}.json"
METHODS = ["GET", "POST", "PUT", "DELETE"]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class RestRequest:
    """A request that came, whatever was answered.

    Attributes:
        method: of HTTP.
        path: of the URL.
        fields: of the form, or of the query.
    """

    method: str
    path: str
    fields: dict[str, list[str]]


class TwilioRest(RestAccount):
    """An async context manager that serves while it is entered.

    Attributes:
        url: the origin, to stand for `https://api.twilio.com`.
        requests: all that came, in order.
        problems: what Twilio's own description does not allow, of requests and of our answers.
        answers_lost: while true, what is asked is done, but the connection drops before the answer.
        delay_secs: how long every answer takes.
        unreachable: numbers that messages do not arrive at: error 30003.
        warnings: Twilio's codes for status callbacks that the product did not take.
    """

    def __init__(
        self,
        account: Account,
        *,
        port: int = 0,
        api_keys: Mapping[str, str] | None = None,
        numbers: tuple[str, ...] = (),
    ) -> None:
        """Prepare a server.

        Args:
            account: who may ask, with its token.
            port: where to listen on 127.0.0.1; 0 takes a free one.
            api_keys: secrets by their `SK...`.
            numbers: further numbers of the account.
        """
        super().__init__(account, numbers)
        self.url = ""
        self.requests: list[RestRequest] = []
        self.problems: list[str] = []
        self.answers_lost = False
        self.delay_secs = 0.0
        self.unreachable: set[str] = set()
        self.warnings: list[int] = []
        self._passwords = {account.account_sid: account.auth_token, **(api_keys or {})}
        self._failing: list[HTTPStatus] = []
        self._leaving = asyncio.Event()
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=METHODS)])
        self._server = LocalServer(app, port=port)
        self._reporting: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen."""
        self.url = self._server.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, without waiting for answers that are delayed."""
        self._leaving.set()
        for task in self._reporting:
            task.cancel()
        await self._server.stop()

    @property
    def recordings_url(self) -> str:
        """What the URL of every recording begins with."""
        return f"{self.url}{ROOT}/{self.account.account_sid}/Recordings"

    async def reported(self) -> None:
        """Wait until the product was told all there is about the messages so far."""
        await asyncio.gather(*self._reporting)

    def fail_next(self, count: int, status: int) -> None:
        """Refuse so many requests with 429, 500 or 503, and do nothing of what they ask."""
        self._failing += [HTTPStatus(status)] * count

    async def _answer(self, request: Request) -> Response:
        body = (await request.body()).decode()
        given = request.url.query if request.method == "GET" else body
        fields = parse_qs(given, keep_blank_values=True)
        self.requests.append(RestRequest(request.method, request.url.path, fields))
        try:
            response = self._response(request, fields)
        except RestError as error:
            response = JSONResponse(error.body, error.status)
        if self.delay_secs:
            await self._delay()
        if self.answers_lost:
            self._server.drop(request)
        return response

    def _response(self, request: Request, fields: dict[str, list[str]]) -> Response:
        self._check_failing()
        self._check_credentials(request.headers.get("authorization", ""))
        path = request.url.path
        if not path.startswith(f"{ROOT}/{self.account.account_sid}/"):
            raise not_found(path)
        sid, _, kind = path.rpartition("/")[2].partition(".")
        if sid in self.recordings and kind in ("", "wav") and request.method == "GET":
            return Response(_wav(self.recordings[sid]), media_type="audio/x-wav")
        operation = self._description.find(path, request.method)
        if operation is None:
            raise not_found(path)
        if (operation.method, operation.path) == ("delete", RECORDING):
            if self.recordings.pop(sid, None) is None:
                raise not_found(path)
            return Response(status_code=HTTPStatus.NO_CONTENT)
        self._check_fields(operation, request.headers.get("content-type", ""), fields)
        values = {name: given[-1] for name, given in fields.items()}
        status, answer = self.serve(operation.path, operation.method, operation.sids, values)
        self.problems += self._description.answer_problems(operation, status, answer)
        if (status_url := values.get("StatusCallback")) and "body" in answer:
            self._report(answer, status_url)
        return JSONResponse(answer, status)

    def _check_failing(self) -> None:
        if self._failing:
            status = self._failing.pop(0)
            raise RestError(status, 20000 + status, status.phrase)

    def _check_credentials(self, authorization: str) -> None:
        scheme, _, encoded = authorization.partition(" ")
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = password = ""
        known = self._passwords.get(user)
        if (
            scheme.lower() != "basic"
            or known is None
            or not hmac.compare_digest(known.encode(), password.encode())
        ):
            raise RestError(HTTPStatus.UNAUTHORIZED, 20003, "Authenticate")

    def _check_fields(
        self, operation: Operation, content_type: str, fields: dict[str, list[str]]
    ) -> None:
        """Compare a request with the description; what differs is a problem of the product's."""
        if operation.method == "get":
            problems = self._description.query_problems(operation, fields)
        else:
            problems = self._description.form_problems(operation, fields)
            if fields and content_type.partition(";")[0].strip().lower() != FORM:
                problems.append(f"the content type is {content_type}, not {FORM}")
        missing = self._description.missing(operation, fields)
        where = f"{operation.method.upper()} {operation.path}"
        self.problems += [f"{where}: {problem}" for problem in problems]
        self.problems += [f"{where}: {name}: missing" for name in missing]
        if problems:
            raise RestError(HTTPStatus.BAD_REQUEST, 20001, "; ".join(problems))

    def _report(self, message: dict[str, Any], status_url: str) -> None:
        """Tell the product what becomes of a message, a moment later, as Twilio does."""
        arrives = message["to"] not in self.unreachable
        reporting = report(self.account, message, status_url, arrives=arrives)

        async def run() -> None:
            try:
                await reporting
            except TwimlError as error:
                self.warnings.append(error.code)

        task = asyncio.create_task(run())
        self._reporting.add(task)
        task.add_done_callback(self._reporting.discard)

    async def _delay(self) -> None:
        """Wait, but not longer than the server runs."""
        try:
            async with asyncio.timeout(self.delay_secs):
                await self._leaving.wait()
        except TimeoutError:
            return


def _wav(mulaw: bytes) -> bytes:
    """A file as Twilio serves it: one track of 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(BYTES_PER_SEC)
        writer.writeframes(decode(mulaw).astype("<i2").tobytes())
    return file.getvalue()
