"""Takes the pictures of the docs from the playground: `make pictures`. Needs Chromium."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bot.playground.demo import demo_services
from bot.playground.server import DemoAddress, play
from bot.runtime.clock import shifted_clock
from bot.runtime.settings import Settings

IMAGES = Path(__file__).with_name("images")
MOMENT = datetime(2026, 11, 23, 7, 0)  # noqa: DTZ001 - in the business time zone, which the clock adds
PORT = 8040
DESKTOP, PHONE = 1200, 390
_TALL = 2500

Steps = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its file's name, the width of the window, what is done before, and what is shown.

    `height` cuts it to a window; without one it is the last message alone, however long. `language`
    is that of the person who asks.
    """

    name: str
    width: int
    steps: Steps
    height: int | None = None
    language: str = "English"


def asking(*lines: str) -> Steps:
    """Return the steps of somebody who types lines."""

    async def steps(page: Page) -> None:
        for line in lines:
            await _ask(page, line)

    return steps


async def _weekly(page: Page) -> None:
    count = await page.locator("article.message").count()
    await page.click("#post-weekly")
    await _wait(page, count)


async def _building(page: Page) -> None:
    await page.click("#shortcuts summary")
    await page.get_by_role("button", name="⚡ Ask a KPI").click()
    await page.locator("#modal[open]").wait_for()
    only = page.locator("#modal .combobox input[role=combobox]").nth(1)
    await only.press_sequentially("ann")
    await page.locator("#modal [role=option]").first.wait_for()


async def _home(page: Page) -> None:
    if await page.is_visible("#show-sidebar"):
        await page.click("#show-sidebar")
    await page.click("#channels button:has-text('Home')")
    await page.wait_for_selector("article.home .header")


_ORDERS = (
    "/kpi subscribe sales,conversion by rep every monday 08:30",
    "/kpi subscribe leads by source every month in #general",
    "/kpi subscriptions",
)
PICTURES = (
    Picture("answer", DESKTOP, asking("/kpi sales by region this month"), height=790),
    Picture("phone", PHONE, asking("/kpi conversion rep:anna"), height=844),
    Picture("weekly", DESKTOP, _weekly),
    Picture("chart", DESKTOP, asking("/kpi leads per month last 12 months")),
    Picture("table", DESKTOP, asking("/kpi profit by customer last month")),
    Picture("why", DESKTOP, asking("/kpi why sales")),
    Picture("home", DESKTOP, _home, height=790),
    Picture("build", DESKTOP, _building, height=790),
    Picture("subscriptions", DESKTOP, asking(*_ORDERS)),
    Picture("phone-build", PHONE, _building, height=844),
    Picture("phone-mistyped", PHONE, asking("/kpi conversoin rep:anna", "/kpi sales rep:jan"), height=844),
    Picture("phone-why", PHONE, asking("/kpi why sales")),
    Picture("phone-home", PHONE, _home, height=844),
    Picture("answer-nl", DESKTOP, asking("/kpi omzet per regio deze maand"), 790, "Nederlands"),
    Picture("chart-nl", DESKTOP, asking("/kpi leads per maand laatste 12 maanden"), None, "Nederlands"),
    Picture("build-nl", DESKTOP, _building, 790, "Nederlands"),
    Picture("subscriptions-nl", PHONE, asking(*_ORDERS[:2], "/kpi abonnementen"), None, "Nederlands"),
    Picture("phone-nl", PHONE, asking("/kpi conversie verkoper:anna"), 844, "Nederlands"),
    Picture("phone-mistyped-nl", PHONE, asking("/kpi omzett", "/kpi omzet verkoper:jan"), 844, "Nederlands"),
    Picture("phone-why-nl", PHONE, asking("/kpi waarom omzet"), None, "Nederlands"),
)


async def _ask(page: Page, line: str) -> None:
    count = await page.locator("article.message").count()
    await page.fill("#composer", line)
    await page.press("#composer", "Enter")
    await _wait(page, count)


async def _wait(page: Page, count: int) -> None:
    await page.wait_for_function("n => document.querySelectorAll('article.message').length > n", arg=count)
    await page.wait_for_timeout(300)


async def _take(picture: Picture, chromium: Browser, address: DemoAddress) -> None:
    page = await chromium.new_page(viewport={"width": picture.width, "height": picture.height or _TALL})
    await page.goto(address.url)
    await page.wait_for_selector("#chips button")
    person = page.locator("#you option", has_text=f"({picture.language})").first
    value = await person.get_attribute("value")
    await page.locator("#you").select_option(value, force=True)
    await picture.steps(page)
    path = IMAGES / f"{picture.name}.png"
    if picture.height:
        await page.screenshot(path=path)
    else:
        await page.locator("article.message").last.screenshot(path=path)
    await page.close()


async def _main() -> None:
    """Take each picture over a playground of its own, so that no message of another stands in it."""
    settings = Settings.load(env_file=None)
    clock = shifted_clock(MOMENT, settings.zone)
    services = demo_services(settings, clock())
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for picture in PICTURES:
            stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
            task = asyncio.create_task(play(settings, services, clock, PORT, stop, ready.set_result))
            await _take(picture, chromium, await ready)
            stop.set()
            await task
        await chromium.close()


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    asyncio.run(_main())
