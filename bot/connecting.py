"""`kpi-bot init`: asks what the database doesn't tell, and writes the proposed model files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.settings import SettingsError, shipped_config
from kpi_engine import definitions
from kpi_engine.catalogue import Catalogue
from kpi_engine.errors import DataError
from kpi_engine.inspection import Inspection
from kpi_engine.proposals import propose
from kpi_engine.proposals.page import page
from kpi_engine.proposals.proposal import Doubt, Proposal
from kpi_engine.warehouse import SqlWarehouse

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
        proposal = _settled(Inspection(warehouse), ask)
    if not proposal.models:
        raise DataError(
            "No table looks like leads, deals, orders, costs or answers.",
            hint=f"Write the model files yourself (docs/models.md). Tables seen: {_listed(proposal.skipped)}.",
        )
    doubts = dict(enumerate(proposal.doubts, 1))
    files = _write(proposal, doubts, into / "models")
    return Connected(proposal, doubts, files, definitions.load(into, shipped_config()))


def _refuse_overwriting(into: Path, *, force: bool) -> None:
    there = sorted((into / "models").glob("*.y*ml"))
    if there and not force:
        raise SettingsError(
            f"{into / 'models'} already holds {len(there)} model files.",
            hint="Give another folder with --into, or --force to write over them.",
        )


def _settled(inspection: Inspection, ask: Ask | None) -> Proposal:
    """Propose again after each choice: what follows may depend on it."""
    choices: dict[str, tuple[str, ...]] = {}
    while True:
        proposal = propose(inspection, choices)
        open_doubts = [doubt for doubt in proposal.doubts if doubt.options and doubt.name not in choices]
        if ask is None or not open_doubts:
            return proposal
        choices[open_doubts[0].name] = ask(open_doubts[0])


def _write(proposal: Proposal, doubts: Mapping[int, Doubt], folder: Path) -> tuple[Path, ...]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for model in proposal.models:
            file = folder / f"{model.name}.yaml"
            file.write_text(page(model, doubts), encoding="utf-8")
            files.append(file)
    except OSError as wrong:
        raise SettingsError(f"{folder} can't be written.", hint="Give another folder with --into.") from wrong
    return tuple(files)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:10]) or "none"
