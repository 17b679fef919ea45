"""What happens on the telephone itself: who picks up a dialled call, and what is left on a tape."""

import asyncio
import math
import secrets
from dataclasses import dataclass
from typing import Literal

from simulator.phone_number import is_number
from simulator.playout import BYTES_PER_SEC
from simulator.speech import CALLER
from simulator.twiml_reader import TwimlError
from simulator.verbs import Dial, Record

DialStatus = Literal["completed", "no-answer", "busy", "failed"]
"""What came of a dialled call."""

VoicemailEnd = Literal["key", "silence", "hang_up"]
"""How a caller ends a recording."""

INVALID_CALLER_ID = 13214
TALK_SECS = 12
"""How long a dialled call that was answered lasts, as Twilio tells it."""


@dataclass(frozen=True)
class Phone:
    """How the people on the telephone behave.

    Attributes:
        dial: what comes of every dialled call.
        voicemail: what the caller says when recorded; None for nothing.
        voicemail_end: how the caller ends it.
    """

    dial: DialStatus = "completed"
    voicemail: str | None = None
    voicemail_end: VoicemailEnd = "key"


@dataclass(frozen=True)
class Recording:
    """What was recorded of a caller.

    Attributes:
        sid: of the recording.
        url: where it can be fetched, as `.wav` too.
        mulaw: the audio.
        digits: the key that ended it, `hangup`, or nothing.
    """

    sid: str
    url: str
    mulaw: bytes
    digits: str

    @property
    def duration_secs(self) -> int:
        """Whole seconds, rounded up."""
        return math.ceil(len(self.mulaw) / BYTES_PER_SEC)

    @property
    def action_form(self) -> dict[str, str]:
        """What the action of `<Record>` is told."""
        return {
            "RecordingSid": self.sid,
            "RecordingUrl": self.url,
            "RecordingDuration": str(self.duration_secs),
            "Digits": self.digits,
        }

    def callback_form(self, account_sid: str, call_sid: str) -> dict[str, str]:
        """What the recording's status callback is told."""
        return {
            "AccountSid": account_sid,
            "CallSid": call_sid,
            "RecordingSid": self.sid,
            "RecordingUrl": self.url,
            "RecordingStatus": "completed",
            "RecordingDuration": str(self.duration_secs),
            "RecordingChannels": "1",
            "RecordingSource": "RecordVerb",
        }


def dialled(verb: Dial, phone: Phone, allowed: tuple[str, ...]) -> dict[str, str]:
    """Dial; gives what the action is told.

    Args:
        verb: whom to dial.
        phone: what comes of it.
        allowed: the numbers that may be shown: the caller's and the dialled one.

    Raises:
        TwimlError: another number was to be shown.
    """
    shown = verb.caller_id
    if shown is not None and not (shown in allowed and is_number(shown)):
        raise TwimlError(
            INVALID_CALLER_ID, f"the callerId {shown} is not a number among {', '.join(allowed)}"
        )
    form = {"DialCallStatus": phone.dial, "DialCallSid": "CA" + secrets.token_hex(16)}
    if phone.dial == "completed":
        form["DialCallDuration"] = str(TALK_SECS)
    return form


async def recorded(verb: Record, phone: Phone, recordings_url: str) -> Recording | None:
    """Record the caller; None when nothing was said."""
    if not phone.voicemail:
        return None
    sid = "RE" + secrets.token_hex(16)
    mulaw = await asyncio.to_thread(CALLER.speak, phone.voicemail)
    return Recording(sid, f"{recordings_url}/{sid}", mulaw, _digits(verb, phone))


def _digits(verb: Record, phone: Phone) -> str:
    if phone.voicemail_end == "hang_up":
        return "hangup"
    key = "#" if "#" in verb.finish_on_key else verb.finish_on_key[:1]
    return key if phone.voicemail_end == "key" else ""
