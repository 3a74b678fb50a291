"""What is deployed: the locked versions, the image, the processes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DEPLOYED = ("duckdb", "mysql", "postgresql")
"""The drivers that the image and Heroku-like platforms get."""


def _pinned(name: str) -> dict[str, str]:
    """Return the versions that a file pins, by the name of the package."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = (re.fullmatch(r"([\w.-]+)==(\S+)", line) for line in lines)
    return {canonicalize_name(entry[1]): entry[2] for entry in found if entry}


def _needed(requirement: Requirement, seen: set[tuple[str, str]]) -> Iterator[str]:
    """Yield the packages that a requirement installs, itself included."""
    name = canonicalize_name(requirement.name)
    yield name
    for extra in ("", *requirement.extras):
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for line in metadata.requires(name) or ():
            below = Requirement(line)
            if below.marker is None or below.marker.evaluate({"extra": extra}):
                yield from _needed(below, seen)


def test_the_locked_versions_are_everything_that_is_installed() -> None:
    """A package that isn't locked would be another one on the next machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"]]
    for extra in DEPLOYED:
        asked += project["optional-dependencies"][extra]
    seen: set[tuple[str, str]] = set()
    needed = {name for line in asked for name in _needed(Requirement(line), seen)}
    locked = _pinned("requirements.txt")
    assert sorted(needed - set(locked)) == []
    assert sorted(set(locked) - needed) == []


def test_the_locked_versions_are_those_of_the_tests() -> None:
    """What is deployed is what was tested."""
    tested = _pinned("constraints.txt")
    assert {name: tested.get(name) for name in _pinned("requirements.txt")} == _pinned("requirements.txt")
    last = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()[-1]
    assert last == f".[{','.join(DEPLOYED)}]"


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt", "Dockerfile", "compose.yaml"])
def test_no_file_names_an_index(name: str) -> None:
    """Where packages come from is up to the machine that installs them."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"index-url|find-links|--index", text)
    assert [url for url in re.findall(r"https?://\S+", text) if "//127.0.0.1" not in url] == []


def test_the_image_gets_every_file_that_it_copies_and_runs_as_nobody_special() -> None:
    """`.dockerignore` lets the copied files through, and the process isn't root."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {
        source
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    let_through = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    assert copied == let_through
    assert [name for name in sorted(copied) if not (ROOT / name).exists()] == []
    user = next(line.split()[1] for line in reversed(lines) if line.startswith("USER "))
    assert user.partition(":")[0] not in {"root", "0"}
    assert lines[-1] == 'CMD ["serve"]'


def test_compose_runs_the_bot_read_only_beside_postgresql() -> None:
    """The root file system is read-only, and the store is migrated before the bot starts."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for name in ("migrate", "bot", "demo"):
        assert services[name]["read_only"] is True, name
        assert services[name]["cap_drop"] == ["ALL"], name
    assert services["bot"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["depends_on"]["store"]["condition"] == "service_healthy"
    assert services["demo"]["profiles"] == ["demo"]
    assert all("profiles" not in services[name] for name in ("store", "migrate", "bot"))


def test_the_release_doesn_t_stop_on_what_is_in_the_database() -> None:
    """A mistyped row in the customer's database is no reason to keep an old version running."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    processes = dict(line.split(": ", 1) for line in lines)
    assert processes["release"] == "kpi-bot migrate && kpi-bot check --release"
