"""Settle doubts by what a person chose, else by the best proposal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kpi_engine.onboarding.proposals.proposal import Doubt, Option

Choices = Mapping[str, tuple[str, ...]]
"""What a person chose, by the doubt's name."""


class Doubts:
    """The doubts of one proposal, in the order in which they come up."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._doubts: dict[str, Doubt] = {}

    @property
    def collected(self) -> tuple[Doubt, ...]:
        """Every doubt so far, each with what was chosen."""
        return tuple(self._doubts.values())

    def settle(
        self,
        name: str,
        place: tuple[str, str],
        text: str,
        options: Sequence[Option],
        best: tuple[str, ...],
        *,
        takes_many: bool = False,
    ) -> tuple[str, ...]:
        """Return the chosen options of a doubt at `place` (model, key); `best` where no one chose."""
        known = {option.value for option in options}
        wanted = self._choices.get(name)
        chosen = wanted if wanted is not None and set(wanted) <= known else best
        self._doubts.setdefault(name, Doubt(name, *place, text, tuple(options), chosen, takes_many))
        return chosen

    def pick(self, name: str, place: tuple[str, str], text: str, options: Sequence[Option]) -> str:
        """Return the one chosen option; the first is the best."""
        return self.settle(name, place, text, options, (options[0].value,))[0]

    def note(self, name: str, place: tuple[str, str], text: str) -> None:
        """Keep something to look at that has no options."""
        self._doubts.setdefault(name, Doubt(name, *place, text))
