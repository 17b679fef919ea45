import pytest

from booking.phones import UnclearNumber, read_number


def test_a_number_is_read_as_the_country_writes_it() -> None:
    assert read_number("(212) 555-0250", "US") == "+12125550250"
    assert read_number("+49 30 123456", "US") == "+4930123456"


@pytest.mark.parametrize(("text", "country"), [("12", "US"), ("a number", "US"), ("030 1234", "")])
def test_what_no_telephone_can_have_is_refused(text: str, country: str) -> None:
    with pytest.raises(UnclearNumber):
        read_number(text, country)
