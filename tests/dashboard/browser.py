"""A browser without script, as far as the dashboard needs one."""

import re

import httpx

from dashboard.password import hash_password

PASSWORD = "a long pass phrase"
HASH = hash_password(PASSWORD)


class Browser:
    """Fills in forms with what the page put into them."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def read(self, path: str, status: int = 200) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def send(self, form_page: str, action: str, **fields: str) -> httpx.Response:
        """Open a page, and send one of its forms."""
        csrf = re.search(r'name="csrf" value="([^"]+)"', await self.read(form_page))
        assert csrf is not None
        return await self.http.post(action, data={"csrf": csrf[1], **fields})

    async def log_in(self, name: str = "Rosa", password: str = PASSWORD) -> httpx.Response:
        return await self.send("/login", "/login", name=name, password=password)
