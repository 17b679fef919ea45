"""When the tests of the pages happen: the same pages every time."""

from datetime import datetime
from zoneinfo import ZoneInfo

MOMENT = datetime(2026, 12, 1, 10, 5, tzinfo=ZoneInfo("America/New_York"))
"""A Tuesday morning; all five therapists come this week."""
