"""Takes the pictures of the docs from the playground: `make pictures`. Needs Chromium."""

from __future__ import annotations

import argparse
import asyncio
import shutil
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from planted import Change, copy_of, doubling_orders, losing_orders
from playwright.async_api import Browser, Page, async_playwright

from bot.playground.demo import demo_services
from bot.playground.server import DemoAddress, play
from bot.runtime.clock import Clock, shifted_clock
from bot.runtime.settings import Settings
from bot.workspace.opening import services_of
from bot.workspace.services import Services

IMAGES = Path(__file__).with_name("images")
PORT = 8040
DESKTOP, PHONE = 1200, 390
_TALL = 2500

Steps = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class World:
    """When a picture is taken, in the business time zone, and what is changed in the demo company before."""

    moment: datetime
    change: Change | None = None

    def services(self, settings: Settings, clock: Clock, folder: Path) -> Services:
        """Return the services over the company; a changed copy of it is made in `folder`."""
        if self.change is None:
            return demo_services(settings, clock())
        yesterday = clock().date() - timedelta(days=1)
        path = copy_of(yesterday, self.change, folder / f"{id(self)}.sqlite")
        return services_of(settings, f"sqlite:///{path}", demo=True)


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 7, 0)  # noqa: DTZ001 - in the business time zone, which the clock adds


NOW = World(_at(11, 23))
QUIET_WEEK = World(_at(11, 2))
BAD_WEEK = World(_at(11, 9), losing_orders(date(2026, 11, 2), of_three=2))
HALF_LOADED_WEEK = World(_at(11, 16))
MONTH = World(_at(11, 3))
RECORD_MONTH = World(_at(11, 3), doubling_orders(date(2026, 10, 1), date(2026, 11, 1)))


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
    world: World = NOW


def asking(*lines: str) -> Steps:
    """Return the steps of somebody who types lines."""

    async def steps(page: Page) -> None:
        for line in lines:
            await _ask(page, line)

    return steps


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
    Picture("answer", DESKTOP, asking("/kpi sales by region this month"), height=950),
    Picture("phone", PHONE, asking("/kpi conversion rep:anna")),
    Picture("weekly", DESKTOP, asking("/kpi summary weekly")),
    Picture("weekly-details", DESKTOP, asking("/kpi summary weekly details")),
    Picture("monthly", DESKTOP, asking("/kpi summary monthly"), world=MONTH),
    Picture("quiet-week", DESKTOP, asking("/kpi summary weekly"), world=QUIET_WEEK),
    Picture("bad-week", DESKTOP, asking("/kpi summary weekly"), world=BAD_WEEK),
    Picture("half-loaded-week", DESKTOP, asking("/kpi summary weekly"), world=HALF_LOADED_WEEK),
    Picture("record-month", DESKTOP, asking("/kpi summary monthly"), world=RECORD_MONTH),
    Picture("chart", DESKTOP, asking("/kpi leads per month last 12 months")),
    Picture("table", DESKTOP, asking("/kpi profit by customer last month")),
    Picture("unusual", DESKTOP, asking("/kpi sales per week last 12 weeks")),
    Picture("why", DESKTOP, asking("/kpi why sales")),
    Picture("home", DESKTOP, _home, height=790),
    Picture("build", DESKTOP, _building, height=790),
    Picture("subscriptions", DESKTOP, asking(*_ORDERS)),
    Picture("phone-build", PHONE, _building, height=844),
    Picture("phone-mistyped", PHONE, asking("/kpi conversoin rep:anna", "/kpi sales rep:jan"), height=844),
    Picture("phone-why", PHONE, asking("/kpi why sales")),
    Picture("phone-home", PHONE, _home, height=844),
    Picture("phone-weekly", PHONE, asking("/kpi summary weekly")),
    Picture("phone-monthly", PHONE, asking("/kpi summary monthly"), world=MONTH),
    Picture("phone-chart", PHONE, asking("/kpi leads per month last 12 months")),
    Picture("phone-bad-week", PHONE, asking("/kpi summary weekly"), world=BAD_WEEK),
    Picture("answer-nl", DESKTOP, asking("/kpi omzet per regio deze maand"), 1020, "Nederlands"),
    Picture("chart-nl", DESKTOP, asking("/kpi leads per maand laatste 12 maanden"), None, "Nederlands"),
    Picture("build-nl", DESKTOP, _building, 790, "Nederlands"),
    Picture("subscriptions-nl", PHONE, asking(*_ORDERS[:2], "/kpi abonnementen"), None, "Nederlands"),
    Picture("phone-nl", PHONE, asking("/kpi conversie verkoper:anna"), None, "Nederlands"),
    Picture("phone-mistyped-nl", PHONE, asking("/kpi omzett", "/kpi omzet verkoper:jan"), 844, "Nederlands"),
    Picture("weekly-nl", DESKTOP, asking("/kpi overzicht wekelijks"), None, "Nederlands"),
    Picture("monthly-nl", DESKTOP, asking("/kpi overzicht maandelijks"), None, "Nederlands", MONTH),
    Picture("phone-weekly-nl", PHONE, asking("/kpi overzicht wekelijks"), None, "Nederlands"),
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


async def _take(picture: Picture, chromium: Browser, address: DemoAddress, zone: str) -> None:
    page = await chromium.new_page(
        viewport={"width": picture.width, "height": picture.height or _TALL}, timezone_id=zone
    )
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


async def _main(names: Collection[str]) -> None:
    """Take each picture over a playground of its own, so that no message of another stands in it."""
    settings = Settings.load(env_file=None)
    chosen = [picture for picture in PICTURES if not names or picture.name in names]
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        with TemporaryDirectory() as folder:
            for world in dict.fromkeys(picture.world for picture in chosen):
                clock = shifted_clock(world.moment, settings.zone)
                services = world.services(settings, clock, Path(folder))
                for picture in chosen:
                    if picture.world is world:
                        await _over_playground(picture, chromium, settings, services, clock)
        await chromium.close()


async def _over_playground(
    picture: Picture, chromium: Browser, settings: Settings, services: Services, clock: Clock
) -> None:
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    # nobody is told that an answer takes long, so that the answer is the first message
    task = asyncio.create_task(
        play(settings, services, clock, PORT, stop, ready.set_result, patience=asyncio.Event().wait)
    )
    await _take(picture, chromium, await ready, settings.zone.key)
    stop.set()
    await task


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="the pictures to take; all of them without a name")
    IMAGES.mkdir(exist_ok=True)
    asyncio.run(_main(parser.parse_args().names))
