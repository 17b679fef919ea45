"""Whatever a signed form says, every webhook answers, and never with an error of ours."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import httpx
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import BaseRoute, Route

from server import build_app
from settings import Settings
from simulator.signing import webhook_signature
from tests.e2e.product import ACCOUNT, CALLER, spa_file
from tests.fuzz.inputs import TEXT, TRIED, TRYING

ORIGIN = "http://spa.test"
SID = "CA" + "0" * 32
LIKELY = {
    "CallSid": (SID, "CA1"),
    "From": (CALLER, "anonymous", "sip:a@b", "+266696687"),
    "To": (ACCOUNT.number,),
    "CallStatus": ("ringing", "in-progress", "completed"),
    "DialCallStatus": ("completed", "no-answer"),
    "RecordingSid": ("RE" + "0" * 32,),
    "RecordingDuration": ("3",),
    "RecordingUrl": ("https://api.twilio.com/x",),
    "StirVerstat": ("TN-Validation-Passed-A",),
    "MessageSid": ("SM" + "0" * 32,),
    "MessageStatus": ("sent", "delivered", "failed"),
    "ErrorCode": ("21610", "30003"),
    "Body": ("STOP", "yes", "I am late"),
    "OptOutType": ("STOP", "START"),
}

ENCODABLE = TEXT.map(lambda text: text.encode("utf-8", "ignore").decode())


def value(name: str) -> st.SearchStrategy[str]:
    """What is mostly right, so that a form gets far before it is found wrong."""
    likely = st.sampled_from(LIKELY[name])
    return st.integers(0, 9).flatmap(lambda dice: ENCODABLE if dice == 0 else likely)


FORM = st.fixed_dictionaries({}, optional={name: value(name) for name in LIKELY}).map(urlencode)
WHOLE = st.fixed_dictionaries({name: value(name) for name in LIKELY}).map(urlencode)
GARBAGE = st.lists(st.tuples(ENCODABLE, ENCODABLE)).map(urlencode)
ODD = (FORM | GARBAGE).map(str.encode) | st.binary(max_size=200)
BODY = st.integers(0, 4).flatmap(lambda dice: ODD if dice == 0 else WHOLE.map(str.encode))
NUMBER = st.integers(0, 9).flatmap(
    lambda dice: st.integers(-(10**20), 10**20) if dice == 0 else st.integers(1, 5)
)


def paths(app: FastAPI) -> list[str]:
    """Every path that takes a form."""

    def posted(route: BaseRoute) -> bool:
        return isinstance(route, Route) and "POST" in (route.methods or ())

    return [route.path for route in app.routes if isinstance(route, Route) and posted(route)]


@asynccontextmanager
async def client(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """Asks the application in this process; its exceptions come out here."""
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as http:
        yield http


async def post(http: httpx.AsyncClient, path: str, body: bytes) -> httpx.Response:
    """A form as Twilio would sign it."""
    url = ORIGIN + path
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    headers = {
        "X-Twilio-Signature": webhook_signature(ACCOUNT.auth_token, url, form),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return await http.post(url, content=body, headers=headers)


def test_every_form_gets_an_answer(database_url: str, tmp_path: Path) -> None:
    app = build_app(
        Settings(
            _env_file=None,  # pyright: ignore[reportCallIssue]  pydantic-settings takes it
            openai_api_key="sk-test",
            openai_realtime_url="ws://127.0.0.1:9",
            twilio_auth_token=ACCOUNT.auth_token,
            public_url=ORIGIN,
            database_url=database_url,
            spa_file=spa_file(tmp_path, is_open=True),
            session_secret="a secret of the tests",
            warm_calls=0,
            max_calls=1,
        )
    )
    assert len(paths(app)) >= 6
    before = TRIED.copy()
    with asyncio.Runner() as runner:
        opened = client(app)
        http = runner.run(opened.__aenter__())

        @TRYING
        @given(path=st.sampled_from(paths(app)), number=NUMBER, body=BODY)
        def answers(path: str, number: int, body: bytes) -> None:
            response = runner.run(post(http, path.format(text_id=number), body))
            TRIED[path, str(response.status_code)] += 1
            assert response.status_code in (200, 400, 403, 404, 413, 422)

        try:
            answers()
        finally:
            runner.run(opened.__aexit__(None, None, None))
    tried = TRIED - before
    answered = sum(count for (_, status), count in tried.items() if status == "200")
    assert answered > tried.total() / 5
