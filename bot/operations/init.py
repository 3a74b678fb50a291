"""`kpi-bot init`: ask what the database doesn't show, and write the proposed model files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.runtime.settings import SettingsError, shipped_config
from kpi_engine import Doubt, Inspection, Proposal, SqlWarehouse, doubt_text, load, model_file, propose
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import DataError, Problem

_MAIN = ("sales", "won", "leads")
"""Metrics to try first."""

Ask = Callable[[Doubt], tuple[str, ...]]
"""Puts a doubt to a person and returns the values of the chosen options."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What was written where, and what answers now; `doubts` by their number in the files' comments."""

    proposal: Proposal
    doubts: Mapping[int, Doubt]
    files: tuple[Path, ...]
    catalogue: Catalogue


def connect(url: str, into: Path, *, timeout: float, force: bool, ask: Ask | None) -> Connected:
    """Look at the database, settle doubts with `ask` (None: by the best guess) and write the files.

    Raises SettingsError where files are there already and `force` isn't given, DataError where no
    table looks like sales, WarehouseError where the database doesn't answer.
    """
    _refuse_overwriting(into, force=force)
    with closing(SqlWarehouse(url, timeout=timeout)) as warehouse:
        proposal, settled = _settled(Inspection(warehouse), ask)
    if not proposal.models:
        raise DataError(
            "No table looks like leads, deals, orders, costs or survey answers.",
            hint="Write the model files yourself (docs/models.md). "
            f"Tables seen: {_listed(proposal.skipped)}.",
        )
    doubts = dict(enumerate((doubt for doubt in proposal.doubts if doubt.name not in settled), 1))
    files = _write(proposal, doubts, into / "models")
    return Connected(proposal, doubts, files, load(into, shipped_config()))


def asking(show: Callable[[str], None], prompt: Callable[..., str]) -> Ask:
    """Return what puts a doubt to a person with `show` and `prompt`; Enter takes the proposal."""

    def ask(doubt: Doubt) -> tuple[str, ...]:
        options = {str(number): option for number, option in enumerate(doubt.options, 1)}
        show(f"\n{doubt.text}")
        for number, option in options.items():
            show(f"  {number}  {option.label}")
        best = [number for number, option in options.items() if option.value in doubt.chosen]
        while True:
            question = "Numbers, separated by commas" if doubt.takes_many else "Number"
            typed = prompt(question, default=",".join(best)).replace(",", " ").split()
            if typed and set(typed) <= set(options) and (doubt.takes_many or len(typed) == 1):
                return tuple(options[number].value for number in typed)
            show(f"Type {'numbers' if doubt.takes_many else 'one number'} from 1 to {len(options)}.")

    return ask


def report(
    made: Connected, into: Path, problems: Sequence[Problem], lacking: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Yield the lines that say what was written, what answers, what is left to look at and what to type.

    `lacking` are the shipped metrics that this database can't answer (check.left_out).
    """
    for file, model in zip(made.files, made.proposal.models, strict=True):
        yield f"{file}: {'; '.join(model.reasons)}"
    silent = {problem.file for problem in problems if not problem.is_warning}
    metrics = [
        name
        for name, metric in made.catalogue.metrics.items()
        if name not in lacking and metric.place.file not in silent
    ]
    yield f"\n{len(metrics)} metrics work now: {', '.join(metrics)}."
    missing = sorted({*lacking, *made.catalogue.metrics} - set(metrics))
    if missing:
        yield f"Left out because tables or columns are missing: {', '.join(missing)}."
    if made.proposal.skipped:
        yield f"Tables not used: {', '.join(made.proposal.skipped)}."
    if made.doubts:
        yield f"\n{len(made.doubts)} doubts to review (each is a comment in its file):"
    for number, doubt in made.doubts.items():
        yield f"  {number}. models/{doubt.model}.yaml, {doubt.key}: {doubt_text(doubt)}"
    wrong = [problem for problem in problems if not problem.is_warning]
    if wrong:
        yield f"\n{len(wrong)} to fix before you can trust the numbers:"
        yield from (f"  {problem}" for problem in wrong)
    yield f"\nSet KPI_DATABASE_URL to this database and KPI_CONFIG_DIR={into}, then try:"
    yield "  kpi-bot check"
    if metrics and made.proposal.newest:
        main = next((name for name in _MAIN if name in metrics), metrics[0])
        yield f"  kpi-bot ask {main} last month --as-of {_month_after(made.proposal.newest)}"


def _month_after(day: str) -> date:
    """Return the first day after the month of an ISO date: then its month is "last month"."""
    return (date.fromisoformat(day).replace(day=1) + timedelta(days=32)).replace(day=1)


def _refuse_overwriting(into: Path, *, force: bool) -> None:
    there = sorted((into / "models").glob("*.y*ml"))
    if there and not force:
        raise SettingsError(
            f"{into / 'models'} already holds {len(there)} model files.",
            hint="Choose another folder with --into, or use --force to overwrite them.",
        )


def _settled(inspection: Inspection, ask: Ask | None) -> tuple[Proposal, Collection[str]]:
    """Return the proposal and the names of the settled doubts; each choice may change what follows."""
    choices: dict[str, tuple[str, ...]] = {}
    while True:
        proposal = propose(inspection, choices)
        open_doubts = [doubt for doubt in proposal.doubts if doubt.options and doubt.name not in choices]
        if ask is None or not open_doubts:
            return proposal, choices
        choices[open_doubts[0].name] = ask(open_doubts[0])


def _write(proposal: Proposal, doubts: Mapping[int, Doubt], folder: Path) -> tuple[Path, ...]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for model in proposal.models:
            file = folder / f"{model.name}.yaml"
            file.write_text(model_file(model, doubts), encoding="utf-8")
            files.append(file)
    except OSError as wrong:
        raise SettingsError(
            f"{folder} can't be written to.", hint="Choose another folder with --into."
        ) from wrong
    return tuple(files)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:10]) or "none"
