"""A bridge as the public samples have it: FastAPI, websockets, JSON in and out of both.

Marks behind the audio, and `clear` and `truncate` at a barge-in; neither checks nor records.
"""

import asyncio
import json
import os
from typing import Any

import uvicorn
from fastapi import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect

from bench.peers.webhook import build_app

MODEL_URL = os.environ["OPENAI_REALTIME_URL"]
SESSION: dict[str, Any] = {
    "type": "realtime",
    "output_modalities": ["audio"],
    "instructions": "You answer the phone.",
    "audio": {
        "input": {"format": {"type": "audio/pcmu"}, "turn_detection": {"type": "server_vad"}},
        "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
    },
}

app = build_app()


class Bridge:
    """One call."""

    def __init__(self, twilio: WebSocket, model: ClientConnection) -> None:
        self._twilio = twilio
        self._model = model
        self._stream_sid = ""
        self._timestamp_ms = 0
        self._answer_began_ms: int | None = None
        self._item_id = ""
        self._marks: list[str] = []

    async def from_twilio(self) -> None:
        """Hand the caller's audio to the model."""
        try:
            async for text in self._twilio.iter_text():
                message = json.loads(text)
                if message["event"] == "media":
                    self._timestamp_ms = int(message["media"]["timestamp"])
                    audio = message["media"]["payload"]
                    append = {"type": "input_audio_buffer.append", "audio": audio}
                    await self._model.send(json.dumps(append))
                elif message["event"] == "start":
                    self._stream_sid = message["start"]["streamSid"]
                elif message["event"] == "mark" and self._marks:
                    self._marks.pop(0)
        except WebSocketDisconnect:
            pass
        await self._model.close()

    async def from_model(self) -> None:
        """Hand the model's audio to the caller."""
        async for text in self._model:
            event = json.loads(text)
            if event["type"] == "response.output_audio.delta":
                await self._play(event)
            elif event["type"] == "input_audio_buffer.speech_started":
                await self._interrupt()

    async def _play(self, event: dict[str, Any]) -> None:
        media = {"payload": event["delta"]}
        await self._twilio.send_json(
            {"event": "media", "streamSid": self._stream_sid, "media": media}
        )
        if self._answer_began_ms is None:
            self._answer_began_ms = self._timestamp_ms
        self._item_id = event["item_id"]
        mark = {"name": "responsePart"}
        await self._twilio.send_json({"event": "mark", "streamSid": self._stream_sid, "mark": mark})
        self._marks.append("responsePart")

    async def _interrupt(self) -> None:
        if not self._marks or self._answer_began_ms is None:
            return
        truncate = {
            "type": "conversation.item.truncate",
            "item_id": self._item_id,
            "content_index": 0,
            "audio_end_ms": self._timestamp_ms - self._answer_began_ms,
        }
        await self._model.send(json.dumps(truncate))
        await self._twilio.send_json({"event": "clear", "streamSid": self._stream_sid})
        self._marks.clear()
        self._answer_began_ms = None


@app.websocket("/media-stream")
async def media_stream(websocket: WebSocket) -> None:
    """Connect one call to the model, which greets."""
    await websocket.accept()
    headers = {"Authorization": "Bearer sk-bench"}
    async with connect(f"{MODEL_URL}?model=gpt-realtime-2.1", additional_headers=headers) as model:
        await model.send(json.dumps({"type": "session.update", "session": SESSION}))
        await model.send(json.dumps({"type": "response.create"}))
        bridge = Bridge(websocket, model)
        await asyncio.gather(bridge.from_twilio(), bridge.from_model())


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
