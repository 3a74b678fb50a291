"""Read and validate the files of the two config directories, and collect what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from rapidfuzz import process

from kpi_engine.definitions.yaml_with_lines import Document, read
from kpi_engine.domain.errors import DefinitionError, Problem
from kpi_engine.domain.titles import Place
from kpi_engine.kinds import names

FileType = TypeVar("FileType", bound=BaseModel)


class ConfigFiles:
    """One reading of the operator's own directory and the shipped one.

    It collects problems instead of stopping at the first.
    """

    def __init__(self, own: Path, shipped: Path) -> None:
        self.own, self.shipped = own, shipped
        self.problems: list[Problem] = []

    @property
    def bases(self) -> tuple[Path, ...]:
        """The directories in the order in which they are read: what is read later replaces the earlier."""
        return tuple(dict.fromkeys((self.shipped, self.own)))

    def add_problem(self, place: Place, message: str, fix: str = "") -> None:
        """Add something that is wrong at a place."""
        self.problems.append(Problem(place.file, place.line, message, fix))

    def raise_problems(self) -> None:
        """Raise DefinitionError where anything is wrong so far."""
        if self.problems:
            raise DefinitionError(tuple(self.problems))

    def documents(self, base: Path, folder: str) -> Iterator[Document]:
        """Yield the YAML files of a folder, by name; those that aren't YAML are problems."""
        for path in sorted((base / folder).glob("*.y*ml")):
            document = self._read(path, f"{base.name}/{folder}/{path.name}")
            if document is not None:
                yield document

    def document(self, base: Path, name: str) -> Document | None:
        """Return one file of a directory, None where it isn't there or isn't YAML (a problem)."""
        path = base / name
        return self._read(path, f"{base.name}/{name}") if path.exists() else None

    def parse(self, document: Document, file_type: type[FileType]) -> FileType | None:
        """Return a file's content as its type, None where it doesn't fit (problems)."""
        try:
            return file_type.model_validate(document.content)
        except ValidationError as wrong:
            self.problems.extend(_problems_of(document, wrong, tuple(file_type.model_fields)))
            return None

    def parse_union(
        self, document: Document, union: TypeAdapter[FileType], file_type: type[BaseModel]
    ) -> FileType | None:
        """Return a file's content as one of several types that have the fields of `file_type`; else None."""
        try:
            return union.validate_python(document.content)
        except ValidationError as wrong:
            self.problems.extend(_problems_of(document, wrong, tuple(file_type.model_fields)))
            return None

    def _read(self, path: Path, shown_as: str) -> Document | None:
        try:
            return read(path, shown_as)
        except DefinitionError as wrong:
            self.problems.extend(wrong.problems)
            return None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return a fix that names the word nearest to one, "" where none is near."""
    found = process.extractOne(word, list(names), score_cutoff=60)
    return f'Did you mean "{found[0]}"?' if found else ""


def _problems_of(document: Document, wrong: ValidationError, keys: tuple[str, ...]) -> Iterable[Problem]:
    """Turn pydantic's errors into problems with the line of the key."""
    for error in wrong.errors():
        path = tuple(step for step in error["loc"] if step in _steps(document))
        line = document.line(path)
        named = ".".join(str(step) for step in path) or "the file"
        match error["type"]:
            case "extra_forbidden":
                word = str(error["loc"][-1])
                yield Problem(document.file, line, f'has an unknown key "{word}".', did_you_mean(word, keys))
            case "missing":
                yield Problem(document.file, line, f'has no "{error["loc"][-1]}:".', f"Add it to {named}.")
            case "value_error":
                yield Problem(document.file, line, f"{named}: {error['ctx']['error']}.")
            case "union_tag_invalid":
                expected = error["ctx"]["expected_tags"]
                yield Problem(
                    document.file,
                    document.line(("kind",)),
                    "has an unknown kind.",
                    f"Use one of {expected}.",
                )
            case "union_tag_not_found":
                *others, last = names()
                yield Problem(document.file, 1, 'has no "kind:".', f"Use {', '.join(others)} or {last}.")
            case _:
                yield Problem(document.file, line, f"{named}: {error['msg']}.")


def _steps(document: Document) -> frozenset[str | int]:
    return frozenset(step for path in document.lines for step in path)
