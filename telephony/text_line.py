"""Text messages through Twilio's REST interface.

There is no idempotency key: a message that may have been accepted is looked for before it is sent
again.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from twilio.rest import Client

from telephony.rest import REQUEST_SECS, Clients, ask, open_clients

LOOKED_BACK = 100
"""How many of the last messages to a number are looked through for one that may be there."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """The number that text messages come from.

    Attributes:
        number: E.164, of the account.
        clients: one for each Auth Token; during a rotation only one of two is good.
    """

    number: str
    clients: Clients

    async def send(self, to: str, body: str, status_url: str) -> str:
        """Send a text message; gives Twilio's id of it.

        Args:
            to: E.164.
            body: up to 1600 characters.
            status_url: where Twilio posts what becomes of it.

        Raises:
            OptedOut: the number wants no messages.
            TextRefused: Twilio will never take it.
            NotAccepted: Twilio has not taken it, and may later.
            LineLost: nobody knows.
        """

        async def create(client: Client) -> str:
            message = await client.messages.create_async(
                to=to, from_=self.number, body=body, status_callback=status_url
            )
            return str(message.sid)

        return await ask(self.clients, create)

    async def find(self, to: str, body: str) -> Sequence[str]:
        """Twilio's ids of the messages to a number that end in some words, the newest first.

        A trial account puts words of its own before ours.

        Raises:
            TextRefused, NotAccepted, LineLost: see `send`.
        """

        async def look(client: Client) -> list[str]:
            found = await client.messages.list_async(
                to=to, from_=self.number, limit=LOOKED_BACK, page_size=LOOKED_BACK
            )
            return [str(message.sid) for message in found if str(message.body).endswith(body)]

        return await ask(self.clients, look)


@asynccontextmanager
async def open_text_line(
    account_sid: str,
    auth_tokens: Sequence[str],
    number: str,
    api_url: str,
    request_secs: float = REQUEST_SECS,
) -> AsyncGenerator[TextLine]:
    """A line to Twilio's REST interface, closed at the end.

    Args:
        account_sid: of the account.
        auth_tokens: its Auth Tokens, one at least.
        number: of the account, E.164.
        api_url: origin of the interface.
        request_secs: how long to wait for an answer.
    """
    async with open_clients(account_sid, auth_tokens, api_url, request_secs) as clients:
        yield TextLine(number, clients)
