"""Takes the pictures of the docs from the playground: `make pictures`. Needs Chromium."""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bot.clock import shifted_clock
from bot.playground.demo import DemoAddress, demo_services, play
from bot.settings import Settings

IMAGES = Path(__file__).with_name("images")
MOMENT = datetime(2026, 11, 23, 7, 0)  # noqa: DTZ001 - in the business time zone, which the clock adds
PORT = 8040


async def _ask(page: Page, line: str) -> None:
    count = await page.locator("article.message").count()
    await page.fill("#composer", line)
    await page.press("#composer", "Enter")
    await _wait(page, count)


async def _wait(page: Page, count: int) -> None:
    await page.wait_for_function("n => document.querySelectorAll('article.message').length > n", arg=count)
    await page.wait_for_timeout(300)


async def _take(address: DemoAddress) -> None:
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = await chromium.new_page(viewport={"width": 1200, "height": 790})
        await page.goto(address.url)
        await page.wait_for_selector("#chips button")
        await _ask(page, "/kpi sales by region this month")
        await page.screenshot(path=IMAGES / "answer.png")
        await page.set_viewport_size({"width": 1200, "height": 2500})
        count = await page.locator("article.message").count()
        await page.click("#post-weekly")
        await _wait(page, count)
        await page.locator("article.message").last.screenshot(path=IMAGES / "weekly.png")
        phone = await chromium.new_page(viewport={"width": 390, "height": 844})
        await phone.goto(address.url)
        await phone.wait_for_selector("#chips button")
        await _ask(phone, "/kpi conversion rep:anna")
        await phone.screenshot(path=IMAGES / "phone.png")
        await chromium.close()


async def _main() -> None:
    settings = Settings.load(env_file=None)
    clock = shifted_clock(MOMENT, settings.zone)
    services = demo_services(settings, clock())
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(play(settings, services, clock, PORT, stop, ready.set_result))
    await _take(await ready)
    stop.set()
    await task


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    asyncio.run(_main())
