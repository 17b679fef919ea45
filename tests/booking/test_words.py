from booking.words import one_line


def test_words_are_kept_as_one_line_of_signs_that_can_be_seen() -> None:
    assert one_line(" by\n the\u200b\0 window\t", 200) == "by the window"
    assert one_line("abcdef", 3) == "abc"
