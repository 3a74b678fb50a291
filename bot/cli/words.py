"""A command whose words may begin with a minus: `kpi-bot ask leads -source:fairs`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from typer.core import TyperCommand

_WORD = re.compile(r"-(?!-)[^:]+:|-\d")
"""A filter that leaves something out, or a negative number."""


class QuestionCommand(TyperCommand):
    """Reads minus filters and negative numbers as words of the question, and refuses unknown options.

    Click itself either refuses both or, with `ignore_unknown_options`, takes a mistyped option for a word.
    What follows `--` is words only.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments. Raises a usage error for an option that this command doesn't have."""
        end = args.index("--") if "--" in args else len(args)
        known = [name for parameter in self.params for name in parameter.opts] + ctx.help_option_names
        words = [_protected(word) for word in args[:end]]
        for word in words:
            option = word.partition("=")[0]
            if option.startswith("-") and option != "-" and option not in known:
                ctx.fail(_no_such(option, known))
        return list(super().parse_args(ctx, [*words, *args[end:]]))


def joined(words: Sequence[str]) -> str:
    """Return the words of a `QuestionCommand` as one line."""
    return " ".join(word.removeprefix(" ") for word in words)


def _protected(word: str) -> str:
    """Return a word with a space in front, where it would otherwise be taken for an option."""
    return f" {word}" if _WORD.match(word) else word


def _no_such(option: str, known: Sequence[str]) -> str:
    near = get_close_matches(option, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    filters = (
        "" if option.startswith("--") else " A filter that leaves something out has a colon: -source:fairs."
    )
    return f"There is no option {option}.{meant}{filters}"
