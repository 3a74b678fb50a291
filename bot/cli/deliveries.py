"""Commands about posts: what was delivered and what wasn't, and sending one again."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.typer_app import UNANSWERABLE, Workspace, app

if TYPE_CHECKING:
    from bot.store.deliveries import Delivery

deliveries_app = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]})
app.add_typer(deliveries_app, name="deliveries")


class Wanted(StrEnum):
    """The states of deliveries, as the option takes them."""

    PENDING = "pending"
    HELD = "held"
    PREPARING = "preparing"
    READY = "ready"
    SENDING = "sending"
    RECONCILING = "reconciling"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    MISSED = "missed"
    SKIPPED = "skipped"


@deliveries_app.callback(invoke_without_command=True)
def deliveries(
    context: typer.Context,
    state: Annotated[
        list[Wanted] | None, typer.Option(help="Show only deliveries in this state. Repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    workspace: Workspace = "",
) -> None:
    """List posted summaries, subscriptions and surveys, and those that weren't posted, newest first.

    Examples: kpi-bot deliveries · kpi-bot deliveries --state failed --state unknown · kpi-bot deliveries
    send-again 1234
    """
    if context.invoked_subcommand:
        return
    from rich.markup import escape
    from rich.table import Table

    from bot.cli.opening import chosen_workspace, opened_store
    from bot.cli.printing import out
    from bot.runtime.settings import Settings
    from bot.store.deliveries import State
    from bot.store.delivery_desk import DeliveryDesk

    settings = Settings.load()
    store = opened_store(settings, context)
    desk = DeliveryDesk(store, chosen_workspace(store, workspace))
    table = Table("Id", "Due", "What", "About", "To", "State", "Note")
    styles = {
        State.UNKNOWN: "bold yellow",
        State.FAILED: "bold red",
        State.MISSED: "yellow",
        State.HELD: "cyan",
    }
    for row in desk.newest(limit, [State(wanted) for wanted in state or ()]):
        due = row.due_at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
        about = (_what(row), row.what.period, row.what.target, str(row.state), row.reason or "")
        table.add_row(str(row.id), due, *map(escape, about), style=styles.get(row.state))
    nothing = "No delivery is in that state." if state else "Nothing has been delivered yet."
    out().print(table if table.row_count else nothing)


@deliveries_app.command("send-again")
def send_again(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="The id that kpi-bot deliveries shows.", min=1)],
    workspace: Workspace = "",
) -> None:
    """Have a delivery that failed, was missed or is unclear sent once more by the running bot.

    Example: kpi-bot deliveries send-again 1234
    """
    from bot.cli.opening import chosen_workspace, opened_store
    from bot.cli.printing import err, print_line
    from bot.runtime.clock import system_clock
    from bot.runtime.settings import Settings
    from bot.store.audit import AuditRows, Entry
    from bot.store.delivery_desk import DeliveryDesk

    settings = Settings.load()
    store = opened_store(settings, context)
    place, now = chosen_workspace(store, workspace), system_clock(settings.zone)()
    desk = DeliveryDesk(store, place)
    row = desk.of(number)
    if row is None:
        err().print(f"There is no delivery {number}. List them with kpi-bot deliveries.", markup=False)
        raise typer.Exit(UNANSWERABLE)
    if not desk.send_again(number, now):
        print_line(f"Delivery {number} is {row.state}, so there is nothing to send again.")
        return
    asked = f"deliveries send-again {number}"
    AuditRows(store, place).write(Entry("", row.what.target, "cli", asked, "answered", 0, 0, now))
    print_line(
        f"Delivery {number} ({_what(row)}, {row.what.period}) is sent again within a minute, if the bot is "
        "running. kpi-bot deliveries shows what becomes of it."
    )


def _what(row: Delivery) -> str:
    """Return what a delivery belongs to, with its part where that says more."""
    subscription, part = row.what.subscription, row.what.part
    is_said = part in (subscription.partition(" ")[0], "summary")
    return subscription if is_said else f"{subscription} ({part})"
