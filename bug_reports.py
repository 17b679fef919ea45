"""Bugs, sent to Sentry if SENTRY_DSN says where: what broke, where and in which call.

What goes there is made here from the errors of the log, and not by Sentry's integrations, which
look into requests, variables and statements. So what anybody said is not in it.
"""

import re
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from loguru import logger

from settings import Settings, SettingsError

if TYPE_CHECKING:
    from loguru import Message, Record

SENTRY_IS_THERE = find_spec("sentry_sdk") is not None

if TYPE_CHECKING or SENTRY_IS_THERE:
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.types import Event, Hint
    from sentry_sdk.utils import BadDsn

NUMBER = re.compile(r"\+?\d{5,}")

NOT_OURS = ("pipecat", "calls.logs")
"""Who writes lines that others have worded: Pipecat, and who hands on what libraries write."""


def set_up_bug_reports(settings: Settings) -> None:
    """Report the errors of this process from now on; call it when the log is set up.

    Raises:
        SettingsError: Sentry's SDK is not installed, or the DSN is none.
    """
    if not settings.sentry_dsn:
        return
    if not SENTRY_IS_THERE:
        raise SettingsError('SENTRY_DSN: reports need its SDK: pip install "spaline[sentry]"')
    try:
        sentry_sdk.init(
            dsn=settings.sentry_dsn,
            release=f"spaline@{version('spaline')}",
            environment=settings.environment,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[AtexitIntegration(_leave)],
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_session_tracking=False,
            before_send=None if settings.logs_speech else _wordless,
        )
    except BadDsn as error:
        raise SettingsError(f"SENTRY_DSN: {error}") from error
    report = partial(_report, speech=settings.logs_speech)
    logger.add(report, level="ERROR", format="{message}", backtrace=False, diagnose=False)
    logger.info("Bugs are reported to Sentry")


def _leave(pending: int, secs: float) -> None:
    """Say nothing while the last events are sent."""


def _report(message: "Message", *, speech: bool) -> None:
    """One event for an error of the log."""
    record = message.record
    sentence = record["message"] if speech else _fixed_part(record)
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("call_sid", record["extra"]["call_sid"])
        scope.set_context(
            "log", {"sentence": sentence, "line": f"{record['name']}:{record['line']}"}
        )
        if (raised := record["exception"]) and raised.value:
            sentry_sdk.capture_exception(raised.value)
        else:
            sentry_sdk.capture_message(sentence, "error")


def _fixed_part(record: "Record") -> str:
    """The part of a sentence that is the same every time."""
    name = record["name"] or ""
    if name.startswith(NOT_OURS):
        return f"An error told by {name}"
    return NUMBER.sub("...", record["message"].partition(":")[0])


def _wordless(event: "Event", hint: "Hint") -> "Event":
    """Exceptions by their kind and place: their words may be those of a caller."""
    for error in event.get("exception", {}).get("values", []):
        error["value"] = ""
    return event
