from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from dashboard.app import build_dashboard
from dashboard.headers import HEADERS
from dashboard.password import hash_password, is_password
from tests.dashboard.browser import HASH, PASSWORD, Browser
from tests.dashboard.conftest import NO_MODEL
from tests.e2e.product import Product, running_product

OPEN = {("GET", "/login"), ("POST", "/login")}
"""All that may be asked without a login, but for the style sheet."""


def guarded() -> list[tuple[str, str]]:
    """Every method and path that the dashboard has and that is not open."""
    app = build_dashboard(HASH, "secret", https=False, open_to_local=False)
    paths: dict[str, dict[str, object]] = app.openapi()["paths"]
    found = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert found > OPEN
    return sorted(found - OPEN)


@pytest.mark.parametrize(("method", "path"), guarded())
async def test_nothing_is_shown_or_done_without_a_login(
    browser: Browser, method: str, path: str
) -> None:
    answer = await browser.http.request(method, path.replace("{", "").replace("}", ""))
    if method == "GET":
        assert answer.status_code == 303
        assert answer.headers["location"] == "/dashboard/login"
    else:
        assert answer.status_code == 401
        assert answer.text == "Log in first."


async def test_the_password_lets_in_until_somebody_logs_out(browser: Browser) -> None:
    answer = await browser.log_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/;" in cookie  # the browser phone asks who it is, too
    assert "Log out Rosa" in await browser.read("/")
    answer = await browser.send("/", "/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/login")
    await browser.read("/", 303)


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [
        ("Rosa", "another pass phrase", "That is not the password."),
        ("Rosa", "", "That is not the password."),
        (" ", PASSWORD, "Please say who you are."),
    ],
)
async def test_a_login_needs_name_and_password(
    browser: Browser, name: str, password: str, told: str
) -> None:
    answer = await browser.log_in(name, password)
    assert answer.status_code == 401
    assert told in answer.text
    await browser.read("/", 303)


async def test_who_guesses_has_to_wait(browser: Browser) -> None:
    for _ in range(5):
        assert (await browser.log_in(password="a guess")).status_code == 401
    answer = await browser.log_in()
    assert answer.status_code == 429
    assert "Too many attempts. Wait a minute." in answer.text


async def test_who_knows_the_password_is_not_counted(browser: Browser) -> None:
    for _ in range(7):
        assert (await browser.log_in()).status_code == 303


async def test_forms_of_other_sites_do_nothing(browser: Browser) -> None:
    await browser.log_in()
    for fields in ({}, {"csrf": ""}, {"csrf": "a guess"}, {"csrf": "\u00e9"}):
        answer = await browser.http.post("/logout", data=fields)
        assert answer.status_code == 403
    browser.http.headers["Sec-Fetch-Site"] = "cross-site"
    assert (await browser.send("/", "/logout")).status_code == 403
    assert "Log out Rosa" in await browser.read("/")


async def test_nobody_is_logged_in_by_another_site(browser: Browser) -> None:
    answer = await browser.http.post("/login", data={"name": "Eve", "password": PASSWORD})
    assert answer.status_code == 403


async def test_a_cookie_that_was_changed_is_none(browser: Browser) -> None:
    await browser.log_in()
    cookie = browser.http.cookies["spaline"]
    browser.http.cookies.clear()
    browser.http.cookies.set("spaline", "x" + cookie, path="/dashboard")
    await browser.read("/", 303)


async def test_a_new_password_ends_every_session(tmp_path: Path) -> None:
    cookies = httpx.Cookies()
    for hashed, status in ((HASH, 200), (HASH, 200), (hash_password("another one"), 303)):
        async with running_product(NO_MODEL, tmp_path, dashboard_password=hashed) as product:
            base = f"{product.origin}/dashboard"
            async with httpx.AsyncClient(base_url=base, cookies=cookies) as http:
                browser = Browser(http)
                if not cookies:
                    await browser.log_in()
                    cookies = http.cookies
                await browser.read("/", status)


async def test_every_answer_tells_the_browser_to_be_careful(browser: Browser) -> None:
    await browser.log_in()
    for path in ("/login", "/", "/nothing", "/static/dashboard.css", "/static/none"):
        answer = await browser.http.get(path)
        # Only what is nobody's secret is kept by the browser.
        kept = {"Cache-Control": "no-cache"} if path.endswith(".css") else {}
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS | kept
        assert "strict-transport-security" not in answer.headers


def test_only_our_own_files_are_run() -> None:
    policy = dict(
        directive.split(" ", 1) for directive in HEADERS["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}


async def test_https_makes_the_cookie_secure(tmp_path: Path) -> None:
    async with (
        running_product(
            NO_MODEL, tmp_path, dashboard_password=HASH, public_url="https://spa.example.com"
        ) as product,
        httpx.AsyncClient() as http,
    ):
        answer = await http.get(f"{product.origin}/dashboard/login")
    assert answer.headers["set-cookie"].startswith("__Secure-spaline=")
    assert "secure" in answer.headers["set-cookie"].lower().split("; ")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.fixture
async def near(tmp_path: Path) -> AsyncGenerator[Product]:
    """A developer's server, without a password."""
    async with running_product(NO_MODEL, tmp_path) as product:
        yield product


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8000"}, 200),
        ({"X-Forwarded-For": "203.0.113.7"}, 303),
        ({"Forwarded": "for=203.0.113.7"}, 303),
        ({"Host": "rebound.example.com"}, 303),
    ],
)
async def test_in_development_only_who_sits_in_front_needs_no_login(
    near: Product, headers: dict[str, str], status: int
) -> None:
    async with httpx.AsyncClient(base_url=f"{near.origin}/dashboard", headers=headers) as http:
        await Browser(http).read("/", status)


async def test_in_production_there_is_no_dashboard_without_a_password(tmp_path: Path) -> None:
    async with (
        running_product(NO_MODEL, tmp_path, environment="production") as product,
        httpx.AsyncClient(base_url=f"{product.origin}/dashboard") as http,
    ):
        await Browser(http).read("/login", 404)


def test_a_hash_is_no_password_and_a_password_no_hash() -> None:
    hashed = hash_password("a pass phrase")
    assert hashed.startswith("$argon2id$")
    assert is_password("a pass phrase", hashed)
    assert not is_password(hashed, hashed)
    assert not is_password("a pass phrase", "a pass phrase")
    assert not is_password("", "")
