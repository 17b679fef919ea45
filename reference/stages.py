"""The stages of a call, asked of the pipeline that `bot.build_pipeline` builds."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from fastapi import WebSocket
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.llm_service import LLMService
from pydantic import SecretStr

from bot import build_llm, build_pipeline, build_transport
from calls.tape import Tape
from processors.call_end import CallEndProcessor
from processors.call_log import CallLogProcessor
from processors.transcript import TranscriptProcessor
from receptionist import Receptionist, connect_model, open_receptionist
from reference.fields import markdown_table
from settings import Settings
from telephony.audio_lane import LaneStage
from telephony.media_stream import MediaStream, Start
from telephony.transport import MediaStreamInput, MediaStreamOutput

ROOT = Path(__file__).parents[1]
NOBODY = Start(stream_sid="MZ", call_sid="CA", account_sid="AC", custom_parameters={})

WIDTH, BOX_LEFT, BOX_WIDTH, BOX_HEIGHT, ROW = 480, 190, 280, 28, 40
"""Of the diagram, in its own units; a row is a box and the line to the next one."""


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline.

    Attributes:
        kind: its class.
    """

    kind: type[FrameProcessor]

    @property
    def summary(self) -> str:
        """The first sentence of its docstring."""
        return (inspect.getdoc(self.kind) or "").splitlines()[0]

    @property
    def place(self) -> str:
        """Its file, or whose it is."""
        if self.kind.__module__.startswith("pipecat."):
            return "Pipecat"
        return f"`{Path(inspect.getfile(self.kind)).relative_to(ROOT)}`"

    @property
    def audio(self) -> str:
        """Whose audio it acts on when audio takes the lane."""
        if not issubclass(self.kind, LaneStage):
            return ""
        heard = {
            "caller's": self.kind.hear is not LaneStage.hear,
            "agent's": self.kind.take is not LaneStage.take,
        }
        return ", ".join(whose for whose, acts in heard.items() if acts)

    @property
    def outside(self) -> str:
        """What it stands in contact with, beyond the pipeline."""
        if issubclass(self.kind, MediaStreamInput):
            return "caller, by Twilio →"
        if issubclass(self.kind, MediaStreamOutput):
            return "← caller, by Twilio"
        return "model ↔" if issubclass(self.kind, LLMService) else ""


async def stages() -> list[Stage]:
    """Every stage of a call that is recorded, in order."""
    # The defaults, whatever the environment says.
    settings = Settings.model_construct(
        openai_api_key=SecretStr("none"), spa_file=ROOT / "spa.toml"
    )
    async with open_receptionist(settings) as receptionist:
        # The first and the last are Pipecat's ends of every pipeline.
        return [Stage(type(stage)) for stage in idle_pipeline(receptionist).processors[1:-1]]


def idle_pipeline(receptionist: Receptionist) -> Pipeline:
    """The pipeline of a call that never comes."""
    stream = MediaStream()
    websocket = WebSocket({"type": "websocket"}, _never, _never)
    return build_pipeline(
        build_transport(websocket, stream, NOBODY),
        build_llm(receptionist, lambda: connect_model(receptionist.settings)),
        CallLogProcessor(stream, caller=None, log_speech=False),
        CallEndProcessor(),
        TranscriptProcessor(receptionist.journal.of(NOBODY.call_sid), receptionist.prices),
        "",
        receptionist,
        Tape(NOBODY.call_sid),
    )


async def _never(*args: Any) -> Any:
    raise RuntimeError("nobody is on this line")


def stage_table(found: Sequence[Stage]) -> str:
    """What each stage does, and where it is."""
    rows = [
        (str(number), f"`{stage.kind.__name__}`", stage.summary, stage.audio, stage.place)
        for number, stage in enumerate(found, start=1)
    ]
    return markdown_table(("", "Stage", "What it does", "Acts on audio", "File"), rows)


def diagram(found: Sequence[Stage]) -> str:
    """The stages from top to bottom, and what they stand in contact with, as SVG."""
    boxes = "".join(_box(row, stage) for row, stage in enumerate(found))
    height = len(found) * ROW
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" '
        'font-size="13" fill="currentColor" stroke="none">'
        f"<title>The {len(found)} stages of a call, in order</title>{boxes}</svg></figure>"
    )


def _box(row: int, stage: Stage) -> str:
    top, middle = row * ROW + 1, BOX_LEFT + BOX_WIDTH // 2
    line = top + BOX_HEIGHT // 2 + 4
    way = f"M{middle} {top - ROW + BOX_HEIGHT}V{top}" if row else ""
    outside = f'<text x="{BOX_LEFT - 12}" y="{line}" text-anchor="end">{stage.outside}</text>'
    return (
        f'<path d="{way}" stroke="currentColor"/>'
        f'<rect x="{BOX_LEFT}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="4" '
        'fill="none" stroke="currentColor"/>'
        f'<text x="{middle}" y="{line}" text-anchor="middle">{escape(stage.kind.__name__)}</text>'
        f"{outside if stage.outside else ''}"
    )
