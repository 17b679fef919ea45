"""Tools as Pipecat calls them, over a real desk on a real database; it is 3 March 2026, 9 AM."""

from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from pipecat.adapters.llm.schemas.direct_function import DirectFunction, DirectFunctionWrapper
from pipecat.frames.frames import Frame
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.llm_service import FunctionCallParams
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.catalog import Catalog, load_catalog
from booking.desk import BookingDesk
from database import build_sessions
from tools.context import CallContext

SPA_FILE = Path(__file__).parents[2] / "spa.toml"
ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 3, 9, tzinfo=ZONE)
MARIA, TOM = "+16175551212", "+12125550147"


class FakeEnd:
    """An end of the pipeline that remembers the frames that are queued to it."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    async def queue_frame(self, frame: Frame) -> None:
        self.frames.append(frame)


class Call:
    """One phone call: calls tools, keeps their results."""

    def __init__(self, desk: BookingDesk, phone: str | None, call_sid: str = "CA1") -> None:
        self.context = CallContext(desk=desk, call_sid=call_sid, phone=phone)
        self.worker, self.llm = FakeEnd(), FakeEnd()
        self.properties: Any = None
        self._calls = 0

    async def use(
        self, tool: DirectFunction, *, tool_call_id: str | None = None, **arguments: Any
    ) -> dict[str, Any]:
        """The tool's result for these arguments, through Pipecat's own wrapper."""
        self._calls += 1
        results: list[dict[str, Any]] = []

        async def keep(result: Any, *, properties: Any = None) -> None:
            results.append(result)
            self.properties = properties

        wrapper = DirectFunctionWrapper(tool)
        params = FunctionCallParams(
            function_name=wrapper.name,
            tool_call_id=tool_call_id or f"call_{self._calls}",
            arguments=arguments,
            llm=cast(Any, self.llm),
            pipeline_worker=cast(Any, self.worker),
            context=LLMContext(),
            result_callback=cast(Any, keep),
            app_resources=self.context,
        )
        await wrapper.invoke(args=arguments, params=params)
        assert len(results) == 1
        return results[0]


def open_desk(engine: AsyncEngine, catalog: Catalog | None = None) -> BookingDesk:
    """The sample spa's desk on a database."""
    return BookingDesk(catalog or load_catalog(SPA_FILE), build_sessions(engine), lambda: NOW)


def open_on_sundays(folder: Path) -> Catalog:
    """The sample spa, if it were open all night on Sundays, when the clocks change."""
    text = SPA_FILE.read_text(encoding="utf-8")
    text = text.replace("[hours]\n", '[hours]\nsunday = ["00:00-23:30"]\n')
    text = text.replace("[therapists.shifts]\n", '[therapists.shifts]\nsunday = ["00:00-23:30"]\n')
    path = folder / "sundays.toml"
    path.write_text(text, encoding="utf-8")
    return load_catalog(path)
