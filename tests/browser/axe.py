"""axe-core looks at a page as somebody who cannot see or cannot use a mouse."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

SCRIPT = Path(__file__).parent / "vendor" / "axe.min.js"
GRAVE = ("serious", "critical")


async def grave_findings(page: Page) -> list[str]:
    """What is seriously wrong with a page of a context that lets scripts in (`bypass_csp`)."""
    await page.add_script_tag(path=SCRIPT)
    found: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html']}: {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
