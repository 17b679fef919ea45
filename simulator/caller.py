"""Plays Twilio for one phone call: signs the webhook, follows the TwiML, runs the stream."""

import secrets
from contextlib import suppress
from pathlib import Path

from simulator.call import CallRecord, CallScript, CallUnderWay, LineMaker
from simulator.line import AgentSilent, Line, LineEnded
from simulator.phone import DialStatus, Phone, VoicemailEnd
from simulator.rest import TwilioRest
from simulator.twiml_reader import TwimlError
from simulator.wav import stereo, write_wav
from simulator.webhooks import Account, Signature, Webhooks, webhook_client

__all__ = [
    "Account",
    "AgentSilent",
    "CallRecord",
    "CallScript",
    "DialStatus",
    "Line",
    "LineEnded",
    "Signature",
    "VoicemailEnd",
    "place_call",
]


async def place_call(  # noqa: PLR0913  each is a trait of the call
    voice_url: str,
    account: Account,
    *,
    from_: str,
    script: CallScript,
    wav_path: Path | None = None,
    webhook_twice: bool = False,
    signature: Signature = "good",
    call_sid: str | None = None,
    stir_verstat: str | None = "TN-Validation-Passed-A",
    dial: DialStatus = "completed",
    voicemail: str | None = None,
    voicemail_end: VoicemailEnd = "key",
    rest: TwilioRest | None = None,
    line: LineMaker = Line,
) -> CallRecord:
    """Call a number whose voice webhook is `voice_url`; returns when the call is over.

    Args:
        voice_url: what Twilio was told, exactly.
        account: the account that the number belongs to.
        from_: the caller's number, or what Twilio gives instead.
        script: what the caller does.
        wav_path: where to put a stereo recording, caller left, agent right.
        webhook_twice: deliver the webhook twice, as Twilio does after a time-out.
        signature: how to sign what is sent.
        call_sid: of the call; made at random when None.
        stir_verstat: what the carriers vouch for; None leaves it out.
        dial: what comes of every `<Dial>`.
        voicemail: what the caller says to a `<Record>`; None for nothing.
        voicemail_end: how the caller ends that.
        rest: Twilio's REST side, which then knows the call and serves its recordings.
        line: makes the line of each stream; see `simulator.faulty_line`.

    Raises:
        TwimlError: the product answered what Twilio cannot follow, and so did the fallback.
        AgentSilent: the script waited for the agent in vain.
    """
    record = CallRecord(call_sid or "CA" + secrets.token_hex(16))
    async with webhook_client() as http:
        webhooks = Webhooks(http, account, signature, record.call_sid)
        phone = Phone(dial, voicemail, voicemail_end)
        call = CallUnderWay(webhooks, from_, script, phone, stir_verstat, record, rest, line)
        try:
            if webhook_twice:
                with suppress(TwimlError):
                    await webhooks.ask(voice_url, call.form(), account.voice_method)
            await call.begin(voice_url)
        finally:
            await call.end()
    stream = record.stream
    if wav_path is not None and stream is not None:
        write_wav(wav_path, stereo(stream.spoken, stream.playout.heard, stream.begun_secs))
        record.wav_path = wav_path
    return record
