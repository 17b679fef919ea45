"""Recordings that Twilio keeps for us."""

from contextlib import suppress
from dataclasses import dataclass

from twilio.rest import Client

from telephony.errors import NotThere
from telephony.rest import Clients, ask


@dataclass(frozen=True, slots=True)
class Recordings:
    """The recordings of an account.

    Attributes:
        clients: one for each Auth Token.
    """

    clients: Clients

    async def delete(self, recording_sid: str) -> None:
        """Delete a recording; one that is gone already is fine.

        Raises:
            TextError: Twilio did not, or nobody knows; see `telephony.rest.ask`.
        """

        async def delete(client: Client) -> bool:
            return await client.recordings(recording_sid).delete_async()

        with suppress(NotThere):
            await ask(self.clients, delete)
