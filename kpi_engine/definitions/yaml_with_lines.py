"""YAML with the line of every key, so that a mistake is named where it stands."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from kpi_engine.domain.errors import DefinitionError, Problem

Scalar = str | int | float | bool | None
Node = Scalar | list["Node"] | dict[str, "Node"]
Step = str | int


class _CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema: `on` and `no` are words, `08:30` is text, dates are text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name


class _QuickCoreLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same by libyaml, where PyYAML was built with it: several times as fast, with other messages."""

    yaml_implicit_resolvers = _CoreLoader.yaml_implicit_resolvers


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$",
        list("-+0123456789."),
    ),
):
    _CoreLoader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


_READ_DIFFERENTLY = re.compile(r"[\t?]")
"""What libyaml takes in a plain word and the loader in Python refuses."""


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: its content and the line (1-based) of each path into it."""

    file: str
    content: dict[str, Node]
    lines: dict[tuple[Step, ...], int]

    def line(self, path: tuple[Step, ...]) -> int:
        """Return the line of `path`, or of the nearest step above it that stands in the file."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read(path: Path, shown_as: str) -> Document:
    """Read one file that holds a mapping. Raises DefinitionError with file and line."""
    try:
        root = _root(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as wrong:
        raise _broken(shown_as, 1, "is not UTF-8 text.", "Save it as UTF-8.") from wrong
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line = mark.line + 1 if mark else 1
        raise _broken(
            shown_as, line, f"is not valid YAML: {wrong.problem}.", "Check indentation and quotes."
        ) from wrong
    except yaml.YAMLError as wrong:
        raise _broken(shown_as, 1, "is not valid YAML.", "Remove unprintable characters.") from wrong
    if not isinstance(root, yaml.MappingNode):
        raise _broken(shown_as, 1, "has no keys.", "Write `key: value` lines; see docs/models.md.")
    lines: dict[tuple[Step, ...], int] = {(): 1}
    content = _mapping(root, (), lines, shown_as)
    return Document(shown_as, content, lines)


def _root(text: str) -> yaml.Node | None:
    """Return the only node of a text. What is wrong with it is what the loader in Python says of it."""
    if not _READ_DIFFERENTLY.search(text):
        with suppress(yaml.YAMLError):
            return _composed(_QuickCoreLoader(text))
    return _composed(_CoreLoader(text))


def _composed(loader: yaml.SafeLoader) -> yaml.Node | None:
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _broken(file: str, line: int, message: str, fix: str) -> DefinitionError:
    return DefinitionError((Problem(file, line, message, fix),))


def _mapping(
    node: yaml.MappingNode, path: tuple[Step, ...], lines: dict[tuple[Step, ...], int], file: str
) -> dict[str, Node]:
    content: dict[str, Node] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _broken(file, line, "has a key that is not a word.", "Quote the key.")
        key = str(key_node.value)
        if key in content:
            raise _broken(file, line, f'has the key "{key}" twice.', "Keep one of them.")
        lines[(*path, key)] = line
        content[key] = _value(value_node, (*path, key), lines, file)
    return content


def _value(node: yaml.Node, path: tuple[Step, ...], lines: dict[tuple[Step, ...], int], file: str) -> Node:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, file)
    if isinstance(node, yaml.SequenceNode):
        items: list[Node] = []
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + 1
            items.append(_value(item, (*path, index), lines, file))
        return items
    return _scalar(node)


def _scalar(node: yaml.Node) -> Scalar:
    text = str(node.value)
    match node.tag:
        case "tag:yaml.org,2002:null":
            return None
        case "tag:yaml.org,2002:bool":
            return text.lower() == "true"
        case "tag:yaml.org,2002:int":
            return int(text)
        case "tag:yaml.org,2002:float":
            return float(text)
        case _:
            return text
