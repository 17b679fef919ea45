"""The addresses of calendars: signed, so that nobody guesses one. Pure."""

from itsdangerous import BadData, URLSafeSerializer

# Short, because an address is a part of a text message.
APPOINTMENT = "a"
SPA = "s"
THERAPIST = "t"


class KeyRejected(Exception):
    """The key is not ours, or damaged."""


class CalendarKeys:
    """Makes and reads the keys that open calendars."""

    def __init__(self, public_url: str, secret: str) -> None:
        """Sign with a secret.

        Args:
            public_url: origin of the addresses.
            secret: the same on every replica; with another one every address is another.
        """
        self._public_url = public_url
        self._serializer = URLSafeSerializer(secret, salt="calendar")

    def appointment_url(self, code: str) -> str:
        """The address of one appointment's file."""
        return self._url(APPOINTMENT, code)

    def spa_url(self) -> str:
        """The address of the feed of the whole house."""
        return self._url(SPA)

    def therapist_url(self, name: str) -> str:
        """The address of a therapist's feed."""
        return self._url(THERAPIST, name)

    def read(self, key: str) -> list[str]:
        """What a key opens: its kind, and whose it is.

        Raises:
            KeyRejected: it opens nothing.
        """
        try:
            return [str(part) for part in self._serializer.loads(key)]
        except BadData as error:
            raise KeyRejected(type(error).__name__) from error

    def _url(self, *wanted: str) -> str:
        return f"{self._public_url}/calendar/{self._serializer.dumps(wanted)!s}.ics"
