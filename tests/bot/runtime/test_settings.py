"""Settings: the example names every one, and each mistake is named with its fix."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.runtime.settings import Settings, SettingsError, unknown_settings
from bot.slack.listeners import MESSAGE_SHORTCUT, SHORTCUT
from kpi_engine.domain.periods import CALENDAR_YEAR, UNKNOWN_FISCAL_YEAR, FiscalYear

CONFIG = Path(__file__).parents[3] / "config"


def _example() -> dict[str, str]:
    lines = (CONFIG / "settings.example.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_names_every_setting() -> None:
    """Neither more nor less than the code has."""
    assert sorted(_example()) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_holds_the_defaults(tmp_path: Path) -> None:
    """Copied as it is, it changes nothing."""
    path = tmp_path / ".env"
    path.write_text((CONFIG / "settings.example.env").read_text(encoding="utf-8"), encoding="utf-8")
    assert Settings.load(path).model_dump(exclude={"kpi_store_url"}) == Settings.load(None).model_dump(
        exclude={"kpi_store_url"}
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("KPI_TIMEZONE", "Mars/Olympus", "KPI_TIMEZONE isn't a time zone"),
        ("KPI_LANGUAGE", "fr", "KPI_LANGUAGE must be one of"),
        ("KPI_HOLIDAYS", "ZZ", "KPI_HOLIDAYS isn't a country"),
        ("KPI_WEEKEND", "fri,someday", "KPI_WEEKEND isn't a weekend"),
        ("KPI_WEEKEND", "mon,tue,wed,thu,fri,sat,sun", "KPI_WEEKEND isn't a weekend"),
        ("KPI_FISCAL_YEAR_START", "13", "KPI_FISCAL_YEAR_START isn't a month"),
        ("KPI_FISCAL_YEAR_NAME", "both", "KPI_FISCAL_YEAR_NAME must be one of"),
        ("KPI_COMMAND", "kpi", "KPI_COMMAND isn't a slash command"),
        ("KPI_POOL_SIZE", "0", "KPI_POOL_SIZE is out of range"),
        ("PORT", "http", "PORT can't be read"),
        ("SLACK_BOT_TOKEN", "secret-value", "SLACK_BOT_TOKEN isn't the bot token"),
        ("SLACK_API_URL", "slack", "SLACK_API_URL isn't a web address"),
    ],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """With its name and a fix, and never a secret's value."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=sentence) as wrong:
        Settings.load(None)
    assert "secret-value" not in str(wrong.value)


@pytest.mark.parametrize(
    ("holidays", "weekend", "works"),
    [
        ("BE", "", {"2026-11-20": True, "2026-11-21": False, "2026-11-11": False}),
        ("SA", "", {"2026-11-20": False, "2026-11-22": True}),
        ("BE", "Fri, saturday", {"2026-11-20": False, "2026-11-22": True, "2026-11-11": False}),
        ("BE", "none", {"2026-11-21": True, "2026-11-11": False}),
        ("none", "sunday", {"2026-11-21": True, "2026-11-22": False, "2026-11-11": True}),
    ],
)
def test_the_weekend_is_the_countrys_or_the_companys(
    monkeypatch: pytest.MonkeyPatch, holidays: str, weekend: str, works: dict[str, bool]
) -> None:
    monkeypatch.setenv("KPI_HOLIDAYS", holidays)
    monkeypatch.setenv("KPI_WEEKEND", weekend)
    calendar = Settings.load(None).calendar
    assert calendar is not None
    assert {day: calendar(date.fromisoformat(day)) for day in works} == works


@pytest.mark.parametrize(
    ("start", "name", "year"),
    [
        ("", "", UNKNOWN_FISCAL_YEAR),
        ("january", "", CALENDAR_YEAR),
        ("4", "", FiscalYear(4)),
        ("Apr", "end", FiscalYear(4)),
        ("07", "Start", FiscalYear(7, named_by_start=True)),
    ],
)
def test_how_fiscal_years_run(
    monkeypatch: pytest.MonkeyPatch, start: str, name: str, year: FiscalYear
) -> None:
    monkeypatch.setenv("KPI_FISCAL_YEAR_START", start)
    monkeypatch.setenv("KPI_FISCAL_YEAR_NAME", name)
    assert Settings.load(None).fiscal_year == year


def test_http_mode_needs_no_other_lines_than_the_manifest_has() -> None:
    """Each address that Slack calls is there to be filled in: commands, events, presses and live searches."""
    text = (CONFIG / "slack-manifest.yaml").read_text(encoding="utf-8")
    filled = yaml.safe_load(
        text.replace("# url:", "url:").replace("# request", "request").replace("# mess", "mess")
    )
    settings, (command,) = filled["settings"], filled["features"]["slash_commands"]
    addresses = [
        command["url"],
        settings["event_subscriptions"]["request_url"],
        settings["interactivity"]["request_url"],
        settings["interactivity"]["message_menu_options_url"],
    ]
    assert set(addresses) == {"https://your.host/slack/events"}


def test_the_manifest_fits_the_code_and_slack() -> None:
    """Slack's limits, the command of the settings, and what the listeners listen to."""
    manifest = yaml.safe_load((CONFIG / "slack-manifest.yaml").read_text(encoding="utf-8"))
    about, features = manifest["display_information"], manifest["features"]
    (command,) = features["slash_commands"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert len(command["command"]) <= 32
    assert command["should_escape"] is True, "subscribe … in #sales needs the channel's id"
    assert command["command"] == Settings.model_fields["kpi_command"].default
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == [
        "app_home_opened",
        "app_mention",
        "message.im",
    ]
    shortcuts = {entry["callback_id"]: entry for entry in features["shortcuts"]}
    assert {name: entry["type"] for name, entry in shortcuts.items()} == {
        SHORTCUT: "global",
        MESSAGE_SHORTCUT: "message",
    }
    assert len(shortcuts) <= 10
    assert all(len(entry["name"]) <= 24 for entry in shortcuts.values())
    assert all(0 < len(entry["description"]) <= 150 for entry in shortcuts.values())
    assert manifest["settings"]["interactivity"]["is_enabled"] is True
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    assert {"commands", "chat:write", "app_mentions:read", "files:write", "im:write"} <= scopes


def test_a_setting_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the environment and in .env, with the name that may be meant; never a value, and only ours."""
    file = tmp_path / ".env"
    file.write_text("KPI_TIMEZNE=secret-value\nkpi_language=nl\nSLACK_TOKEN=x\n", encoding="utf-8")
    monkeypatch.setenv("KPI_TARGETS", "secret-value")
    monkeypatch.setenv("KPI_POOL_SIZE", "8")
    assert unknown_settings(file) == (
        "KPI_TARGETS isn't a setting, so it does nothing; the settings are in config/settings.example.env",
        "KPI_TIMEZNE isn't a setting, so it does nothing; did you mean KPI_TIMEZONE?",
    )
    assert len(unknown_settings(tmp_path / "none")) == 1
    assert len(unknown_settings(None)) == 1
