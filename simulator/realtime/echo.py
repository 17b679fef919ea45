"""The bench mode: every piece of audio goes straight back, as one answer without an end.

Hundreds of calls must fit on one core beside the callers, so audio is found in the bytes of a
frame and sent back from there; everything else takes the library's road.
"""

import base64
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State
from websockets.utils import apply_mask

from simulator.realtime.agent import Say
from simulator.realtime.audio import bytes_per_ms
from simulator.realtime.knobs import Witness
from simulator.realtime.output import Message
from simulator.realtime.response import Circumstances, Response

_APPEND = b'"input_audio_buffer.append"'
_AUDIO = b'"audio"'
_WHOLE_TEXT = 0x81
_MASK_BYTES = 4
_TWO_BYTES = 126
_LENGTHS = {126: 2, 127: 8}
"""How many bytes the length takes that does not fit into seven bits."""


class EchoConnection(ServerConnection):
    """Keeps its own count of where frames end, so that a whole one may pass by the library.

    Attributes:
        take: given the audio of an append in base64; None while there is no echo.
    """

    take: Callable[[bytes], None] | None = None
    _rest = b""

    def data_received(self, data: bytes) -> None:
        """Hand audio to the echo, every other whole frame to the library."""
        if self.protocol.state is not State.OPEN:
            super().data_received(data)
            return
        data = self._rest + data
        begin = 0
        while (end := _end_of_frame(data, begin)) is not None:
            if self.take is None or not self._is_taken(data[begin:end]):
                super().data_received(data[begin:end])
            begin = end
        self._rest = data[begin:]

    def _is_taken(self, frame: bytes) -> bool:
        payload = _appended(frame)
        if payload is None or self.take is None:
            return False
        self.take(payload)
        return True

    def write_text(self, text: bytes) -> None:
        """Send a text frame at once."""
        size = len(text)
        if size < _TWO_BYTES:
            length = bytes([size])
        elif size < 1 << 16:
            length = b"\x7e" + size.to_bytes(2)
        else:
            length = b"\x7f" + size.to_bytes(8)
        self.transport.write(b"\x81" + length + text)


class Echo:
    """Sends back what a session hears."""

    def __init__(self, connection: EchoConnection, around: Circumstances, number: int) -> None:
        self._connection = connection
        self._around = around
        self._number = number
        self._witness: Witness | None = None
        self._opened = False
        self._head = b""
        self._held = b""
        self._waiting: list[bytes] = []
        connection.take = self._take if around.knobs.echo else None

    def _take(self, payload: bytes) -> None:
        if not self._opened:
            self._opened = True
            if self._around.knobs.witness is not None:
                self._witness = self._around.knobs.witness(self._number, self._around.settings)
            self._open()
        if self._witness is not None:
            self._witness.heard(payload)
        if self._head:
            self._give_back(payload)
        else:
            self._waiting.append(payload)

    def _give_back(self, payload: bytes) -> None:
        if self._around.knobs.echo_ms:
            self._held += base64.b64decode(payload)
            audio_format = self._around.settings["audio"]["output"]["format"]
            if len(self._held) < self._around.knobs.echo_ms * bytes_per_ms(audio_format):
                return
            payload, self._held = base64.b64encode(self._held), b""
        if self._witness is not None:
            self._witness.said(payload)
        self._connection.write_text(self._head + payload + b'"}')

    def _open(self) -> None:
        """Announce the answer, and let audio follow behind that."""
        around = self._around
        response = Response(around, {}, [])
        response.announce()
        audio_format = around.settings["audio"]["output"]["format"]
        message = Message(response.next_place(), Say(""), b"", audio_format)
        message.open()
        event_id, item_id = around.wire.new_id("event"), message.item["id"]
        head = (
            f'{{"type":"response.output_audio.delta","event_id":"{event_id}",'
            f'"response_id":"{response.id}","item_id":"{item_id}",'
            '"output_index":0,"content_index":0,"delta":"'
        ).encode()
        around.wire.then(lambda: self._begin(head))

    def _begin(self, head: bytes) -> None:
        self._head = head
        waiting, self._waiting = self._waiting, []
        for payload in waiting:
            self._give_back(payload)


def _end_of_frame(data: bytes, begin: int) -> int | None:
    """Where the client's frame ends that begins here; None while it is not complete."""
    body = _body(data, begin)
    if body is None:
        return None
    end = body[0] + body[1]
    return end if end <= len(data) else None


def _body(data: bytes, begin: int) -> tuple[int, int] | None:
    """Where the masked payload of a frame begins, and its length."""
    head = begin + 2
    if len(data) < head:
        return None
    length = data[begin + 1] & 0x7F
    if more := _LENGTHS.get(length, 0):
        if len(data) < head + more:
            return None
        length = int.from_bytes(data[head : head + more])
    return head + more + _MASK_BYTES, length


def _appended(frame: bytes) -> bytes | None:
    """The audio in a frame, if it is a whole text frame that appends some."""
    body = _body(frame, 0)
    if body is None or frame[0] != _WHOLE_TEXT:
        return None
    text = apply_mask(frame[body[0] :], frame[body[0] - _MASK_BYTES : body[0]])
    if _APPEND not in text:
        return None
    # The words may stand in any order, with or without blanks between them.
    begin = text.index(b'"', text.index(_AUDIO, 0) + len(_AUDIO)) + 1
    return text[begin : text.index(b'"', begin)]
