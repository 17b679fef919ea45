from booking.codes import ALPHABET, LENGTH, new_code, read_code


def test_a_code_is_short_and_has_no_letters_that_are_mixed_up() -> None:
    assert not set("0O1I2Z5S8BNV") & set(ALPHABET)
    assert len(new_code()) == LENGTH
    assert set(new_code()) <= set(ALPHABET)


def test_a_code_is_read_however_it_is_written() -> None:
    assert read_code(" ac-d3 47 ") == "ACD347"
