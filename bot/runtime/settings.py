"""Every setting, read from the environment and a `.env` file; no other module reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from os import environ  # noqa: TID251 - the only place
from pathlib import Path
from stat import S_IROTH, S_IWOTH
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.periods import UNKNOWN_FISCAL_YEAR, FiscalYear
from kpi_engine.domain.workdays import WorkingDays, working_days_of

_PREFIX = "KPI_"
_NEAR = 0.75
"""How much alike a mistyped name and the setting that is meant are at least."""

_SLACK_API = "https://slack.com/api/"
_NO_CALENDAR = "none"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORT = 3
"""Letters of the short name of a weekday or a month."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the store keeps questions and deliveries, and the reasons of survey answers."""

    audit_days: int
    delivery_days: int
    reason_months: int


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a post `waits` for rows that haven't arrived, and after how long it is looked again."""

    waits: timedelta = timedelta(hours=2.5)
    looks_after: timedelta = timedelta(minutes=5)


class SettingsError(KpiError):
    """One or more settings are wrong; each line of the message names one and the fix."""


def _default_store_url() -> str:
    """Return the URL of the bot's own SQLite file in the user's data folder."""
    return f"sqlite:///{user_data_path('kpi-bot') / 'kpi-bot.sqlite'}"


def shipped_config() -> Path:
    """Return the config directory that is shipped: `bot/shipped` in a wheel, else `config`."""
    packaged = Path(__file__).parents[1] / "shipped"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "config"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError("isn't a time zone; use one such as Europe/Brussels") from unknown
    return name


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _calendar(country: str) -> str:
    if country.lower() == _NO_CALENDAR:
        return _NO_CALENDAR
    try:
        working_days_of(country)
    except KeyError as unknown:
        raise ValueError(
            "isn't a country with a known calendar; use a code such as BE or DE-BY, or none"
        ) from unknown
    return country


def _weekend(listed: str) -> str:
    """Return the days of a weekend by their full names, separated by commas; empty for the country's own."""
    typed = re.findall(r"[^\s,;+-]+", listed.lower())
    if typed == [_NO_CALENDAR]:
        return _NO_CALENDAR
    days = [day for word in typed for day in _WEEKDAYS if word in (day, day[:_SHORT])]
    if len(days) != len(typed) or len(set(days)) == len(_WEEKDAYS):
        raise ValueError("isn't a weekend; list its days, such as friday,saturday, or none")
    return ",".join(sorted(set(days), key=_WEEKDAYS.index))


def _month(typed: str) -> str:
    """Return the full name of a month that is typed as a number, in full or in three letters, or nothing."""
    word = typed.strip().lower()
    if not word:
        return ""
    for number, name in enumerate(_MONTHS, start=1):
        if word in (name, name[:_SHORT], f"{number}", f"{number:02}"):
            return name
    raise ValueError("isn't a month; use the first one of your fiscal year, such as april or 4")


def _command(name: str) -> str:
    if not re.fullmatch(r"/[a-z0-9_-]{1,31}", name):
        raise ValueError("isn't a slash command; use a slash and at most 31 lower-case letters, such as /kpi")
    return name


def _slack_users(listed: str) -> str:
    users = [user.strip() for user in listed.split(",") if user.strip()]
    if not all(re.fullmatch(r"[UW][A-Z0-9]+", user) for user in users):
        raise ValueError("lists something that isn't a Slack user id; use ids such as U0123ABCD,U0456EFGH")
    return ",".join(users)


def _slack_channel(given: str) -> str:
    if not re.fullmatch(r"([CG][A-Z0-9]+)?", given.strip()):
        raise ValueError("isn't a Slack channel id; use one such as C0123ABCD, from the channel's details")
    return given.strip()


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"isn't a web address; use one such as {_SLACK_API}")
    return value if value.endswith("/") else value + "/"


def _starts_with(prefix: str, what: str) -> AfterValidator:
    def check(token: SecretStr) -> SecretStr:
        if not token.get_secret_value().startswith(prefix):
            raise ValueError(f"isn't the {what}, which starts with {prefix}")
        return token

    return AfterValidator(check)


class Settings(BaseSettings):
    """What an operator can set; `config/settings.example.env` says what each is for."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        case_sensitive=False,
        hide_input_in_errors=True,
    )

    kpi_database_url: SecretStr | None = None
    kpi_database_password: SecretStr | None = None
    kpi_store_url: SecretStr = Field(default_factory=lambda: SecretStr(_default_store_url()))
    kpi_config_dir: Path = Path("config")
    kpi_timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Brussels"
    kpi_language: Annotated[Literal["en", "nl"], BeforeValidator(_lower)] = "en"
    kpi_holidays: Annotated[str, AfterValidator(_calendar)] = "BE"
    kpi_weekend: Annotated[str, AfterValidator(_weekend)] = ""
    kpi_fiscal_year_start: Annotated[str, AfterValidator(_month)] = ""
    kpi_fiscal_year_name: Annotated[Literal["end", "start"], BeforeValidator(_lower)] = "end"
    kpi_command: Annotated[str, AfterValidator(_command)] = "/kpi"
    kpi_pool_size: int = Field(8, ge=1, le=64)
    kpi_query_timeout: float = Field(30, gt=0, le=600)
    kpi_posts_per_minute: int = Field(200, ge=12, le=100_000)
    kpi_log_level: Literal["debug", "info", "warning", "error"] = "info"
    kpi_log_format: Annotated[Literal["text", "json"], BeforeValidator(_lower)] = "text"
    kpi_default_role: Literal["none", "admin"] = "none"
    kpi_survey_senders: Annotated[str, AfterValidator(_slack_users)] = ""
    kpi_survey_quiet_days: int = Field(90, ge=1, le=3650)
    kpi_keep_audit_days: int = Field(400, ge=1, le=3650)
    kpi_keep_delivery_days: int = Field(400, ge=62, le=3650)
    kpi_keep_reason_months: int = Field(24, ge=1, le=120)
    kpi_wait_hours: float = Field(2.5, ge=0, le=48)
    kpi_look_again_minutes: float = Field(5, ge=1, le=120)
    kpi_support: str = Field("", max_length=500)
    kpi_admin_channel: Annotated[str, AfterValidator(_slack_channel)] = ""
    kpi_metrics_port: int | None = Field(None, ge=0, le=65535)
    kpi_metrics_token: SecretStr | None = Field(None, min_length=16)
    slack_bot_token: Annotated[SecretStr, _starts_with("xoxb-", "bot token")] | None = None
    slack_app_token: Annotated[SecretStr, _starts_with("xapp-", "app-level token")] | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: Annotated[str, AfterValidator(_web_address)] = _SLACK_API
    host: str = "0.0.0.0"  # noqa: S104 - in HTTP mode Slack has to reach it; the demo binds to 127.0.0.1
    port: int | None = Field(None, ge=0, le=65535)

    @classmethod
    def load(cls, env_file: Path | None = Path(".env")) -> Self:
        """Read the environment and `env_file`. Raises SettingsError, which names each setting and its fix."""
        try:
            return cls(_env_file=env_file)
        except ValidationError as wrong:
            raise SettingsError("\n".join(_sentences(wrong))) from None

    @property
    def zone(self) -> ZoneInfo:
        """The business time zone."""
        return ZoneInfo(self.kpi_timezone)

    @property
    def calendar(self) -> WorkingDays | None:
        """The calendar of working days, None for no calendar: without holidays and without a weekend."""
        country = None if self.kpi_holidays == _NO_CALENDAR else self.kpi_holidays
        if not self.kpi_weekend:
            return working_days_of(country) if country else None
        named = [] if self.kpi_weekend == _NO_CALENDAR else self.kpi_weekend.split(",")
        return working_days_of(country, frozenset(map(_WEEKDAYS.index, named)))

    @property
    def fiscal_year(self) -> FiscalYear:
        """How the company's fiscal years run; unknown without their first month."""
        if not self.kpi_fiscal_year_start:
            return UNKNOWN_FISCAL_YEAR
        first = _MONTHS.index(self.kpi_fiscal_year_start) + 1
        return FiscalYear(first, named_by_start=self.kpi_fiscal_year_name == "start")

    @property
    def retention(self) -> Retention:
        """How long the store keeps what."""
        return Retention(self.kpi_keep_audit_days, self.kpi_keep_delivery_days, self.kpi_keep_reason_months)

    @property
    def patience(self) -> Patience:
        """How long posts wait for rows that haven't arrived, and how often it is looked again."""
        return Patience(timedelta(hours=self.kpi_wait_hours), timedelta(minutes=self.kpi_look_again_minutes))

    @property
    def survey_senders(self) -> frozenset[str]:
        """The Slack users who may send surveys."""
        return frozenset(self.kpi_survey_senders.split(",")) - {""}

    def config_dir(self, *, demo: bool) -> Path:
        """Return the config directory to read; the demo's is the shipped one unless another was set."""
        if demo and "kpi_config_dir" not in self.model_fields_set:
            return shipped_config()
        return self.kpi_config_dir


def readable_secrets(file: Path = Path(".env")) -> str:
    """Return a warning if every user of this machine can read the passwords in `.env`, else ""."""
    try:
        is_readable = file.is_file() and file.stat().st_mode & (S_IROTH | S_IWOTH)
    except OSError:
        return ""
    return f"{file} can be read by every user of this machine: chmod 600 {file}" if is_readable else ""


def unknown_settings(env_file: Path | None = Path(".env")) -> tuple[str, ...]:
    """Return a warning for each KPI_ variable of the environment or of `env_file` that isn't a setting."""
    known = [name.upper() for name in Settings.model_fields]
    filed = dotenv_values(env_file) if env_file is not None and env_file.is_file() else {}
    given = {name.upper() for name in (*environ, *filed)}
    return tuple(
        _unknown(name, known) for name in sorted(given) if name.startswith(_PREFIX) and name not in known
    )


def _unknown(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=_NEAR)
    meant = f"did you mean {near[0]}?" if near else "the settings are in config/settings.example.env"
    return f"{name} isn't a setting, so it does nothing; {meant}"


def _sentences(wrong: ValidationError) -> Iterator[str]:
    """Yield a sentence for each wrong setting with its fix; never its value, which may be a secret."""
    for error in wrong.errors(include_input=False, include_url=False):
        name = str(error["loc"][0]).upper() if error["loc"] else "A setting"
        reason = error.get("ctx", {}).get("error") if error["type"] == "value_error" else None
        match error["type"]:
            case "literal_error":
                yield f"{name} must be one of {error['ctx']['expected']}."
            case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than":
                yield f"{name} is out of range; use a number that is {_bound(error['msg'])}."
            case _ if reason is not None:
                yield f"{name} {reason}."
            case _:
                yield f"{name} can't be read; {error['msg'][0].lower()}{error['msg'][1:]}."


def _bound(message: str) -> str:
    return message.removeprefix("Input should be ")
