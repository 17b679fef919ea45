"""What would come next for a caller whose stream is over, as `/voice/after` has it."""

from calls.records import Outcome
from webhooks.switchboard import Switchboard

Next = dict[str, str]


def what_comes_next(board: Switchboard, outcome: Outcome | None) -> Next:
    """What a telephone would do now: nothing here rings, records or is charged.

    Args:
        board: of the process.
        outcome: how far the call came; None when nobody knows.
    """
    spa = board.catalog.spa
    if outcome is Outcome.COMPLETED:
        return {"kind": "goodbye", "said": "", "number": ""}
    if not board.catalog.is_open(board.now()):
        return {"kind": "voicemail", "said": spa.voicemail_prompt, "number": ""}
    said = {Outcome.TRANSFERRED: "", Outcome.REFUSED: spa.busy_sentence}
    sentence = said.get(outcome, spa.desk_sentence) if outcome else spa.desk_sentence
    return {"kind": "desk", "said": sentence, "number": spa.front_desk_number}
