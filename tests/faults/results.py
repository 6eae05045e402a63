"""Results of faults: a line of JSON each, appended to `faults.jsonl` in the folder that SCREENER_FAULT_RESULTS names; without it nothing is kept."""

from __future__ import annotations

import dataclasses
import os
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

FILE = "faults.jsonl"

FOLDER = "SCREENER_FAULT_RESULTS"
"""The variable that names the folder."""


def _commit() -> str:
    """The commit that runs, with `+` when files differ from it."""
    described = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return described.stdout.strip() or "unknown"


def _machine() -> str:
    memory_gib = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    return f"{os.cpu_count()} cores {platform.machine()}, {memory_gib} GiB, Python {platform.python_version()}"


@dataclass(frozen=True)
class Result:
    """One run of one fault."""

    fault: str
    tries: int
    lost: int
    doubled: int
    differences: int
    """What the oracle found to differ, in outputs, state and changelog."""
    recoveries_s: list[float]
    restarts: int = 0
    """Ends with 70 during the scenario, each answered with a restart as a supervisor does."""
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    machine: str = field(default_factory=_machine)
    commit: str = field(default_factory=_commit)


def record(result: Result) -> None:
    """Prints a result, and keeps it where a folder is named."""
    print(result)
    if folder := os.environ.get(FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
        with (Path(folder) / FILE).open("ab") as file:
            file.write(msgspec.json.encode(dataclasses.asdict(result)) + b"\n")


def read_results(folder: Path) -> list[Result]:
    """Every kept result, in the order of their runs."""
    return [msgspec.json.decode(line, type=Result) for line in (folder / FILE).read_bytes().splitlines()]
