"""Watching a page for what nobody sees: errors on its console, and what its policy refused."""

from playwright.async_api import BrowserContext, ConsoleMessage, WebError

REPORT = """document.addEventListener("securitypolicyviolation", event => console.error(
  `Refused by the policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))"""


class Watch:
    """What went wrong in the pages of a context, but for what a test has expected."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    async def watch(self, context: BrowserContext) -> None:
        """Watch every page of a context from now on."""
        context.on("console", self._console)
        context.on("weberror", self._error)
        await context.add_init_script(REPORT)

    def expect(self, part: str) -> None:
        """One complaint with some words has come, and was meant to."""
        found = next((text for text in self.complaints if part in text), None)
        assert found is not None, f"nobody complained of {part!r}: {self.complaints}"
        self.complaints.remove(found)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _error(self, error: WebError) -> None:
        self.complaints.append(str(error.error))
