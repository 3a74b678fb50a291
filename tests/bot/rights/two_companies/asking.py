"""Asking one company: by every way in, with the answer by every way out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from rich.console import Console
from sqlalchemy import Dialect

from bot.conversation.command import CommandContext
from bot.conversation.commands.build import suggested
from bot.conversation.commands.why import values as why_values
from bot.conversation.dispatch import answers_of, dispatch, pressed
from bot.conversation.home import home
from bot.conversation.registry import context_of
from bot.deliveries.made_summaries import MadeSummaries
from bot.deliveries.subscription_planning import SubscriptionPlanner
from bot.deliveries.subscription_posts import SubscriptionPosts
from bot.deliveries.summary_posts import SummaryPosts
from bot.render import block_kit, contract
from bot.render.exports import csv_file, xlsx_file
from bot.render.message import Home, Message, Modal, Replacement
from bot.render.question_form import BUILD, OPEN
from bot.render.terminal import print_answers, print_message
from bot.rights import Account, Membership, Roles
from bot.runtime.settings import Settings
from bot.store import database
from bot.store.deliveries import Deliveries, Delivery, State, What
from bot.store.due_subscriptions import DueSubscriptions
from bot.store.subscriptions import Subscription, SubscriptionBook, SubscriptionTerms
from bot.store.targets import SetTarget
from bot.store.told import ToldFindings
from bot.workspace.drivers import DriverIndex
from bot.workspace.members import MemberIndex
from bot.workspace.opening import DATABASE, with_store
from bot.workspace.request import Press, Request, Via
from bot.workspace.services import Services
from kpi_engine import Engine, SqlWarehouse
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.periods import Grain, last_complete
from kpi_engine.domain.posts import Schedule
from kpi_engine.domain.workdays import working_days_of
from kpi_engine.language.period_phrases import canonical_period
from tests.bot.rights.two_companies.company import NORTH, NOW, Copy, write
from tests.bot.rights.two_companies.questions import Question
from tests.shop import BRUSSELS

WORKSPACE = "T0TWO"
NOW_HERE = NOW.replace(tzinfo=BRUSSELS)
NORTH_CHANNEL, ANNA_CHANNEL = "C0NORTH", "C0ANNA"
ADMIN, LEAD, LEAD_OF_SOME, NOBODY, GUEST = "U0ADMIN", "U0LEAD", "U0SOME", "U0NOBODY", "U0REP2"
ANNA, KARIM = "U0REP1", "U0REP6"
LISTED = AccessList(
    admins=frozenset({ADMIN}),
    leads={LEAD: People(teams=("North",)), LEAD_OF_SOME: People(teams=("North",), reps=("Karim Haddad",))},
    channels={NORTH_CHANNEL: People(teams=("North",)), ANNA_CHANNEL: People(reps=("Anna Peeters",))},
)

_WEEKLY = Schedule(every="week", at=time(8, 30), weekday=0)
_DIALECTS: list[Dialect] = []
_COMPILED: dict[Any, Any] = {}
_CAUGHT = (
    "SELECT ",
    "That can't be limited to what you have access to.",
    "went wrong on our side",
    "Dat kan niet worden beperkt",
)
"""SQL, what the reader says where it stops what another guard let through, and what is said of a mistake of ours."""


class _Untold(ToldFindings):
    """What earlier posts told is none of the companies' rows: here, nothing was."""

    def before(self, *_: Any) -> Mapping[Any, Any]:
        return {}

    def note(self, *_: Any) -> None:
        """Keep nothing."""


class _OneSubscription(SubscriptionBook):
    """A book with the one subscription that is posted now."""

    one: Subscription

    def get(self, number: int) -> Subscription:
        return self.one

    def shown(
        self, person: str, channel: str | None = None, *, is_rep: bool = False
    ) -> Sequence[Subscription]:
        return []


@dataclass
class Company:
    """The services over one copy of the company, with what posts by itself."""

    services: Services
    subscriptions: SubscriptionPosts
    summaries: SummaryPosts
    book: _OneSubscription

    def forget(self) -> None:
        """Forget which dimensions explain changes best, which is kept for a day."""
        drivers = self.services.drivers
        assert drivers is not None
        drivers._orders.clear()

    def close(self) -> None:
        self.services.close()


def opened(folder: Path, catalogue: Catalogue, copy: Copy) -> Company:
    """Write a copy of the company to a folder and open it."""
    folder.mkdir()
    settings = Settings.load(env_file=None)
    store = database.open_store(f"sqlite:///{folder / 'store.sqlite'}")
    database.migrate(store)
    calendar = working_days_of("BE")
    engine = Engine(
        catalogue,
        {DATABASE: _warehouse(write(folder / "company.sqlite", copy))},
        zone=BRUSSELS,
        is_working_day=calendar,
    )
    index = MemberIndex(engine)
    bare = Services(engine, index, BRUSSELS, calendar, "en", "/kpi", roles=Roles(LISTED))
    book = _OneSubscription(store, WORKSPACE)
    services = with_store(bare, settings, store, WORKSPACE)
    drivers = DriverIndex(services.engine, lambda run: run())
    services = replace(services, holes=None, posted=None, subscriptions=book, drivers=drivers)
    services.index.names(NOW_HERE)
    assert services.targets is not None
    services.targets.add_all(
        SetTarget("sales", date(2026, month, 1), {"team": NORTH}, 9000.0, ADMIN, NOW_HERE)
        for month in (10, 11)
    )
    deliveries = Deliveries(store, WORKSPACE)
    made = MadeSummaries(services, _Untold(store, WORKSPACE))
    planner = SubscriptionPlanner(services, deliveries, DueSubscriptions(store, WORKSPACE))
    posts = SubscriptionPosts(
        services, deliveries, lambda user: Account(user, _membership(user)), lambda _: None, made, planner
    )
    return Company(services, posts, SummaryPosts(services, deliveries, made), book)


def _warehouse(url: str) -> SqlWarehouse:
    """Return the database at an address; a statement that all copies are asked is compiled once."""
    warehouse = SqlWarehouse(url)
    _DIALECTS.append(warehouse._engine.dialect)
    warehouse._engine.dialect = _DIALECTS[0]
    warehouse._engine = warehouse._engine.execution_options(compiled_cache=_COMPILED)
    return warehouse


def shown(company: Company, user: str, channel: str, question: Question) -> str:
    """Return all that somebody, or the readers of a channel, get to see for a question."""
    try:
        found = _BY_WAY.get(question.way_in, _line)(company, user, channel, question)
    except KpiError as refused:
        return f"refused: {refused}"
    return found


def _membership(user: str) -> Membership:
    return Membership.GUEST if user == GUEST else Membership.FULL


def caught(text: str) -> bool:
    """Whether a text shows what only the last guard stopped, SQL, or a mistake of ours."""
    return any(words in text for words in _CAUGHT)


def _request(user: str, channel: str, question: Question, via: Via, line: str | None = None) -> Request:
    text = question.line if line is None else line
    return Request(WORKSPACE, user, channel, text, via, NOW_HERE, question.language, _membership(user))


def _line(company: Company, user: str, channel: str, question: Question) -> str:
    via: Via = {"mention": "mention", "dm": "dm", "press": "action"}.get(question.way_in, "command")  # type: ignore[assignment]
    request = _request(user, channel, question, via)
    if question.way_out in ("json", "csv", "xlsx"):
        as_values = _values(company, request, question)
        if as_values is not None:
            return as_values
    return _out(dispatch(request, company.services), question)


def _values(company: Company, request: Request, question: Question) -> str | None:
    """Return the answer as JSON or as a file; None for a line that isn't a question."""
    context = context_of(request, company.services)
    found = context.commands.verb_of(request.text)
    if found and found[0].name == "why" and question.way_out != "xlsx":
        context.rights.require_member()
        given = why_values(context, found[1])
        return json.dumps(given.json()) if question.way_out == "json" else given.csv() if given.csv else ""
    if found or not request.text:
        return None
    context.rights.require_member()
    answers = answers_of(request, company.services)
    return _exported(answers, context, question)


def _exported(answers: Sequence[Answer], context: CommandContext, question: Question) -> str:
    sentences = context.sentences
    match question.way_out:
        case "json":
            return json.dumps([contract.answer_json(answer, sentences) for answer in answers])
        case "csv":
            return csv_file(answers, sentences).content.decode()
        case _:
            console = Console(file=None, record=True, width=200, quiet=True)
            print_answers(console, answers, sentences)
            return f"{_cells(xlsx_file(answers, sentences).content)}{console.export_text()}"


def _cells(content: bytes) -> str:
    book = openpyxl.load_workbook(BytesIO(content), read_only=True)
    return repr([row for sheet in book for row in sheet.iter_rows(values_only=True)])


def _out(message: Message, question: Question) -> str:
    """Return a message as it goes out; files are read as a person would open them."""
    files = [
        _cells(file.content) if file.name.endswith("xlsx") else file.content.decode()
        for file in (message.files.files if message.files else ())
    ]
    if question.way_out == "terminal":
        console = Console(record=True, width=200, quiet=True)
        print_message(console, message)
        return f"{console.export_text()}{files}"
    payload = block_kit.payload(message)
    said = (
        payload.text
        if question.way_out == "text"
        else json.dumps([payload.text, payload.blocks], default=str)
    )
    shared = _out(message.shared, question) if message.shared else ""
    return f"{said}{shared}{files}"


def _shared(company: Company, user: str, channel: str, question: Question) -> str:
    """Return what a channel gets of an answer that somebody shares; the answer itself is theirs alone."""
    line = f"{question.line} share"
    message = dispatch(_request(user, channel, question, "command", line), company.services)
    if message.shared is not None:
        return _out(message.shared, question)
    return _out(message, question) if user != ADMIN else ""


def _home(company: Company, user: str, channel: str, question: Question) -> str:
    view: Home = home(_request(user, channel, question, "home"), company.services)
    return json.dumps(block_kit.home_view(view), default=str)


def _window(company: Company, user: str, channel: str, question: Question) -> str:
    """Return the window that puts a question together, and what its pickers offer for some letters."""
    press = Press(OPEN, question.line, "1.0")
    request = replace(_request(user, channel, question, "action"), press=press)
    reply = pressed(request, company.services)
    context = context_of(request, company.services)
    letters = question.line[:1]
    offered = [
        suggested(f"{BUILD}:{field}:sales", typed, context)
        for field in ("only", "without", "metric")
        for typed in ("", letters, "q", "west")
    ]
    match reply:
        case Modal():
            opened_window = json.dumps(block_kit.modal_view(reply), default=str)
        case Replacement(message):
            opened_window = _out(message, question)
        case _:
            opened_window = _out(reply, question)
    return f"{opened_window}{offered}"


def _delivery(subscription: str, period: str, target: str) -> Delivery:
    what = What(subscription, period, target)
    return Delivery(1, what, State.PENDING, NOW_HERE, 0, NOW_HERE, None, None, NOW_HERE)


def _subscription(company: Company, user: str, channel: str, question: Question) -> str:
    """Return what a subscription posts: of a question, or now and then of a summary."""
    services = company.services
    is_summary = len(question.line) % 60 == 0
    name = ("weekly", "monthly", "my_week", "team_week")[len(question.line) // 60 % 4]
    target = channel if question.language == "en" else None
    terms = SubscriptionTerms(
        user, target, name if is_summary else question.line, is_summary, _WEEKLY, "Europe/Brussels", "en"
    )
    company.book.one = Subscription(1, terms, 1, NOW_HERE, NOW_HERE, None)
    period = last_complete(Grain.WEEK if "week" in name else Grain.MONTH, services.engine.today(NOW_HERE))
    post = _delivery(company.book.one.key, canonical_period(period), terms.target)
    return _out(company.subscriptions.message(post, NOW_HERE), question)


def _posted(company: Company, user: str, channel: str, question: Question) -> str:
    """Return a summary as it is posted to a channel of its file."""
    name, grain = (("weekly", Grain.WEEK), ("monthly", Grain.MONTH))[len(question.line) % 2]
    period = last_complete(grain, company.services.engine.today(NOW_HERE))
    post = _delivery(name, canonical_period(period), channel)
    text = _out(company.summaries.message(post, NOW_HERE), question)
    summary, sentences = company.summaries.again(post, NOW_HERE)
    return f"{text}{json.dumps(contract.summary_json(summary, sentences), default=str)}"


_BY_WAY = {
    "share": _shared,
    "home": _home,
    "window": _window,
    "subscription": _subscription,
    "posted": _posted,
}
