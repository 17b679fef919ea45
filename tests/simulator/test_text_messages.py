from simulator.text_messages import message_differences

ONE = {"to": "+1", "body": "Booked: Tuesday at ten."}
TWO = {"to": "+1", "body": "Booked: Friday at ten."}


def test_every_message_is_expected_once() -> None:
    expected = [{"to": "+1", "contains": "Booked"}, {"to": "+1", "contains": "Booked: Tuesday"}]
    assert message_differences(expected, [ONE, TWO]) == []


def test_what_is_missing_and_what_is_stray_has_a_line_each() -> None:
    assert message_differences([{"to": "+2", "contains": "Tuesday"}], [ONE, ONE]) == [
        "missing message: to=+2, contains=Tuesday",
        "stray message: to=+1, Booked: Tuesday at ten.",
        "stray message: to=+1, Booked: Tuesday at ten.",
    ]
