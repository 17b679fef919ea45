from pathlib import Path
from typing import Any

import pytest

from simulator.openapi import DESCRIPTION, Description

ACCOUNTS = "/2010-04-01/Accounts/AC" + "0" * 32
DESCRIBED = Description()


def problems(answer: dict[str, Any], status: int = 201) -> list[str]:
    operation = DESCRIBED.find(f"{ACCOUNTS}/Messages.json", "POST")
    assert operation is not None
    return DESCRIBED.answer_problems(operation, status, answer)


def test_the_licence_is_kept() -> None:
    assert '"Apache 2.0"' in Path(DESCRIPTION).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "method", "found"),
    [
        ("/Messages.json", "GET", True),
        ("/Messages.json", "PUT", False),
        ("/Messages/SM" + "0" * 32 + ".json", "GET", True),
        ("/Messages/SM0.json", "GET", False),
        ("/Messages", "GET", False),
    ],
)
def test_an_operation_is_found_by_its_path(path: str, method: str, found: bool) -> None:
    assert (DESCRIBED.find(ACCOUNTS + path, method) is not None) is found


def test_a_query_is_judged_too() -> None:
    operation = DESCRIBED.find(f"{ACCOUNTS}/Messages.json", "GET")
    assert operation is not None
    query = {"PageSize": ["1001"], "DateSent": ["soon"], "Page": ["0"], "Colour": ["red"]}
    assert DESCRIBED.query_problems(operation, query) == [
        "Colour: unknown",
        "DateSent: 'soon' is no date-time",
        "PageSize: 1001 is not 1 to 1000",
    ]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"sid": None, "status": None, "subresource_uris": {"media": "/m"}}, None),
        ({"date_sent": "Tue, 24 Nov 2026 02:00:00 +0000", "price_unit": "USD"}, None),
        ({"sid": "SM1"}, "answer.sid: 'SM1' has the wrong length"),
        ({"colour": "red"}, "answer.colour: unknown"),
        ({"status": "lost"}, "answer.status: 'lost' is none of queued"),
        ({"error_code": "21211"}, "answer.error_code: '21211' is no integer"),
        ({"error_code": True}, "answer.error_code: True is no integer"),
        ({"date_sent": "today"}, "answer.date_sent: 'today' is no date-time-rfc-2822"),
        ({"price_unit": "dollar"}, "answer.price_unit: 'dollar' is no currency"),
        ({"num_media": 0}, "answer.num_media: 0 is no string"),
    ],
)
def test_an_answer_is_as_it_is_described(answer: dict[str, Any], problem: str | None) -> None:
    found = problems(answer)
    assert found == [] if problem is None else found[0].startswith(problem)


def test_an_answer_has_a_status_that_is_described() -> None:
    assert "does not answer 200" in problems({}, 200)[0]


def test_a_page_is_judged_item_by_item() -> None:
    operation = DESCRIBED.find(f"{ACCOUNTS}/Messages.json", "GET")
    assert operation is not None
    page = {"messages": [{}, {"sid": 1}], "page": None}
    assert DESCRIBED.answer_problems(operation, 200, page) == [
        "answer.messages.1.sid: 1 is no string",
        "answer.page: is null",
    ]
