"""What people say or type, as it is kept. Pure."""

from unicodedata import category


def one_line(text: str, most: int) -> str:
    """Words as one line of signs that can be seen.

    A line break could look like the end of a note to who reads it later, an invisible sign like
    nothing; some of both are refused by databases.

    Args:
        text: as it was said, written down or typed.
        most: how many characters are kept.
    """
    visible = (sign for sign in text if sign.isspace() or not category(sign).startswith("C"))
    return " ".join("".join(visible).split())[:most]
