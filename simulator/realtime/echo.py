"""The bench mode: every piece of audio goes straight back, as one answer without an end."""

from websockets.asyncio.server import ServerConnection

from simulator.realtime.agent import Say
from simulator.realtime.output import Message
from simulator.realtime.response import Circumstances, Response

_APPEND = '"input_audio_buffer.append"'
_AUDIO = '"audio":"'


class Echo:
    """Finds the audio in the text of the event, for parsing it would cost more than the echo."""

    def __init__(self, connection: ServerConnection, around: Circumstances) -> None:
        self._connection = connection
        self._around = around
        self._head = ""

    async def take(self, message: str | bytes) -> bool:
        """Send the audio back if this mode is on and it is audio; whether it was."""
        if not self._around.knobs.echo or isinstance(message, bytes) or _APPEND not in message:
            return False
        if not self._head:
            self._head = self._open()
            await self._around.wire.flushed()
        # Python's own json writes a space after each colon.
        compact = message if _AUDIO in message else message.replace('": "', '":"')
        begin = compact.index(_AUDIO) + len(_AUDIO)
        payload = compact[begin : compact.index('"', begin)]
        await self._connection.send(f'{self._head}{payload}"}}')
        return True

    def _open(self) -> str:
        """Announce the answer; returns what every delta begins with."""
        around = self._around
        response = Response(around, {}, [])
        response.announce()
        audio_format = around.settings["audio"]["output"]["format"]
        message = Message(response.next_place(), Say(""), b"", audio_format)
        message.open()
        event_id, item_id = around.wire.new_id("event"), message.item["id"]
        return (
            f'{{"type":"response.output_audio.delta","event_id":"{event_id}",'
            f'"response_id":"{response.id}","item_id":"{item_id}",'
            '"output_index":0,"content_index":0,"delta":"'
        )
