"""Everything that the doctor looks at, running: the product, the model, Twilio's REST side."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from doctor.examination import examine
from doctor.finding import Finding
from simulator.realtime import Conversation, Output, RealtimeSimulator, Say
from simulator.rest import TwilioRest
from tests.e2e.product import ACCOUNT, Product, running_product


class Ready:
    """Says one word to everything."""

    async def respond(self, conversation: Conversation) -> list[Output]:
        return [Say("Ready.", audio=b"\x70" * 1600)]

    def transcribe(self, turn: int) -> str | None:
        return ""


@dataclass(frozen=True)
class Clinic:
    """What is examined.

    Attributes:
        folder: where its files are.
        model: what the settings name.
        rest: where its number is.
        product: what answers at `PUBLIC_URL`.
        environment: the settings.
    """

    folder: Path
    model: RealtimeSimulator
    rest: TwilioRest
    product: Product
    environment: pytest.MonkeyPatch

    async def wrong(
        self, changes: Mapping[str, str] | None = None, *, fix: bool = False
    ) -> list[Finding]:
        """What is wrong, when some settings are others."""
        with self.environment.context() as environment:
            for name, value in (changes or {}).items():
                environment.setenv(name, value)
            found = [finding async for finding in examine(fix=fix) if not finding.ok]
        assert all(finding.fix for finding in found)
        return found


@asynccontextmanager
async def open_clinic(folder: Path, environment: pytest.MonkeyPatch) -> AsyncGenerator[Clinic]:
    """A product whose own settings the doctor has."""
    async with (
        RealtimeSimulator(Ready, first_audio_ms=10) as model,
        TwilioRest(ACCOUNT) as rest,
        running_product(model.url, folder, rest=rest) as product,
    ):
        environment.chdir(folder)  # no .env of a developer
        for name, value in {
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_REALTIME_URL": model.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT.account_sid,
            "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
            "TWILIO_PHONE_NUMBER": ACCOUNT.number,
            "TWILIO_API_URL": rest.url,
            "PUBLIC_URL": product.origin,
            "DATABASE_URL": product.database_url,
            "SPA_FILE": "spa.toml",
        }.items():
            environment.setenv(name, value)
        yield Clinic(folder, model, rest, product, environment)


async def command(*options: str, env: Mapping[str, str] | None = None) -> tuple[int | None, str]:
    """Exit code and output of `spaline doctor`."""
    process = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).parent / "spaline", "doctor", *options),
        stdout=asyncio.subprocess.PIPE,
        env=env,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()
