"""The playground in a real browser: a question typed and its answer read, a button pressed, a summary posted."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from bot.playground.server import DemoAddress, play
from bot.runtime.clock import Clock, shifted_clock
from bot.runtime.settings import Settings
from bot.slack.turns import Patience
from bot.workspace.services import Services
from tests.bot.conftest import MONDAY
from tests.bot.held import held_services
from tests.shop import BRUSSELS

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="left out: there is no Chromium on this machine")

pytestmark = pytest.mark.asyncio(loop_scope="module")  # the browser's own


@asynccontextmanager
async def playground(
    services: Services, clock: Clock, port: int = 0, patience: Patience | None = None
) -> AsyncIterator[DemoAddress]:
    """Serve the playground on a free port; `patience` says when the bot says that a question is slow (never)."""
    if not port:
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    given, never = Settings.load(env_file=None), asyncio.Event().wait
    task = asyncio.create_task(play(given, services, clock, port, stop, ready.set_result, patience or never))
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
    if task.done():
        task.result()
    try:
        yield await ready
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task


class Opened(Protocol):
    """Opens a page at an address, in a window of its own."""

    def __call__(self, url: str, width: int = 1280, height: int = 900) -> AbstractAsyncContextManager[Page]:
        """Nothing on the page may go wrong before the block ends."""
        ...


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Opened]:
    """One Chromium for all tests; each page has its own cookies, storage and size."""
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        @asynccontextmanager
        async def opened(url: str, width: int = 1280, height: int = 900) -> AsyncIterator[Page]:
            page = await chromium.new_page(viewport={"width": width, "height": height})
            wrong: list[str] = []
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on(
                "console", lambda message: wrong.append(message.text) if message.type == "error" else None
            )
            await page.goto(url)
            await page.wait_for_selector("#chips button")
            yield page
            assert wrong == []
            await page.close()

        yield opened
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
async def test_a_question_is_typed_and_its_answer_read(
    demo_services: Services, clock: Clock, browser: Opened
) -> None:
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
        # sales, and the two lines of its usual range
        circles = page.locator("article.message").last.locator("figure.chart svg circle")
        assert await circles.count() == 3 * 12
        await _ask(page, "/kpi sales by region")
        rows = page.locator("article.message").last.locator("table.data tbody tr")
        assert await rows.count() == 4


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
async def test_a_slow_question_is_cancelled(
    demo_services: Services, clock: Clock, browser: Opened, width: int, height: int
) -> None:
    """It is said to be worked on; Cancel ends a statement that never would; the line is asked again."""
    services, warehouse = held_services(demo_services, clock)
    patience = asyncio.Event()
    async with (
        playground(services, clock, patience=patience.wait) as address,
        browser(address.url, width, height) as page,
    ):
        await _ask(page, "/kpi leads")
        warehouse.endless = True
        patience.set()
        working = await _ask(page, "/kpi sales by customer")
        assert "Only visible to you" in working
        assert "Still working on sales by customer…" in working
        shown = page.locator("article.message").last
        await shown.get_by_role("button", name="Cancel").click()
        await shown.get_by_text("Cancelled: sales by customer").wait_for()
        assert await page.locator("article.message").count() == 2
        warehouse.endless = False
        patience.clear()
        await shown.get_by_role("button", name="Ask again").click()
        assert "Sales  ·  October 2026" in await _message(page, 2)
    warehouse.close()


@pytest.mark.browser
@needs_browser
async def test_a_slow_mention_becomes_its_answer(
    demo_services: Services, clock: Clock, browser: Opened
) -> None:
    """In a channel the answer takes the message's place."""
    services, warehouse = held_services(demo_services, clock)
    patience = asyncio.Event()
    async with (
        playground(services, clock, patience=patience.wait) as address,
        browser(address.url) as page,
    ):
        await _ask(page, "/kpi leads")
        warehouse.held = True
        patience.set()
        count = await page.locator("article.message").count()
        await _ask(page, "@kpi-bot sales last month")
        await page.locator("#messages").get_by_text("Still working on sales last month…").wait_for()
        warehouse.released.set()
        await page.locator("article.reply").get_by_text("Sales  ·  October 2026").wait_for()
        assert await page.locator("article.message").count() == count + 2
        assert await page.locator("#messages").get_by_text("Still working").count() == 0
    warehouse.close()


@pytest.mark.browser
@needs_browser
async def test_mondays_summary_is_posted_by_a_press(
    demo_services: Services, clock: Clock, browser: Opened
) -> None:
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
async def test_mentions_and_direct_messages(demo_services: Services, clock: Clock, browser: Opened) -> None:
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
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
async def test_a_file_of_targets_is_dropped_and_set(
    demo_services: Services, clock: Clock, browser: Opened, width: int, height: int
) -> None:
    """From the button beside the composer, in direct messages: a preview, a press, a report."""
    table = b"metric;2027-01;2027-02;2027-03\nwon;40;41;410\nwno;1;;\n"
    async with playground(demo_services, clock) as address, browser(address.url, width, height) as page:
        if width < 800:
            await page.click("#show-sidebar")
        await page.get_by_role("button", name="kpi-bot").click()
        await page.set_input_files("#file", {"name": "2027.csv", "mimeType": "text/csv", "buffer": table})
        messages = page.locator("#messages")
        await messages.get_by_text("2027.csv: 2 to set, 1 to check, 1 refused").wait_for()
        last = page.locator("article.message").last
        assert "There is no metric “wno”. Did you mean won?" in await last.inner_text()
        assert await page.get_by_role("link", name="Download 2027.csv").count() == 1
        await last.get_by_role("button", name="Set 2 targets").click()
        await messages.get_by_text("2027.csv: 2 set, 1 to check, not set, 1 refused").wait_for()


@pytest.mark.browser
@needs_browser
async def test_it_fits_a_phone(demo_services: Services, clock: Clock, browser: Opened) -> None:
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
async def test_a_survey_is_sent_and_answered_in_the_browser(
    demo_services: Services, clock: Clock, browser: Opened
) -> None:
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
        await page.select_option("#you", label="Bart Goossens (English)")
        await page.locator("#messages").get_by_text("How likely is it").wait_for()
        assert await page.locator("article.message").count() == 1


@pytest.mark.browser
@needs_browser
async def test_somebody_with_slack_in_dutch_is_answered_in_dutch(
    demo_services: Services, clock: Clock, browser: Opened
) -> None:
    """The same line, the same number, in the person's language; refusals too."""
    async with playground(demo_services, clock) as address, browser(address.url, 1280, 900) as page:
        label = await page.locator("#you option", has_text="(Nederlands)").inner_text()
        await page.select_option("#you", label=label)
        assert "gegevens tot" in await _ask(page, "/kpi sales last month")
        assert "Bedoelde je een van deze?" in await _ask(page, "/kpi sales rep:anba")


@pytest.mark.browser
@needs_browser
async def test_a_survey_is_answered_on_a_phone(
    demo_services: Services, clock: Clock, browser: Opened
) -> None:
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
async def test_the_home_tab(
    demo_services: Services, clock: Clock, browser: Opened, width: int, height: int
) -> None:
    """Anna's own numbers, examples, the summaries; an example that is pressed is answered to her alone."""
    async with playground(demo_services, clock) as address, browser(address.url, width, height) as page:
        if width < 500:
            await page.click("#show-sidebar")
        await page.click("#channels button:has-text('Home')")
        await page.wait_for_selector("article.home .header")
        shown = await page.locator("article.home").inner_text()
        for text in ("Your numbers", "Anna de Vries", "Sales", "What you can ask"):
            assert text in shown, text
        await page.get_by_role("button", name="sales last month by region").click()
        await page.wait_for_function(
            "() => document.querySelector('#notice').textContent.startsWith('Answered')"
        )
        if width < 500:
            await page.click("#show-sidebar")
        await page.click("#channels button:text-is('kpi-bot')")
        await page.wait_for_selector("article.message")
        assert "data until" in await page.locator("article.message").last.inner_text()


@pytest.mark.browser
@needs_browser
async def test_a_press_during_which_a_message_comes_is_a_click(
    demo_services: Services, clock: Clock, browser: Opened
) -> None:
    """The list of channels is redrawn between the button's going down and up, and the channel opens."""
    async with playground(demo_services, clock) as address, browser(address.url) as page:
        box = await page.locator("#channels button:has-text('general')").bounding_box()
        assert box
        await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await page.mouse.down()
        await page.evaluate(
            "document.getElementById('composer').value = '/kpi sales last month';"
            "document.getElementById('form').requestSubmit()"
        )
        await page.wait_for_selector("article.message")
        await page.mouse.up()
        await page.wait_for_function("() => document.querySelector('#title').textContent === '#general'")


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
async def test_the_ways_out_of_an_answer(
    demo_services: Services, clock: Clock, browser: Opened, width: int, height: int
) -> None:
    """To a chart and back in place; as CSV by direct message, downloaded; shared with the channel."""
    async with playground(demo_services, clock) as address, browser(address.url, width, height) as page:
        await _ask(page, "/kpi sales by customer last month")
        answer = page.locator("article.message").first
        assert await answer.locator("table.data").count() == 1
        await answer.get_by_role("button", name="Chart", exact=True).click()
        await page.locator("article.message figure.chart").wait_for()
        assert await page.locator("article.message").count() == 1
        await answer.get_by_role("button", name="Table", exact=True).click()
        await page.locator("article.message table.data").wait_for()
        assert await page.locator("article.message figure.chart").count() == 0
        csv = answer.get_by_role("button", name="as CSV")
        rows = int("".join(filter(str.isdigit, await csv.inner_text())))
        assert rows > 50
        await csv.click()
        await page.locator("#messages").get_by_text("In your direct messages with me").wait_for()
        await answer.get_by_role("button", name="Share", exact=True).click()
        shared = page.locator("article.message", has_text="Shared by @Anna de Vries")
        await shared.wait_for()
        assert "Only visible to you" not in await shared.inner_text()
        if width < 500:
            await page.click("#show-sidebar")
        await page.click("#channels button:text-is('kpi-bot')")
        await page.locator("article.message .file").wait_for()
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Download sales-by-customer-2026-10.csv").click()
        saved = await (await download.value).path()
        assert (await download.value).suggested_filename == "sales-by-customer-2026-10.csv"
        assert len(saved.read_text("utf-8-sig").splitlines()) == rows + 1
        assert await page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
async def test_a_question_is_built_in_the_browser(
    demo_services: Services, clock: Clock, browser: Opened, width: int, height: int
) -> None:
    """From the shortcut to the answer, with the keyboard: a rep found by typing, a mistake mended."""
    async with playground(demo_services, clock) as address, browser(address.url, width, height) as page:
        await _ask(
            page, "/kpi help"
        )  # the names are read by then, so that the window comes within its seconds
        await page.click("#shortcuts summary")
        await page.get_by_role("button", name="⚡ Ask a KPI").click()
        await page.locator("#modal[open]").wait_for()
        await page.get_by_label("Which metric").select_option(label="New leads")
        await page.locator('#modal [data-action="build:only:leads"]').wait_for()
        only = page.get_by_label("Only these")
        await only.press_sequentially("ann")
        await page.get_by_role("option", name="Rep: Anna de Vries").wait_for()
        await only.press("Enter")
        await page.get_by_role("button", name="Remove Rep: Anna de Vries").wait_for()
        await only.press_sequentially("noor")
        await page.get_by_role("option", name="Region: Noord").wait_for()
        await only.press("ArrowDown")
        await only.press("ArrowUp")
        await only.press("Escape")
        assert await page.locator("#modal[open]").count() == 1, "Escape closes the list, not the window"
        await page.get_by_label("Or type a period").fill("septembre")
        await page.get_by_role("button", name="Ask", exact=True).click()
        await page.locator("#modal .wrong", has_text="I don't recognise “septembre” as a period").wait_for()
        await page.get_by_label("Or type a period").fill("last month")
        split = page.get_by_label("Split by")
        await split.click()
        await page.get_by_role("option", name="Source").click()
        box = await page.locator("#modal").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        await page.get_by_role("button", name="Ask", exact=True).click()
        await page.locator("#modal:not([open])").wait_for(state="attached")
        if width < 500:
            await page.click("#show-sidebar")
        await page.locator("#channels button", has_text="kpi-bot").click()
        answer = page.locator("article.message").last
        await answer.get_by_text('leads rep:"Anna de Vries" by source 2026-10').wait_for()


@pytest.mark.browser
@needs_browser
async def test_an_answer_in_a_direct_message_is_shared_with_a_channel(
    demo_services: Services, clock: Clock, browser: Opened
) -> None:
    """The window lists the channels; the one chosen gets it, and the sharer is told."""
    async with playground(demo_services, clock) as address, browser(address.url) as page:
        await page.click("#channels button:text-is('kpi-bot')")
        await _ask(page, "sales by region last month")
        await page.locator("article.message").last.get_by_role("button", name="Share", exact=True).click()
        await page.locator("#modal[open] select").wait_for()
        assert await page.locator("#modal option").all_inner_texts() == [
            "Choose a channel",
            "#sales",
            "#general",
        ]
        await page.select_option("#modal select", label="#general")
        await page.locator("#modal button[type=submit]").click()
        await page.locator("#messages").get_by_text("Shared with everyone in #general.").wait_for()
        await page.click("#channels button:has-text('general')")
        await page.locator("article.message", has_text="Shared by @Anna de Vries").wait_for()


@pytest.mark.browser
@needs_browser
async def test_a_message_is_asked_in_the_browser(
    demo_services: Services, clock: Clock, browser: Opened
) -> None:
    """What a colleague wrote is filled in; the answer is for the one who asks, where it was written."""
    async with playground(demo_services, clock) as address, browser(address.url) as page:
        await _ask(page, "/kpi help")
        await _ask(page, "omzet per regio vorige maand")
        await page.get_by_label("More actions").click()
        await page.locator("article .menu").get_by_role("button", name="Ask a KPI").click()
        await page.locator("#modal[open]").wait_for()
        assert await page.get_by_label("Or type a period").input_value() == "2026-10"
        assert await page.get_by_role("button", name="Remove Region").count() == 1
        await page.get_by_role("button", name="Ask", exact=True).click()
        answer = await _message(page, 2)
        assert "Only visible to you" in answer
        assert "sales by region 2026-10" in answer


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
async def test_a_subscription_is_made_in_the_form_and_sent_by_a_press(
    demo_services: Services, clock: Clock, browser: Opened, width: int, height: int
) -> None:
    """The list's form: a question, a day, a time and a channel; then Send now, Pause and Stop."""
    async with playground(demo_services, clock) as address, browser(address.url, width, height) as page:
        assert "no subscriptions" in await _ask(page, "/kpi subscriptions")
        await page.get_by_role("button", name="New subscription").click()
        await page.locator("#modal[open]").wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        await page.get_by_label("What", exact=False).first.fill("sales by region last week")
        await page.locator("#modal select").first.select_option(label="every 2nd working day of the month")
        await page.fill("#modal input[type=time]", "09:15")
        await page.get_by_label("In which channel").select_option(label="#general")
        count = await page.locator("article.message").count()
        await page.locator("#modal button[type=submit]").click()
        kept = await _message(page, count)
        assert "every 2nd working day of the month at 09:15" in kept
        assert "#general" in kept
        assert await page.locator("#modal[open]").count() == 0
        await _ask(page, "/kpi subscriptions")
        listed = page.locator("article.message").last
        await listed.get_by_role("button", name="Edit").click()
        await page.locator("#modal[open]").wait_for()
        assert await page.input_value("#modal input[type=time]") == "09:15"
        await page.locator("#modal .buttons button").first.click()
        await listed.get_by_role("button", name="Pause").click()
        await page.locator("#messages").get_by_text("paused").wait_for()
        await listed.get_by_role("button", name="Send now").click()
        await page.locator("#messages").get_by_text("It is on its way to").wait_for()
        if width < 500:
            await page.click("#show-sidebar")
        await page.click("#channels button:has-text('general')")
        post = page.locator("article.message").last
        await post.get_by_text("Set up by").wait_for()
        assert "Sales" in await post.inner_text()
