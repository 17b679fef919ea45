"""The phone numbers of a Twilio account, and where their calls and texts go."""

from collections.abc import Mapping
from dataclasses import dataclass

from twilio.rest import Client

from telephony.rest import Clients, ask

SETTINGS = (
    "voice_url",
    "voice_method",
    "voice_fallback_url",
    "voice_fallback_method",
    "status_callback",
    "status_callback_method",
    "sms_url",
    "sms_method",
)
"""What can be set of a number, in Twilio's words."""


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """How a number is set up.

    Attributes:
        sid: of the number.
        settings: by the names of `SETTINGS`; "" for what is not set.
    """

    sid: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PhoneNumbers:
    """The numbers of an account.

    Attributes:
        clients: one for each Auth Token.
    """

    clients: Clients

    async def find(self, number: str) -> PhoneNumber | None:
        """A number of the account; None when it has no such number.

        Args:
            number: E.164.

        Raises:
            TextError: Twilio did not answer; see `telephony.rest.ask`.
        """

        async def look(client: Client) -> PhoneNumber | None:
            found = await client.incoming_phone_numbers.list_async(phone_number=number, limit=1)
            if not found:
                return None
            settings = {name: str(getattr(found[0], name) or "") for name in SETTINGS}
            return PhoneNumber(str(found[0].sid), settings)

        return await ask(self.clients, look)

    async def change(self, sid: str, settings: Mapping[str, str]) -> None:
        """Set a number up.

        Args:
            sid: of the number.
            settings: by the names of `SETTINGS`.

        Raises:
            TextError: Twilio did not, or nobody knows; see `telephony.rest.ask`.
        """

        async def change(client: Client) -> None:
            await client.incoming_phone_numbers(sid).update_async(**settings)

        await ask(self.clients, change)
