"""The text messages of a scenario: what is missing and what is stray. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any


def message_differences(
    expected: Iterable[Mapping[str, str]], sent: Iterable[Mapping[str, Any]]
) -> list[str]:
    """A line for each message that is missing or stray; empty when all is as it must be.

    Args:
        expected: each by `to` and `contains`.
        sent: what Twilio accepted, each by `to` and `body`.
    """
    strays, missing = list(sent), list[str]()
    # The most particular first, so that a vague one does not take its message.
    for wanted in sorted(expected, key=lambda message: -len(message["contains"])):
        for message in strays:
            if message["to"] == wanted["to"] and wanted["contains"] in message["body"]:
                strays.remove(message)
                break
        else:
            missing.append(f"missing message: to={wanted['to']}, contains={wanted['contains']}")
    return missing + [f"stray message: to={message['to']}, {message['body']}" for message in strays]
