"""The judge as the simulated workers run it: the real one, compiled once per pair of side-log versions, with a detector that some titles break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from screener import topics
from screener.catalog import JUDGE, shipped_rulebook
from screener.judge import content
from screener.judge.detectors import DETECTORS, Detector
from screener.processor import Compiled, NotReady, SideVersion
from tests.simulation.inputs import BREAKS_A_DETECTOR

_compiled: dict[tuple[str, ...], Compiled] = {}
COMPILED_MAX = 64
"""Kept at a time: versions have other offsets in every world, and a world has a handful."""


def compiled_once(versions: Mapping[str, SideVersion]) -> Compiled | NotReady:
    """`JUDGE.compile_side`, each set of versions once in a world."""
    if topics.REGISTRY not in versions:
        return JUDGE.compile_side(versions)
    key = tuple(str((topic, versions[topic].in_force)) for topic in sorted(versions))
    if key not in _compiled:
        compiled = JUDGE.compile_side(versions)
        assert isinstance(compiled, Compiled)
        if len(_compiled) >= COMPILED_MAX:
            _compiled.clear()
        _compiled[key] = compiled
    return _compiled[key]


SHIPPED_RULEBOOK = shipped_rulebook()
PROCESSOR = msgspec.structs.replace(JUDGE, compile_side=compiled_once)


def _failing_detector(event: Any, *_rest: Any) -> None:
    if BREAKS_A_DETECTOR in event.title:
        raise ValueError(event.title)


@contextmanager
def failing_detector() -> Iterator[None]:
    """A detector more, with a bug that some titles meet."""
    content.DETECTORS = (*DETECTORS, Detector("failing", _failing_detector))  # type: ignore[attr-defined]
    try:
        yield
    finally:
        content.DETECTORS = DETECTORS  # type: ignore[attr-defined]
