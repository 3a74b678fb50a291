"""The sentences of errors, as they stand in the code: what a person in Slack may be told instead of an answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
ERRORS = {
    "KpiError",
    "QueryError",
    "UnknownNameError",
    "AmbiguousNameError",
    "UnmappedError",
    "ForbiddenError",
    "DataError",
    "StatementRefusedError",
    "WarehouseError",
    "WarehouseTimeoutError",
    "BusyError",
}
AT_THE_TERMINAL = ("bot/cli/", "bot/operations/init.py", "bot/playground/")
"""Their errors are shown to whoever types kpi-bot, never to somebody in Slack."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and its place."""

    place: str
    template: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A message or hint that isn't literal where it is raised, so that nobody can translate it."""

    place: str
    source: str


def sentences_of(root: Path = ROOT) -> Iterator[Sentence | Opaque]:
    """Yield the message and hint of every error that is made, and every `said("...")`."""
    for package in ("kpi_engine", "bot"):
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if not name.startswith(AT_THE_TERMINAL):
                yield from _of_module(ast.parse(path.read_text("utf-8")), name)


def _of_module(module: ast.Module, file: str) -> Iterator[Sentence | Opaque]:
    scopes = _Scopes(module)
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        called = _name_of(node.func)
        if isinstance(node.func, ast.Name) and called == "said":
            yield from _told(node, scopes, file)
        if called in ERRORS:
            hints = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
            for told in (*node.args[:1], *hints):
                yield from _told(told, scopes, file)


def _told(node: ast.expr, scopes: _Scopes, file: str) -> Iterator[Sentence | Opaque]:
    """Yield what an expression may say: a literal, `said` with one, a choice of these, or a name for them."""
    place = f"{file}:{node.lineno}"
    match node:
        case ast.Constant(value=str(text)):
            if text:
                yield Sentence(place, text)
        case ast.Call(func=ast.Name(id="said"), args=[ast.Constant(value=str(text))]):
            yield Sentence(place, text)
        case ast.IfExp(body=first, orelse=second):
            yield from _told(first, scopes, file)
            yield from _told(second, scopes, file)
        case ast.BoolOp(op=ast.Or(), values=values):
            for value in values:
                yield from _told(value, scopes, file)
        case ast.Name(id=name) if found := scopes.values(node, name):
            for value in found:
                yield from _told(value, scopes, file)
        case ast.Call(func=func) if found := scopes.returned(_name_of(func)):
            for value in found:
                yield from _told(value, scopes, file)
        case _:
            yield Opaque(place, ast.unparse(node))


class _Scopes:
    """What names stand for in a module: variables by their function, and what functions return."""

    def __init__(self, module: ast.Module) -> None:
        self._around: dict[ast.AST, ast.AST] = {}
        for outer in ast.walk(module):
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                for inner in ast.walk(outer):
                    self._around[inner] = outer  # the innermost function comes last
        self._functions = {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}

    def values(self, used: ast.expr, name: str) -> list[ast.expr]:
        """Return all that a variable is set to in the function that uses it."""
        scope = self._around.get(used)
        return [
            node.value
            for node in (ast.walk(scope) if scope else ())
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ]

    def returned(self, name: str) -> list[ast.expr]:
        """Return all that a function of the module returns."""
        function = self._functions.get(name)
        found = ast.walk(function) if function else ()
        return [node.value for node in found if isinstance(node, ast.Return) and node.value]


def _name_of(func: ast.expr) -> str:
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
