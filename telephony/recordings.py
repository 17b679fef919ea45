"""Recordings that Twilio keeps for us."""

from contextlib import suppress
from dataclasses import dataclass

from twilio.rest import Client

from telephony.errors import NotThere
from telephony.rest import Clients, ask, download


@dataclass(frozen=True, slots=True)
class Recordings:
    """The recordings of an account.

    Attributes:
        clients: one for each Auth Token.
    """

    clients: Clients

    async def fetch(self, recording_sid: str) -> bytes:
        """A recording as WAV.

        Raises:
            TextError: it is gone, or Twilio did not give it; see `telephony.rest.ask`.
        """
        return await download(self.clients, f"Recordings/{recording_sid}.wav")

    async def delete(self, recording_sid: str) -> None:
        """Delete a recording; one that is gone already is fine.

        Raises:
            TextError: Twilio did not, or nobody knows; see `telephony.rest.ask`.
        """

        async def delete(client: Client) -> bool:
            return await client.recordings(recording_sid).delete_async()

        with suppress(NotThere):
            await ask(self.clients, delete)
