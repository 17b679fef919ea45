"""What an account holds on Twilio's REST side: messages, calls, phone numbers and recordings. Pure.

A request comes as an operation and its fields; the answer is a status and a JSON resource, or a
`RestError` with the code that Twilio would give.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from simulator.openapi import Description
from simulator.rest_error import RestError, not_found
from simulator.rest_message import check_message, segments
from simulator.rest_twiml import check_update
from simulator.webhooks import Account

Resource = dict[str, Any]

ROOT = "/2010-04-01/Accounts"
PAGE_SIZE = 50
LIVE = ("queued", "ringing", "in-progress")

_FILTERS = {"To": "to", "From": "from", "PhoneNumber": "phone_number"}


class RestAccount:
    """The resources of one account.

    Attributes:
        account: whose they are.
        messages: all that were accepted, oldest first, as Twilio would show them now.
        calls: by SID.
        call_updates: the forms that calls were updated with, each with its `Sid`.
        phone_numbers: the account's own; only these may send.
        recordings: mu-law at 8 kHz by SID.
        opted_out: numbers that said STOP.
    """

    def __init__(self, account: Account, numbers: tuple[str, ...] = ()) -> None:
        """Begin without messages and calls.

        Args:
            account: whose resources they are.
            numbers: further numbers of the account, which may send too.
        """
        self.account = account
        self.messages: list[Resource] = []
        self.calls: dict[str, Resource] = {}
        self.call_updates: list[dict[str, str]] = []
        self.phone_numbers: list[Resource] = []
        self.recordings: dict[str, bytes] = {}
        self.opted_out: set[str] = set()
        self._description = Description()
        for number in (account.number, *numbers):
            self._add_number({"PhoneNumber": number})

    def begin_call(self, call_sid: str, from_: str) -> None:
        """Know a call to the account's number, so that it can be read and updated."""
        self.calls[call_sid] = self._resource(
            "call",
            sid=call_sid,
            to=self.account.number,
            status="in-progress",
            direction="inbound",
            start_time=_now(),
            uri=f"{self._root}/Calls/{call_sid}.json",
            **{"from": from_},
        )

    def end_call(self, call_sid: str, status: str, secs: int) -> None:
        """The call is over; it can no longer be updated."""
        call = self.calls[call_sid]
        call.update(status=status, duration=str(secs), end_time=_now())

    def serve(
        self, path: str, method: str, sids: Mapping[str, str], fields: Mapping[str, str]
    ) -> tuple[HTTPStatus, Resource]:
        """Answer a request that the description allows.

        Args:
            path: of the description, with its braces.
            method: `get` or `post`.
            sids: what stood for the braces.
            fields: of the form or the query, the last of each name.

        Raises:
            RestError: Twilio would refuse.
        """
        sid, kind = sids.get("Sid", ""), path.removeprefix(f"{ROOT}/{{AccountSid}}/")
        answer: Resource
        match (method, kind):
            case ("post", "Messages.json"):
                answer = self._send(fields)
            case ("get", "Messages.json"):
                answer = self._page("Messages", "messages", self.messages[::-1], fields)
            case ("get", "Messages/{Sid}.json"):
                answer = _by_sid(self.messages, sid)
            case ("post", "IncomingPhoneNumbers.json"):
                answer = self._add_number(fields)
            case _:
                answer = self._serve_more(kind, method, sid, fields)
        created = method == "post" and not sid
        return HTTPStatus.CREATED if created else HTTPStatus.OK, answer

    def _serve_more(self, kind: str, method: str, sid: str, fields: Mapping[str, str]) -> Resource:
        match (method, kind):
            case ("get", "IncomingPhoneNumbers.json"):
                name = "incoming_phone_numbers"
                return self._page("IncomingPhoneNumbers", name, self.phone_numbers, fields)
            case ("get" | "post", "IncomingPhoneNumbers/{Sid}.json"):
                number = _by_sid(self.phone_numbers, sid)
                number.update(_snake(fields))
                return number
            case ("get", "Calls/{Sid}.json"):
                return _by_sid(list(self.calls.values()), sid)
            case ("post", "Calls/{Sid}.json"):
                return self._update_call(sid, fields)
            case _:
                raise RestError(HTTPStatus.METHOD_NOT_ALLOWED, 20004, "Method not allowed")

    @property
    def _root(self) -> str:
        return f"{ROOT}/{self.account.account_sid}"

    def _resource(self, schema: str, **values: Any) -> Resource:
        return {
            **self._description.blank(f"api.v2010.account.{schema}"),
            "account_sid": self.account.account_sid,
            "api_version": "2010-04-01",
            "date_created": _now(),
            "date_updated": _now(),
            **values,
        }

    def _send(self, form: Mapping[str, str]) -> Resource:
        numbers = {number["phone_number"] for number in self.phone_numbers}
        check_message(form, numbers, self.opted_out)
        sid = "SM" + secrets.token_hex(16)
        uri = f"{self._root}/Messages/{sid}"
        message = self._resource(
            "message",
            sid=sid,
            to=form["To"],
            body=form.get("Body", ""),
            status="queued" if "From" in form else "accepted",
            direction="outbound-api",
            num_segments=str(segments(form.get("Body", ""))),
            num_media="0",
            price_unit="USD",
            messaging_service_sid=form.get("MessagingServiceSid"),
            uri=f"{uri}.json",
            subresource_uris={"media": f"{uri}/Media.json"},
            **{"from": form.get("From")},
        )
        self.messages.append(message)
        return message

    def _add_number(self, form: Mapping[str, str]) -> Resource:
        if "PhoneNumber" not in form:
            raise RestError(HTTPStatus.BAD_REQUEST, 21421, "PhoneNumber is required")
        sid = "PN" + secrets.token_hex(16)
        number = self._resource(
            "incoming_phone_number",
            sid=sid,
            friendly_name=form["PhoneNumber"],
            capabilities={"voice": True, "sms": True, "mms": True, "fax": False},
            voice_method="POST",
            status="in-use",
            uri=f"{self._root}/IncomingPhoneNumbers/{sid}.json",
        )
        number.update(_snake(form))
        self.phone_numbers.append(number)
        return number

    def _update_call(self, sid: str, form: Mapping[str, str]) -> Resource:
        call = _by_sid(list(self.calls.values()), sid)
        if call["status"] not in LIVE:
            raise RestError(
                HTTPStatus.BAD_REQUEST, 21220, "Call is not in-progress. Cannot redirect."
            )
        check_update(form)
        self.call_updates.append({"Sid": sid, **form})
        if form.get("Status") == "completed":
            call.update(status="completed", end_time=_now())
        return call

    def _page(
        self, path: str, name: str, resources: list[Resource], query: Mapping[str, str]
    ) -> Resource:
        """One page of those that the query wants."""
        found = [resource for resource in resources if _wanted(resource, query)]
        size, page = int(query.get("PageSize", PAGE_SIZE)), int(query.get("Page", 0))
        shown = found[page * size : (page + 1) * size]
        uri = f"{self._root}/{path}.json?PageSize={size}&Page="
        return {
            name: shown,
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": max(page * size + len(shown) - 1, 0),
            "uri": f"{uri}{page}",
            "first_page_uri": f"{uri}0",
            "previous_page_uri": f"{uri}{page - 1}" if page else None,
            "next_page_uri": f"{uri}{page + 1}" if len(found) > (page + 1) * size else None,
        }


def _wanted(resource: Resource, query: Mapping[str, str]) -> bool:
    return all(
        resource[_FILTERS[name]] == value for name, value in query.items() if name in _FILTERS
    )


def _by_sid(resources: list[Resource], sid: str) -> Resource:
    for resource in resources:
        if resource["sid"] == sid:
            return resource
    raise not_found(sid)


def _snake(form: Mapping[str, str]) -> Resource:
    """A form's fields under the names that they have in a resource."""
    return {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): value == "true"
        if value in ("true", "false")
        else value
        for name, value in form.items()
        if name != "AreaCode"
    }


def _now() -> str:
    return format_datetime(datetime.now(UTC))
