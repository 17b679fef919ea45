"""A receipt as people read it in a terminal. Pure."""

from calls.entries import ToolUse, Turn
from calls.receipts import Receipt


def printed(receipt: Receipt) -> list[str]:
    """The lines of a receipt: the call, what happened in order, and what it cost."""
    happened = sorted((*receipt.turns, *receipt.tools), key=lambda entry: entry.at)
    return [
        f"Call      {receipt.call_sid}",
        f"Caller    {receipt.caller or 'withheld'}  to {receipt.dialled}",
        f"Rang      {receipt.rang_at:%Y-%m-%d %H:%M:%S} UTC",
        f"Ended     {_ending(receipt)}",
        *([f"Voicemail {_voicemail(receipt)}"] if receipt.voicemail_sid else []),
        *(["Recorded  yes; the dashboard plays it"] if receipt.recorded else []),
        f"Models    {_use(receipt)}",
        f"Cost      {_cost(receipt)}",
        *([""] if happened else []),
        *(_said(entry) if isinstance(entry, Turn) else _done(entry) for entry in happened),
    ]


def _ending(receipt: Receipt) -> str:
    talked = f" after {receipt.talked_secs:.1f} s" if receipt.talked_secs is not None else ""
    reason = f": {receipt.reason}" if receipt.reason else ""
    taken = f"; {receipt.wanted_by} wanted it" if receipt.wanted_by else ""
    desk = f"; front desk: {receipt.desk_answer}" if receipt.desk_answer else ""
    return f"{receipt.outcome}{talked}{reason}{taken}{desk}"


def _voicemail(receipt: Receipt) -> str:
    return f"{receipt.voicemail_secs} s, recording {receipt.voicemail_sid} at Twilio"


def _use(receipt: Receipt) -> str:
    tokens, models = receipt.tokens, sorted({use.model for use in receipt.model_uses})
    if not models:
        return "not used"
    return (
        f"{', '.join(models)}; tokens in: {tokens.text_in} text, {tokens.audio_in} audio, "
        f"{tokens.cached_text_in + tokens.cached_audio_in} cached; out: {tokens.text_out} text, "
        f"{tokens.audio_out} audio; {receipt.heard_secs:.1f} s transcribed"
    )


def _cost(receipt: Receipt) -> str:
    cost = receipt.cost_usd
    return "unknown: a model is not in the price list" if cost is None else f"{cost:.4f} USD"


def _said(turn: Turn) -> str:
    latency = f"  ({turn.latency_ms} ms)" if turn.latency_ms is not None else ""
    return f"{turn.at:%H:%M:%S}  {turn.who:<6}  {turn.text or 'not kept'}{latency}"


_OUTCOMES = {True: "ok", False: "refused", None: "failed"}


def _done(tool: ToolUse) -> str:
    if tool.duration_ms is None:
        outcome = "no answer"
    else:
        outcome = f"{_OUTCOMES[tool.ok]} in {tool.duration_ms} ms"
    return f"{tool.at:%H:%M:%S}  tool    {tool.name} {tool.arguments} -> {outcome}"
