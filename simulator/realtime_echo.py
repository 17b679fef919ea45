"""The bench mode: every piece of audio goes straight back, as one answer without an end."""

from websockets.asyncio.server import ServerConnection

from simulator.realtime_wire import Wire

_APPEND = '{"type":"input_audio_buffer.append"'
_AUDIO = '"audio":"'


class Echo:
    """Recognises appended audio in the text itself, for JSON would cost more than the echo."""

    def __init__(self, connection: ServerConnection, wire: Wire, *, enabled: bool) -> None:
        self._connection = connection
        self._enabled = enabled
        ids = [wire.new_id(kind) for kind in ("event", "resp", "item")]
        self._head = (
            '{{"type":"response.output_audio.delta","event_id":"{}","response_id":"{}",'
            '"item_id":"{}","output_index":0,"content_index":0,"delta":"'
        ).format(*ids)

    async def take(self, message: str | bytes) -> bool:
        """Send the audio back if it is audio; whether it was."""
        if not self._enabled or isinstance(message, bytes):
            return False
        # Some clients write a space after each colon and comma, and the keys in another order.
        compact = message if message.startswith(_APPEND) else message.replace('": "', '":"')
        begin = compact.find(_AUDIO)
        if begin < 0 or '"input_audio_buffer.append"' not in compact:
            return False
        begin += len(_AUDIO)
        payload = compact[begin : compact.index('"', begin)]
        await self._connection.send(f'{self._head}{payload}"}}')
        return True
