from telephony.browser_calls import is_browser_call, new_browser_call


def test_a_browsers_call_is_told_from_twilios_by_its_id() -> None:
    one, other = new_browser_call(), new_browser_call()
    assert one != other
    assert is_browser_call(one)
    assert not is_browser_call("CA" + "1" * 32)
