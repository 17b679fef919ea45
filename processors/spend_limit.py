"""The most that one call may cost."""

from datetime import UTC, datetime

from loguru import logger
from pipecat.frames.frames import Frame, MetricsFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.note import note
from processors.usage import PriceList, model_uses
from telephony.audio_lane import LaneStage
from telephony.frames import LeaveFrame

ENOUGH = "This call has lasted long. Say in one sentence that our front desk takes over."


class SpendLimitProcessor(LaneStage):
    """Hands the call to a person once the models have taken too much for it.

    Place it behind the line's output, where audio does not wait for it.
    """

    def __init__(self, prices: PriceList, *, tokens: int, cost_usd: float) -> None:
        """Limit a call.

        Args:
            prices: of the models; what a model without a price costs is not counted.
            tokens: how many it may take; 0 is no limit.
            cost_usd: what it may cost; 0 is no limit.
        """
        super().__init__(enable_direct_mode=True)
        self._prices = prices
        self._most_tokens = tokens
        self._most_usd = cost_usd
        self._tokens = 0
        self._usd = 0.0
        self._told = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Count what the models report; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, MetricsFrame):
            for use in model_uses(frame, self._prices, datetime.now(UTC)):
                self._tokens += use.tokens.total
                self._usd += (use.cost_microdollars or 0) / 1_000_000
            await self._judge()

    async def _judge(self) -> None:
        too_many = bool(self._most_tokens) and self._tokens >= self._most_tokens
        too_much = bool(self._most_usd) and self._usd >= self._most_usd
        if self._told or not (too_many or too_much):
            return
        self._told = True
        logger.warning("Call reached its limit: {} tokens, {:.4f} USD", self._tokens, self._usd)
        await self.push_frame(note(ENOUGH), FrameDirection.UPSTREAM)
        reason = f"the call reached its limit of {'tokens' if too_many else 'cost'}"
        await self.push_frame(LeaveFrame(to_person=True, reason=reason), FrameDirection.UPSTREAM)
