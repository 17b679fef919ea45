"""What every webhook needs of its process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import HTTPConnection

from booking.catalog import Catalog
from booking.desk import BookingDesk
from booking.outbox import Outbox
from calls.lines import Lines
from calls.records import CallRecords
from calls.spending import Spending
from telephony.signature import TwilioSecrets
from telephony.token import StreamTokens


@dataclass(frozen=True)
class Switchboard:
    """The process as Twilio sees it.

    Attributes:
        public_url: origin that Twilio was told.
        stream_origin: the same for WebSockets.
        account_sid: the account that the calls come from; "" for any that has the secrets.
        secrets: what a request may be signed with; None lets everybody in.
        desk_ring_secs: how long the front desk's phone rings.
        catalog: the spa.
        desk: its appointments.
        outbox: the texts that are owed to customers.
        records: of the calls.
        lines: of the process.
        spending: what calls may cost.
        tokens: of the streams.
        warm_up: gets an agent ready for a call and its caller, and returns at once.
        now: the time, aware.
    """

    public_url: str
    stream_origin: str
    account_sid: str
    secrets: TwilioSecrets | None
    desk_ring_secs: int
    catalog: Catalog
    desk: BookingDesk
    outbox: Outbox
    records: CallRecords
    lines: Lines
    spending: Spending
    tokens: StreamTokens
    warm_up: Callable[[str, str | None], None]
    now: Callable[[], datetime]


def switchboard(connection: HTTPConnection) -> Switchboard:
    """The switchboard of the process that a request came to."""
    return connection.app.state.switchboard


def target(connection: HTTPConnection) -> str:
    """Path and query as they stood in the request: a normalised path has another signature."""
    path: bytes = connection.scope["raw_path"]
    query: bytes = connection.scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")
