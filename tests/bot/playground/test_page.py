"""The playground in a real browser: a question typed and its answer read, a button pressed, a summary posted."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest
from playwright.async_api import Page, async_playwright

from bot.clock import Clock, shifted_clock
from bot.playground.demo import DemoAddress, play
from bot.services import Services
from bot.settings import Settings
from tests.bot.conftest import MONDAY
from tests.shop import BRUSSELS

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="left out: there is no Chromium on this machine")


@asynccontextmanager
async def playground(services: Services, clock: Clock, port: int = 0) -> AsyncIterator[DemoAddress]:
    """Serve the playground on a free port."""
    if not port:
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        play(Settings.load(env_file=None), services, clock, port, stop, ready.set_result)
    )
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
    if task.done():
        task.result()
    try:
        yield await ready
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task


@asynccontextmanager
async def browser(url: str, width: int = 1280, height: int = 900) -> AsyncIterator[Page]:
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await chromium.new_page(viewport={"width": width, "height": height})
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        await page.goto(url)
        await page.wait_for_selector("#chips button")
        yield page
        assert wrong == []
        await chromium.close()


async def _ask(page: Page, line: str) -> str:
    """Type a line, press Enter and return the text of the message that comes."""
    count = await page.locator("article.message").count()
    await page.fill("#composer", line)
    await page.press("#composer", "Enter")
    return await _message(page, count)


async def _message(page: Page, count: int) -> str:
    await page.wait_for_function(
        "count => document.querySelectorAll('article.message').length > count", arg=count
    )
    return await page.locator("article.message").last.inner_text()


@pytest.fixture
def clock() -> Clock:
    return shifted_clock(MONDAY, BRUSSELS)


@pytest.mark.browser
@needs_browser
async def test_a_question_is_typed_and_its_answer_read(demo_services: Services, clock: Clock) -> None:
    """The README's first question, then a wrong word whose suggestion is pressed, a chart, a table."""
    async with playground(demo_services, clock) as address, browser(address.url) as page:
        answer = await _ask(page, "/kpi conversion rep:anna")
        assert "Only visible to you" in answer
        assert "Conversion  ·  Anna de Vries  ·  July 2026" in answer
        assert "% " in answer
        await _ask(page, "/kpi conversoin")
        count = await page.locator("article.message").count()
        await (
            page.locator("article.message").last.get_by_role("button", name="conversion", exact=True).click()
        )
        assert "Conversion  ·  July 2026" in await _message(page, count)
        await _ask(page, "/kpi sales per month")
        assert await page.locator("article.message").last.locator("figure.chart svg circle").count() == 12
        await _ask(page, "/kpi sales by region")
        rows = page.locator("article.message").last.locator("table.data tbody tr")
        assert await rows.count() == 4


@pytest.mark.browser
@needs_browser
async def test_mondays_summary_is_posted_by_a_press(demo_services: Services, clock: Clock) -> None:
    """It is in #sales for everybody, and the call that posted it is shown."""
    async with playground(demo_services, clock) as address, browser(address.url) as page:
        await page.click("#post-weekly")
        posted = await _message(page, 0)
        assert "Weekly sales summary: week 47 (16–22 Nov 2026)" in posted
        assert "Only visible to you" not in posted
        assert "Demo data" in posted
        assert "chat.postMessage" in await page.locator("#call-list").inner_text()


@pytest.mark.browser
@needs_browser
async def test_mentions_and_direct_messages(demo_services: Services, clock: Clock) -> None:
    """A mention is answered in its thread, a direct message below itself."""
    async with playground(demo_services, clock) as address, browser(address.url) as page:
        await _ask(page, "@kpi-bot leads last month")
        assert "New leads" in await _message(page, 1)
        assert await page.locator("article.message.reply").count() == 1
        await page.get_by_role("button", name="kpi-bot", exact=True).click()
        await _ask(page, "omzet vorige maand")
        assert "Sales" in await _message(page, 1)


@pytest.mark.browser
@needs_browser
async def test_it_fits_a_phone(demo_services: Services, clock: Clock) -> None:
    """Nothing is wider than the screen; tables scroll in their own box."""
    async with playground(demo_services, clock) as address, browser(address.url, 390, 844) as page:
        await _ask(page, "/kpi sales by rep per month last 12 months table")
        await _ask(page, "/kpi conversion by rep")
        assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_another_port_where_the_first_is_taken(demo_services: Services, clock: Clock) -> None:
    """It says which."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with playground(demo_services, clock, port) as address:
            assert address.port > port


@pytest.mark.browser
@needs_browser
async def test_a_survey_is_sent_and_answered_in_the_browser(demo_services: Services, clock: Clock) -> None:
    """Anna sends it to the list, answers her own question, says why in the window, and `nps` counts it."""
    async with playground(demo_services, clock) as address, browser(address.url) as page:
        assert "I'll ask 6 people" in await _ask(page, "/kpi nps send customers")
        await page.locator("article.message").last.get_by_role("button", name="Send to 6 people").click()
        await page.locator("#messages").get_by_text("asking 6 people now").wait_for()
        await page.locator("#channels button", has_text="kpi-bot").click()
        prompt = page.locator("article.message").last
        await prompt.get_by_text("How likely is it that you would recommend Demo company").wait_for()
        assert await prompt.locator(".actions button").count() == 11
        await prompt.get_by_role("button", name="9 of 10").click()
        await page.locator("#messages").get_by_text("Thank you! Your answer: 9 of 10.").wait_for()
        await page.get_by_role("button", name="What is the main reason?").click()
        await page.fill("#modal textarea", "Quick & kind")
        await page.locator("#modal button[type=submit]").click()
        await page.locator("#messages").get_by_text("Quick & kind").wait_for()
        assert await page.locator("#modal[open]").count() == 0
        await page.get_by_role("button", name="Edit").click()
        await page.locator("#messages").get_by_text("How likely is it").wait_for()
        await page.locator("article.message").last.get_by_role("button", name="10 of 10").click()
        await page.locator("#messages").get_by_text("Thank you! Your answer: 10 of 10.").wait_for()
        assert await page.locator("#messages").get_by_text("Quick & kind").count() == 1
        said = await _ask(page, "/kpi nps today")
        assert "too few answers for a score (1)" in said
        assert "1 promoter, 0 passives, 0 detractors" in said
        # somebody else has a direct message of their own
        await page.select_option("#you", label="Bart Goossens")
        await page.locator("#messages").get_by_text("How likely is it").wait_for()
        assert await page.locator("article.message").count() == 1


@pytest.mark.browser
@needs_browser
async def test_a_survey_is_answered_on_a_phone(demo_services: Services, clock: Clock) -> None:
    """The button that opens the channels says that there is something new; eleven buttons fit the screen."""
    async with playground(demo_services, clock) as address, browser(address.url, 390, 844) as page:
        await _ask(page, "/kpi nps send customers")
        await page.locator("article.message").last.get_by_role("button", name="Send to 6 people").click()
        await page.locator("#show-sidebar.unread").wait_for()
        await page.click("#show-sidebar")
        await page.locator("#channels button", has_text="kpi-bot").click()
        prompt = page.locator("article.message").last
        await prompt.get_by_text("How likely is it").wait_for()
        assert await page.locator("#show-sidebar.unread").count() == 0
        assert await prompt.locator(".actions button").count() == 11
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        await prompt.get_by_role("button", name="6 of 10").click()
        await page.locator("#messages").get_by_text("Thank you! Your answer: 6 of 10.").wait_for()
        await page.get_by_role("button", name="What is the main reason?").click()
        box = await page.locator("#modal[open]").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
async def test_the_home_tab(demo_services: Services, clock: Clock, width: int, height: int) -> None:
    """Anna's own numbers, examples, the summaries; an example that is pressed is answered to her alone."""
    async with playground(demo_services, clock) as address, browser(address.url, width, height) as page:
        if width < 500:
            await page.click("#show-sidebar")
        await page.click("#channels button:has-text('Home')")
        await page.wait_for_selector("article.home .header")
        shown = await page.locator("article.home").inner_text()
        for text in ("Your numbers", "Anna de Vries", "Sales", "What you can ask"):
            assert text in shown, text
        await page.locator("article.home .actions button").first.click()
        await page.wait_for_function(
            "() => document.querySelector('#notice').textContent.startsWith('Answered')"
        )
        if width < 500:
            await page.click("#show-sidebar")
        await page.click("#channels button:text-is('kpi-bot')")
        await page.wait_for_selector("article.message")
        assert "data until" in await page.locator("article.message").last.inner_text()
