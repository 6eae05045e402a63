"""The scene of a fault, and its time limit."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.faults.scene import Scene, open_scene

LIMIT_S = 300
"""Ten times what a scenario takes on an idle machine; `@pytest.mark.faults(limit_s=...)` sets another."""


@pytest.fixture(autouse=True)
def time_limit(request: pytest.FixtureRequest) -> Iterator[None]:
    """A scenario that hangs fails, and what it started is ended on the way out."""
    marks = [*request.node.iter_markers("faults"), *request.node.iter_markers("faults_short")]
    limit_s = next((int(mark.kwargs["limit_s"]) for mark in marks if "limit_s" in mark.kwargs), LIMIT_S)

    def over(_signal: int, _frame: object) -> NoReturn:
        raise TimeoutError(f"the scenario is not over after {limit_s} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(limit_s)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def scene(tmp_path: Path, time_limit: None) -> Iterator[Scene]:
    """An installation of the test's own: a fault that broke it would be found again in whatever comes after."""
    with open_scene(tmp_path) as opened:
        yield opened
