"""What a voice webhook answered, as far as a stream needs it. Pure."""

from xml.etree import ElementTree

LONGEST = 65_536
"""Characters of TwiML that Twilio takes."""


class NoStream(Exception):
    """The document begins no stream that one can talk on; the message says why."""


def stream_url(document: str) -> str:
    """The URL of `<Connect><Stream>`.

    Raises:
        NoStream: there is none.
    """
    try:
        # Expat stops expansion, and it is short.
        root = ElementTree.fromstring(document[:LONGEST])  # noqa: S314  # nosec B314
    except ElementTree.ParseError as error:
        raise NoStream(f"it answers no XML (Twilio's error 12100): {error}") from error
    if root.find("Start/Stream") is not None:
        raise NoStream(
            "it answers <Start><Stream>, which is one-way: the caller would never hear the agent; "
            "<Connect><Stream> is two-way"
        )
    stream = root.find("Connect/Stream")
    if stream is None:
        verbs = ", ".join(verb.tag for verb in root) or "nothing"
        raise NoStream(f"it answers no <Connect><Stream>, but {verbs}")
    return stream.get("url", "")
