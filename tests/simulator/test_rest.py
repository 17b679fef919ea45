"""Twilio's REST side, over real sockets."""

import io
import wave
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from simulator.caller import Line, place_call
from simulator.rest import TwilioRest
from tests.simulator.product import ACCOUNT, CALLER, HANG_UP, running_product

SENT = {"To": CALLER, "From": ACCOUNT.number, "Body": "Tuesday at ten."}
MESSAGES = "Messages.json"
CALL_SID = "CA" + "7" * 32


class Client:
    """Asks as a product would."""

    def __init__(self, rest: TwilioRest, http: httpx.AsyncClient) -> None:
        self.root = f"{rest.url}/2010-04-01/Accounts/{ACCOUNT.account_sid}/"
        self.http = http

    async def post(self, path: str, form: dict[str, Any]) -> httpx.Response:
        return await self.http.post(self.root + path, data=form)

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(self.root + path)


@pytest.fixture
async def rest() -> AsyncGenerator[TwilioRest]:
    async with TwilioRest(ACCOUNT, api_keys={"SK1": "secret"}) as running:
        yield running


@pytest.fixture
async def client(rest: TwilioRest) -> AsyncGenerator[Client]:
    auth = (ACCOUNT.account_sid, ACCOUNT.auth_token)
    async with httpx.AsyncClient(auth=auth) as http:
        yield Client(rest, http)


def code(response: httpx.Response) -> tuple[int, int]:
    """The status and Twilio's code of a refusal."""
    body = response.json()
    assert body["status"] == response.status_code
    assert body["more_info"].endswith(f"/{body['code']}")
    assert body["message"]
    return response.status_code, body["code"]


async def test_a_message_is_accepted_and_can_be_read(rest: TwilioRest, client: Client) -> None:
    response = await client.post(MESSAGES, SENT)
    assert response.status_code == 201
    message = response.json()
    assert (message["to"], message["from"]) == (CALLER, ACCOUNT.number)
    assert (message["body"], message["status"]) == ("Tuesday at ten.", "queued")
    assert message["num_segments"] == "1"
    rest.messages[0]["status"] = "delivered"
    read = await client.get(f"Messages/{message['sid']}.json")
    assert read.json() == {**message, "status": "delivered"}
    assert rest.problems == []
    assert rest.requests[0].fields["Body"] == ["Tuesday at ten."]


async def test_messages_are_listed_newest_first_and_by_page(
    rest: TwilioRest, client: Client
) -> None:
    for body in ("one", "two", "three"):
        await client.post(MESSAGES, {**SENT, "Body": body})
    page = (await client.get(f"{MESSAGES}?PageSize=2&To=%2B16175551212")).json()
    assert [message["body"] for message in page["messages"]] == ["three", "two"]
    assert (page["start"], page["end"], page["previous_page_uri"]) == (0, 1, None)
    following = await client.http.get(rest.url + page["next_page_uri"])
    assert [message["body"] for message in following.json()["messages"]] == ["one"]
    assert following.json()["next_page_uri"] is None
    nobody = await client.get(f"{MESSAGES}?To=%2B12125550147")
    assert nobody.json()["messages"] == []
    assert rest.problems == []


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"To": "anonymous"}, 21211),
        ({"To": "+266696687"}, 21211),
        ({"To": "6175551212"}, 21211),
        ({"From": "+12125550147"}, 21606),
        ({"To": ACCOUNT.number}, 21266),
        ({"To": "+13105550188"}, 21610),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"From": ""}, 21603),
    ],
)
async def test_a_message_that_cannot_be_sent_is_refused_with_its_code(
    rest: TwilioRest, client: Client, changed: dict[str, str], refusal: int
) -> None:
    rest.opted_out.add("+13105550188")
    form = {name: value for name, value in {**SENT, **changed}.items() if value}
    assert code(await client.post(MESSAGES, form)) == (400, refusal)
    assert rest.messages == []
    assert rest.problems == []


async def test_a_message_to_nobody_is_a_problem_of_the_product(
    rest: TwilioRest, client: Client
) -> None:
    form = {"From": ACCOUNT.number, "Body": "x"}
    assert code(await client.post(MESSAGES, form)) == (400, 21604)
    assert [problem[-11:] for problem in rest.problems] == ["To: missing"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"Colour": "red"}, "Colour: unknown"),
        ({"ValidityPeriod": "soon"}, "'soon' is no integer"),
        ({"MessagingServiceSid": "MG1"}, "wrong length"),
        ({"StatusCallback": "/sms"}, "no absolute URL"),
        ({"RiskCheck": "maybe"}, "none of enable, disable"),
        ({"Body": ["a", "b"]}, "Body: given 2 times"),
    ],
)
async def test_what_the_description_does_not_allow_is_noted(
    rest: TwilioRest, client: Client, more: dict[str, Any], problem: str
) -> None:
    assert code(await client.post(MESSAGES, {**SENT, **more})) == (400, 20001)
    assert any(problem in line for line in rest.problems)
    assert rest.messages == []


async def test_a_body_that_is_no_form_is_noted(rest: TwilioRest, client: Client) -> None:
    headers = {"Content-Type": "text/plain"}
    url = client.root + MESSAGES
    response = await client.http.post(url, content="To=%2B16175551212", headers=headers)
    assert code(response) == (400, 20001)
    assert "text/plain" in rest.problems[0]


@pytest.mark.parametrize("auth", [None, ("SK1", "wrong"), (ACCOUNT.account_sid, ""), ("x", "y")])
async def test_who_does_not_know_the_secret_is_refused(
    rest: TwilioRest, client: Client, auth: tuple[str, str] | None
) -> None:
    async with httpx.AsyncClient(auth=auth) as http:
        assert code(await Client(rest, http).post(MESSAGES, SENT)) == (401, 20003)
    assert rest.messages == []


async def test_an_api_key_may_ask_in_the_name_of_the_account(rest: TwilioRest) -> None:
    async with httpx.AsyncClient(auth=("SK1", "secret")) as http:
        assert (await Client(rest, http).post(MESSAGES, SENT)).status_code == 201


async def test_another_account_and_what_is_not_there_are_not_found(
    rest: TwilioRest, client: Client
) -> None:
    assert code(await client.get("Messages/SM" + "0" * 32 + ".json")) == (404, 20404)
    assert code(await client.get("Messages/SMx.json")) == (404, 20404)
    assert code(await client.get("Dances.json")) == (404, 20404)
    assert code(await client.post(f"Calls/{CALL_SID}.json", {})) == (404, 20404)
    client.root = client.root.replace("AC1", "AC2")
    assert code(await client.post(MESSAGES, SENT)) == (404, 20404)


async def test_what_is_described_but_not_played_is_not_allowed(client: Client) -> None:
    assert code(await client.get("Calls.json")) == (405, 20004)


@pytest.mark.parametrize(("status", "refusal"), [(429, 20429), (500, 20500), (503, 20503)])
async def test_requests_fail_on_command(
    rest: TwilioRest, client: Client, status: int, refusal: int
) -> None:
    rest.fail_next(2, status)
    for _ in range(2):
        assert code(await client.post(MESSAGES, SENT)) == (status, refusal)
    assert (await client.post(MESSAGES, SENT)).status_code == 201
    assert len(rest.messages) == 1


async def test_an_answer_may_be_lost_after_the_message_was_accepted(
    rest: TwilioRest, client: Client
) -> None:
    rest.answers_lost = True
    with pytest.raises(httpx.TransportError):
        await client.post(MESSAGES, SENT)
    assert len(rest.messages) == 1
    rest.answers_lost = False
    assert (await client.get(MESSAGES)).json()["messages"][0]["body"] == SENT["Body"]


async def test_an_answer_may_be_late(rest: TwilioRest, client: Client) -> None:
    rest.delay_secs = 60
    client.http.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        await client.post(MESSAGES, SENT)
    assert len(rest.messages) == 1
    rest.delay_secs = 0.01
    assert (await client.get(MESSAGES)).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"Status": "completed"},
        {"Twiml": '<Response><Dial action="https://spa.example/a">+1</Dial></Response>'},
        {"Url": "https://spa.example/twiml", "Method": "POST"},
    ],
)
async def test_a_call_can_be_updated_while_it_lasts(
    rest: TwilioRest, client: Client, form: dict[str, str]
) -> None:
    rest.begin_call(CALL_SID, CALLER)
    response = await client.post(f"Calls/{CALL_SID}.json", form)
    assert response.status_code == 200
    assert response.json()["status"] == form.get("Status", "in-progress")
    assert rest.call_updates == [{"Sid": CALL_SID, **form}]
    rest.end_call(CALL_SID, "completed", 7)
    assert code(await client.post(f"Calls/{CALL_SID}.json", form)) == (400, 21220)
    assert (await client.get(f"Calls/{CALL_SID}.json")).json()["duration"] == "7"
    assert rest.problems == []


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ({"Twiml": "<Response/>", "Url": "https://s/t"}, 21218),
        ({"Twiml": "<Response>" + " " * 4000 + "</Response>"}, 21218),
        ({"Twiml": "<Response><Dance/></Response>"}, 12100),
        ({"Twiml": "<Response><Redirect>/t</Redirect></Response>"}, 15004),
        ({"Status": "busy"}, 20001),
    ],
)
async def test_a_call_cannot_be_updated_with_anything(
    rest: TwilioRest, client: Client, form: dict[str, str], refusal: int
) -> None:
    rest.begin_call(CALL_SID, CALLER)
    assert code(await client.post(f"Calls/{CALL_SID}.json", form)) == (400, refusal)
    assert rest.call_updates == []


async def test_the_numbers_of_the_account_can_be_found_and_set(
    rest: TwilioRest, client: Client
) -> None:
    numbers = (await client.get("IncomingPhoneNumbers.json?PhoneNumber=%2B15005550001")).json()
    sid = numbers["incoming_phone_numbers"][0]["sid"]
    form = {
        "VoiceUrl": "https://spa.example/voice",
        "VoiceMethod": "POST",
        "StatusCallback": "https://spa.example/status",
        "VoiceCallerIdLookup": "true",
    }
    response = await client.post(f"IncomingPhoneNumbers/{sid}.json", form)
    assert response.status_code == 200
    assert response.json()["voice_url"] == "https://spa.example/voice"
    assert response.json()["voice_caller_id_lookup"] is True
    read = await client.get(f"IncomingPhoneNumbers/{sid}.json")
    assert read.json()["status_callback"] == "https://spa.example/status"
    assert rest.problems == []


async def test_a_number_can_be_added_and_then_sends(rest: TwilioRest, client: Client) -> None:
    form = {"PhoneNumber": "+12125550147"}
    assert (await client.post("IncomingPhoneNumbers.json", form)).status_code == 201
    assert (await client.post(MESSAGES, {**SENT, "From": "+12125550147"})).status_code == 201
    assert code(await client.post("IncomingPhoneNumbers.json", {})) == (400, 21421)
    assert rest.problems == []


async def test_a_call_is_known_and_its_recording_can_be_fetched(
    rest: TwilioRest, client: Client
) -> None:
    async def silent(line: Line) -> None: ...

    async with running_product() as product:
        product.answer("/voice", '<Record action="/after"/>')
        product.answer("/after", HANG_UP)
        record = await place_call(
            product.voice_url,
            ACCOUNT,
            from_=CALLER,
            script=silent,
            voicemail="Call me back.",
            rest=rest,
        )
    url = product.asked[1].form["RecordingUrl"]
    assert url == record.recordings[0].url
    fetched = await client.http.get(f"{url}.wav")
    assert fetched.headers["content-type"] == "audio/x-wav"
    with wave.open(io.BytesIO(fetched.content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 8000, 2)
        assert file.getnframes() == len(record.recordings[0].mulaw)
    assert (await client.http.get(url)).content == fetched.content
    assert (await client.http.get(url, auth=None)).status_code == 401
    assert rest.calls[record.call_sid]["status"] == "completed"
    assert rest.calls[record.call_sid]["from"] == CALLER
