"""How a call that is under way may be updated. Pure."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from simulator.rest_error import RestError
from simulator.twiml_reader import TwimlError, read_twiml

MAX_TWIML_CHARS = 4000

_URLS = ("action", "url", "callback")


def check_update(form: Mapping[str, str]) -> None:
    """Accept an update of a call, or not.

    Raises:
        RestError: it would be refused.
    """
    if "Twiml" in form and "Url" in form:
        raise RestError(HTTPStatus.BAD_REQUEST, 21218, "Url and Twiml exclude each other")
    if "Twiml" not in form:
        return
    if len(form["Twiml"]) > MAX_TWIML_CHARS:
        raise RestError(
            HTTPStatus.BAD_REQUEST, 21218, f"Twiml exceeds {MAX_TWIML_CHARS} characters"
        )
    try:
        verbs = read_twiml(form["Twiml"], "text/xml")
    except TwimlError as error:
        raise RestError(HTTPStatus.BAD_REQUEST, error.code, str(error)) from error
    for url in (getattr(verb, name, None) for verb in verbs for name in _URLS):
        if url and not urlsplit(url).netloc:
            raise RestError(HTTPStatus.BAD_REQUEST, 15004, f"the URL {url} is not absolute")
