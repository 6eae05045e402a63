"""Goal: the core stays pure, so that live path, scorer, replay and backtest are one code; and each outside library has one home.

Method: the import graph by AST, also inside functions and under TYPE_CHECKING; what the core reaches through our own modules counts as its own. The
checker is first shown packages with planted violations.
Blind spot: what a third-party library does inside, attributes reached by getattr, and time that comes in by an argument.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from screener.catalog import PROCESSORS

PACKAGE = Path(__file__).resolve().parents[1] / "screener"

CORE = (
    "contracts", "processor", "codecs", "topics", "catalog", "intake", "outlet", "step", "sidelog", "brands", "tracing", "offline", "judge", "verify",
)  # fmt: skip
"""Modules of the core and, for a package, everything in it."""

IMPURE = frozenset(
    {
        "faust", "confluent_kafka", "rocksdict", "prometheus_client", "time", "random", "secrets", "uuid", "os", "logging", "structlog", "asyncio",
        "threading", "socket", "subprocess", "pathlib", "shutil", "tempfile", "sqlite3", "click", "rich", "pydantic_settings",
    }
)  # fmt: skip
"""Kafka, storage, metrics, clocks, chance, environment, logs, files, other processes: nothing of it may decide about a listing."""

IMPURE_CALLS = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "open", "print", "input", "__import__", "import_module"})

HOMES: Mapping[str, tuple[str, ...]] = {
    "faust": ("runtime/",),
    "rocksdict": ("runtime/",),
    "confluent_kafka": ("runtime/", "client/", "admin.py", "reader.py", "trouble.py", "embedded/ready.py"),
    "prometheus_client": ("runtime/metrics.py", "runtime/app.py"),
}
"""Where an outside library may be imported: folders end with a slash. Commands and the demo go through admin, reader and client."""


class Package:
    """The modules of a source folder and what they import and call."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.paths = {self._module(folder, path): path for path in sorted(folder.rglob("*.py"))}
        self.trees = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in self.paths.items()}
        self.folder = folder

    def _module(self, folder: Path, path: Path) -> str:
        parts = path.relative_to(folder.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def imports(self, module: str) -> Iterator[str]:
        """Full dotted names; of `from a import b` both `a` and `a.b` where `a.b` is a module of ours, else `a`."""
        for node in ast.walk(self.trees[module]):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = self._source(module, node)
                yield source
                yield from (name for alias in node.names if (name := f"{source}.{alias.name}") in self.trees)

    def _source(self, module: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = module.split(".")
        if self.paths[module].name != "__init__.py":
            parts.pop()
        kept = parts[: len(parts) - node.level + 1]
        return ".".join([*kept, *([node.module] if node.module else [])])

    def reached(self, roots: list[str]) -> dict[str, str]:
        """Every module of ours that the roots import in the end, with the one that imports it first (a root: itself)."""
        found = {root: root for root in roots}
        waiting = list(roots)
        while waiting:
            module = waiting.pop()
            for imported in self.imports(module):
                parts = imported.split(".")
                for length in range(1, len(parts) + 1):  # importing a.b.c runs a and a.b first
                    ours = ".".join(parts[:length])
                    if ours in self.trees and ours not in found:
                        found[ours] = module
                        waiting.append(ours)
        return found

    def core(self, names: tuple[str, ...]) -> list[str]:
        """The modules that the names stand for."""
        found = {name: [module for module in self.trees if f"{module}.".startswith(f"{self.name}.{name}.")] for name in names}
        missing = [name for name, modules in found.items() if not modules]
        assert not missing, f"no such module: {missing}"
        return [module for modules in found.values() for module in modules]

    def violations(self, roots: list[str]) -> list[str]:
        """What the roots import or call, themselves or through others, that the core must not."""
        found: list[str] = []
        for module, importer in sorted(self.reached(roots).items()):
            by = "" if importer == module else f" (imported by {importer})"
            for imported in sorted(set(self.imports(module))):
                if imported.split(".")[0] in IMPURE:
                    found.append(f"{module}{by} imports {imported}")
            for call in sorted(self._impure_calls(module)):
                found.append(f"{module}{by} calls {call}")
        return found

    def _impure_calls(self, module: str) -> set[str]:
        called: set[str] = set()
        for node in ast.walk(self.trees[module]):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                called |= {impure for impure in IMPURE_CALLS if name == impure or name.endswith(f".{impure}")}
        return called

    def strays(self, homes: Mapping[str, tuple[str, ...]]) -> list[str]:
        """Imports of outside libraries away from their homes."""
        found: list[str] = []
        for module, path in self.paths.items():
            place = path.relative_to(self.folder).as_posix()
            for library in sorted({imported.split(".")[0] for imported in self.imports(module)} & homes.keys()):
                if not any(place == home or (home.endswith("/") and place.startswith(home)) for home in homes[library]):
                    found.append(f"{place} imports {library}, whose home is {', '.join(homes[library])}")
        return found


@pytest.fixture(scope="module")
def screener() -> Package:
    return Package(PACKAGE)


def test_the_core_reaches_nothing_impure(screener: Package) -> None:
    assert screener.violations(screener.core(CORE)) == []


def test_the_core_reaches_only_the_core(screener: Package) -> None:
    """What it imports of ours is named above: a helper module outside would escape the eye of whoever reads the list."""
    core = screener.core(CORE)
    assert set(screener.reached(core)) == {"screener", *core}


def test_the_core_is_what_decides(screener: Package) -> None:
    core = set(screener.core(CORE))
    functions = [function for one in PROCESSORS.values() for function in (one.read, one.apply, one.compile_side, one.deadline)]
    assert {function.__module__ for function in functions} <= core
    assert len(core) > 30


def test_each_library_has_its_home(screener: Package) -> None:
    assert screener.strays(HOMES) == []


@pytest.mark.parametrize(("library", "homes"), HOMES.items())
def test_no_home_stands_empty(screener: Package, library: str, homes: tuple[str, ...]) -> None:
    """A home that nobody needs any more is closed here, or it will be used."""
    for home in homes:
        assert screener.strays({library: tuple(other for other in homes if other != home)}), f"{home} does not import {library}: take it off the list"


def test_a_producers_test_double_needs_no_kafka(screener: Package) -> None:
    reached = screener.reached(["screener.client.testing"])
    libraries = {imported.split(".")[0] for module in reached for imported in screener.imports(module)}
    assert not libraries & {"confluent_kafka", "faust", "rocksdict"}


# The checker itself.


def planted(folder: Path, files: Mapping[str, str]) -> Package:
    root = folder / "planted"
    for name, text in {"__init__.py": "", "judge/__init__.py": "", "judge/policy.py": "", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Package(root)


VIOLATIONS: dict[str, dict[str, str]] = {
    "at the top": {"judge/policy.py": "import time"},
    "under another name": {"judge/policy.py": "import random as dice"},
    "a part of it": {"judge/policy.py": "from os.path import join"},
    "a submodule": {"judge/policy.py": "import confluent_kafka.admin"},
    "inside a function": {"judge/policy.py": "def f():\n    if True:\n        from uuid import uuid4\n"},
    "for types only": {"judge/policy.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import faust\n"},
    "through a helper": {"judge/policy.py": "from planted.helper import f", "helper.py": "import logging"},
    "through a helper's module": {"judge/policy.py": "from planted import helper", "helper.py": "import secrets"},
    "through two helpers, inside a function": {
        "judge/policy.py": "def f():\n    import planted.one",
        "one.py": "from . import two",
        "two.py": "import structlog",
    },
    "through a package's own file": {"judge/policy.py": "import planted.deep.leaf", "deep/__init__.py": "import asyncio", "deep/leaf.py": ""},
    "relative": {"judge/policy.py": "from ..helper import f", "helper.py": "import rocksdict"},
    "relative in a package's own file": {"judge/__init__.py": "from .clock import f", "judge/clock.py": "import time"},
    "the clock": {"judge/policy.py": "from datetime import datetime\nNOW = datetime.now(tz=None)"},
    "the clock by its module": {"judge/policy.py": "import datetime\ndef f():\n    return datetime.datetime.utcnow()"},
    "the calendar": {"judge/policy.py": "from datetime import date\ndef f():\n    return date.today()"},
    "a file": {"judge/policy.py": "def f():\n    return open('x')"},
    "in disguise": {"judge/policy.py": "T = __import__('time')"},
}


@pytest.mark.parametrize("files", VIOLATIONS.values(), ids=VIOLATIONS)
def test_the_checker_finds_a_planted_violation(tmp_path: Path, files: dict[str, str]) -> None:
    package = planted(tmp_path, files)
    assert len(package.violations(package.core(("judge",)))) == 1


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"shell.py": "import time\nfrom planted.judge import policy"},
        {"judge/policy.py": "import hashlib\nfrom planted import helper", "helper.py": "import re"},
        {"judge/policy.py": "from datetime import datetime\ndef f(now: datetime) -> datetime:\n    return now\n# import time\nX = 'import time'"},
        {"judge/policy.py": "from planted.timely import time", "timely.py": "time = 1"},
    ],
)
def test_the_checker_finds_nothing_where_nothing_is(tmp_path: Path, files: dict[str, str]) -> None:
    package = planted(tmp_path, files)
    assert package.violations(package.core(("judge",))) == []


def test_the_checker_says_by_which_way(tmp_path: Path) -> None:
    package = planted(tmp_path, VIOLATIONS["through a helper"])
    assert package.violations(package.core(("judge",))) == ["planted.helper (imported by planted.judge.policy) imports logging"]


def test_the_checker_finds_a_library_away_from_home(tmp_path: Path) -> None:
    homes = {"faust": ("runtime/",), "rocksdict": ("runtime/", "store.py")}
    files = {"runtime/app.py": "import faust", "store.py": "import rocksdict", "cli/runtime.py": "def f():\n    from faust.types import TP"}
    package = planted(tmp_path, files)
    assert package.strays(homes) == ["cli/runtime.py imports faust, whose home is runtime/"]


def test_a_core_module_that_is_gone_is_noticed(tmp_path: Path) -> None:
    package = planted(tmp_path, {})
    with pytest.raises(AssertionError, match="no such module"):
        package.core(("judge", "rings"))
