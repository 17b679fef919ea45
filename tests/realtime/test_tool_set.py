import pytest

from realtime.tool_set import ToolSet


async def note(params: object, what: str, where: str = "") -> None:
    """Take a note."""


CALLS = ToolSet([note])


@pytest.mark.parametrize("arguments", ['{"what": "rose"}', '{"what": 7, "where": null}'])
def test_a_call_that_a_tool_can_take_has_no_fault(arguments: str) -> None:
    assert CALLS.fault("note", arguments) is None


@pytest.mark.parametrize("name", ["order_pizza", "", None])
def test_a_tool_that_is_not_there_is_named_among_those_that_are(name: str | None) -> None:
    fault = CALLS.fault(name, "{}")
    assert fault is not None
    assert fault.result() == {
        "ok": False,
        "reason": "unknown_tool",
        "message": "There is no such tool. There are: note.",
    }


@pytest.mark.parametrize(
    "arguments", ['{"what": ', "", None, "[]", "null", '"rose"', "[" * 100_000]
)
def test_arguments_that_are_no_json_object_are_asked_for_again(arguments: str | None) -> None:
    fault = CALLS.fault("note", arguments)
    assert fault is not None
    assert fault.reason == "invalid_arguments"
    assert fault.message == "The arguments were not a JSON object. Call the tool again."


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("{}", "what"),
        ('{"what": "", "who": ""}', "who"),
        ('{"what": "", "params": ""}', "params"),
    ],
)
def test_an_argument_too_few_or_too_many_is_named(arguments: str, named: str) -> None:
    fault = CALLS.fault("note", arguments)
    assert fault is not None
    assert fault.reason == "invalid_arguments"
    assert f"'{named}'" in fault.message
