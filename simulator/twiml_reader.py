"""Reads TwiML as strictly as Twilio does. Pure: a document in, verbs out.

Only the verbs and attributes of Twilio's documentation are known; anything else is an error
that names it, because the real Twilio would warn in its console and the caller would wonder.
"""

from collections.abc import Callable
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from simulator.verbs import (
    Connect,
    Dial,
    Hangup,
    Method,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    StartStream,
    Verb,
)

CONTENT_TYPES = ("text/xml", "application/xml", "text/html")
MAX_PARAMETER_CHARS = 499
MAX_RING_SECS = 600
LOOPBACK = ("127.0.0.1", "localhost")


class TwimlError(Exception):
    """A document that Twilio would refuse.

    Attributes:
        code: Twilio's error code.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


_ATTRIBUTES: dict[str, set[str]] = {
    "Connect": {"action", "method"},
    "Start": set(),
    "Stream": {"url", "name", "track", "statusCallback", "statusCallbackMethod"},
    "Parameter": {"name", "value"},
    "Dial": {
        "action", "method", "timeout", "timeLimit", "callerId", "answerOnBridge", "hangupOnStar",
        "ringTone", "record", "trim", "recordingStatusCallback", "recordingStatusCallbackMethod",
    },
    "Number": {"sendDigits", "url", "statusCallback", "statusCallbackEvent"},
    "Say": {"voice", "language", "loop"},
    "Play": {"loop", "digits"},
    "Pause": {"length"},
    "Record": {
        "action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim",
        "recordingStatusCallback", "recordingStatusCallbackMethod",
    },
    "Redirect": {"method"},
    "Hangup": set(),
    "Reject": {"reason"},
}  # fmt: skip


def read_twiml(text: str, content_type: str) -> list[Verb]:
    """The verbs of a document, in order.

    Raises:
        TwimlError: Twilio would refuse it.
    """
    if content_type.partition(";")[0].strip().lower() not in CONTENT_TYPES:
        raise TwimlError(12300, f"content type {content_type} is not XML")
    try:
        root = ET.fromstring(text)  # noqa: S314  the product's own answer
    except ET.ParseError as error:
        raise TwimlError(12100, f"not XML: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12100, f"the root is {root.tag}, not Response")
    verbs = [_verb(element) for element in root]
    if any(isinstance(verb, Reject) for verb in verbs[1:]):
        raise TwimlError(12100, "Reject must be the first verb")
    return verbs


def _verb(element: ET.Element) -> Verb:
    _check_attributes(element)
    readers: dict[str, Callable[[ET.Element], Verb]] = {
        "Connect": _connect,
        "Start": _start,
        "Dial": _dial,
        "Say": lambda e: Say("".join(e.itertext()).strip()),
        "Play": lambda e: Play(_words(e) if "digits" not in e.attrib else ""),
        "Pause": lambda e: Pause(_secs(e)),
        "Record": _record,
        "Redirect": lambda e: Redirect(_words(e), _method(e)),
        "Hangup": lambda _: Hangup(),
        "Reject": _reject,
    }
    if element.tag not in readers:
        raise TwimlError(12100, f"{element.tag} is not a verb")
    return readers[element.tag](element)


def _check_attributes(element: ET.Element) -> None:
    unknown = set(element.attrib) - _ATTRIBUTES.get(element.tag, set(element.attrib))
    if unknown:
        raise TwimlError(12100, f"{element.tag} has no attribute {unknown.pop()}")


def _only(element: ET.Element, tag: str) -> ET.Element:
    children = list(element)
    if [child.tag for child in children] != [tag]:
        raise TwimlError(12100, f"{element.tag} must hold one {tag}")
    _check_attributes(children[0])
    return children[0]


def _connect(element: ET.Element) -> Connect:
    stream = _only(element, "Stream")
    _check_track(stream, {"inbound_track"})
    return Connect(
        _stream_url(stream), _parameters(stream), element.get("action"), _method(element)
    )


def _start(element: ET.Element) -> StartStream:
    stream = _only(element, "Stream")
    _check_track(stream, {"inbound_track", "outbound_track", "both_tracks"})
    _parameters(stream)
    return StartStream(_stream_url(stream))


def _check_track(stream: ET.Element, tracks: set[str]) -> None:
    track = stream.get("track", "inbound_track")
    if track not in tracks:
        raise TwimlError(31941, f"Stream has the track {track}, not one of {sorted(tracks)}")


def _parameters(stream: ET.Element) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for parameter in stream:
        if parameter.tag != "Parameter":
            raise TwimlError(12100, f"Stream cannot hold {parameter.tag}")
        _check_attributes(parameter)
        name, value = parameter.get("name", ""), parameter.get("value", "")
        if not name or len(name) + len(value) > MAX_PARAMETER_CHARS:
            raise TwimlError(12100, f"Parameter {name} has no name or is too long")
        parameters[name] = value
    return parameters


def _stream_url(stream: ET.Element) -> str:
    """The URL of a stream; without TLS only on this machine, where tests run."""
    url = stream.get("url", "")
    parts = urlsplit(url)
    if parts.scheme != "wss" and not (parts.scheme == "ws" and parts.hostname in LOOPBACK):
        raise TwimlError(12100, f"Stream url {url} is not wss")
    if parts.query:
        raise TwimlError(31920, "Twilio drops the query of a stream's URL; use Parameter")
    return url


def _dial(element: ET.Element) -> Dial:
    timeout = element.get("timeout", "30")
    if not (timeout.isdecimal() and 1 <= int(timeout) <= MAX_RING_SECS):
        raise TwimlError(13212, f"Dial has the timeout {timeout}, not 1 to {MAX_RING_SECS}")
    return Dial(
        _number(element),
        element.get("action"),
        _method(element),
        int(timeout),
        element.get("callerId"),
    )


def _record(element: ET.Element) -> Record:
    return Record(
        element.get("action"),
        _method(element),
        element.get("finishOnKey", "1234567890*#"),
        element.get("recordingStatusCallback"),
        _method(element, "recordingStatusCallbackMethod"),
    )


def _reject(element: ET.Element) -> Reject:
    reason = element.get("reason", "rejected")
    if reason not in ("rejected", "busy"):
        raise TwimlError(12100, f"Reject has the reason {reason}")
    return Reject(reason)


def _method(element: ET.Element, name: str = "method") -> Method:
    method = element.get(name, "POST").upper()
    if method == "GET":
        return "GET"
    if method != "POST":
        raise TwimlError(12100, f"{element.tag} has the {name} {method}")
    return "POST"


def _number(element: ET.Element) -> str:
    child = element.find("Number")
    if child is None:
        return _words(element)
    return _words(_only(element, "Number"))


def _words(element: ET.Element) -> str:
    words = (element.text or "").strip()
    if not words:
        raise TwimlError(12100, f"{element.tag} is empty")
    return words


def _secs(element: ET.Element) -> float:
    length = element.get("length", "1")
    if not length.isdecimal():
        raise TwimlError(12100, f"Pause has the length {length}")
    return float(length)
