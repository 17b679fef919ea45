"""The office of the dashboard, put together."""

from datetime import timedelta
from functools import partial

from calls.figures import CallFigures
from calls.lines import Lines
from calls.spending import SLACK
from dashboard.events import Watchers
from dashboard.office import Office
from privacy.erase import Eraser
from receptionist import Receptionist
from telephony.recordings import Recordings
from tools.availability import hear_availability


def build_office(receptionist: Receptionist, voicemails: Recordings | None, lines: Lines) -> Office:
    """What the pages are made of, in a process that answers calls.

    Args:
        receptionist: what its calls share.
        voicemails: at Twilio; None when its REST interface is not configured.
        lines: of the process.
    """
    captures = receptionist.settings.capture_folder
    eraser = Eraser(receptionist.sessions, receptionist.shelf, voicemails, captures)
    return Office(
        desk=receptionist.desk,
        outbox=receptionist.outbox,
        receipts=receptionist.receipts,
        live=receptionist.live,
        watchers=Watchers(lambda: lines.is_over),
        longest_call=timedelta(seconds=receptionist.settings.max_call_seconds) + SLACK,
        shelf=receptionist.shelf,
        voicemails=voicemails,
        figures=CallFigures(receptionist.sessions),
        instructions=receptionist.instructions,
        hear=partial(hear_availability, receptionist.desk),
        forget=eraser.erase_customer,
    )
