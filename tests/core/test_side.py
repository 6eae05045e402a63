"""Goal: a side-log version that cannot be used blocks nothing: neither what comes after it, nor the other log, nor a restart.

Method: the real follower over the judge's own compiling, with a consumer that reads prepared logs in the calling thread; what it hands to the engine
names the offsets in force.
Blind spot: a real broker (tests/system/test_modes.py publishes whole, good versions), and what the engine does with what it is handed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
from confluent_kafka import KafkaError, TopicPartition

from screener import topics
from screener.catalog import JUDGE
from screener.processor import Compiled
from screener.runtime.exits import RESTART, EngineStop
from screener.runtime.metrics import METRICS
from screener.runtime.outside import Outside
from screener.runtime.settings import Settings
from screener.runtime.side import SideFollower
from screener.sidelog import encode_version
from tests.driver import BRANDS, RULEBOOK

GOOD_REGISTRY = encode_version([msgspec.to_builtins(brand) for brand in BRANDS])
"""Three records: the manifest is the last."""
OTHER_REGISTRY = encode_version([msgspec.to_builtins(brand) for brand in BRANDS[:1]])
BAD_REGISTRY = encode_version([{"brand_id": 7}])
EMPTY_REGISTRY = encode_version([])
GOOD_RULEBOOK = encode_version([{"text": RULEBOOK}])
OTHER_RULEBOOK = encode_version([{"text": RULEBOOK.replace("0.95", "0.94")}])
BAD_RULEBOOK = encode_version([{"text": "mode = 'from a later release'"}])

SHIPPED = -1


class Logs:
    """The side logs as a consumer sees them; when nothing is left to read, the next step of the scene happens, and after the last one it ends."""

    def __init__(self) -> None:
        self.logs: dict[str, list[bytes]] = {topics.REGISTRY: [], topics.RULEBOOK: [], topics.EVIDENCE: []}
        self.steps: deque[Callable[[], None]] = deque()
        self._positions: dict[str, int] = {}
        self._told_end: dict[str, int] = {}

    def append(self, topic: str, *versions: list[bytes]) -> None:
        """Whole versions at the end of a log."""
        for version in versions:
            self.logs[topic].extend(version)

    def list_topics(self, timeout: float) -> Any:
        return SimpleNamespace(topics=self.logs)

    def assign(self, partitions: list[TopicPartition]) -> None:
        self._positions = {partition.topic: partition.offset for partition in partitions}
        self._told_end = {}

    def consume(self, count: int, timeout: float) -> list[Any]:
        message = self.poll(timeout)
        return [] if message is None else [message]

    def poll(self, timeout: float) -> Any:
        for topic, position in self._positions.items():
            if position < len(self.logs[topic]):
                self._positions[topic] += 1
                return _message(topic, position, self.logs[topic][position], None)
            if self._told_end.get(topic) != position:
                self._told_end[topic] = position
                return _message(topic, position, None, KafkaError(KafkaError._PARTITION_EOF))
        self.steps.popleft()()
        return None

    def close(self) -> None:
        pass


def _message(topic: str, offset: int, value: bytes | None, error: KafkaError | None) -> Any:
    return SimpleNamespace(topic=lambda: topic, offset=lambda: offset, value=lambda: value, error=lambda: error)


class Scene:
    """A follower that runs in this thread once `run` is called."""

    def __init__(self, logs: Logs) -> None:
        self.logs = logs
        self.in_force: list[tuple[int, int]] = []
        """(registry's offset, rulebook's offset) of everything that was handed to the engine."""
        self.failures: list[EngineStop] = []

    def run(self, *steps: Callable[[], None]) -> SideFollower:
        """Starts a worker's follower on the logs, and ends it after the last step."""
        outside = Outside(consumer=lambda _config: self.logs, thread=_Inline)  # type: ignore[arg-type, return-value]
        self.follower = SideFollower(Settings(state_dir=Path("unused")), JUDGE, self._ready, self.failures.append, outside)
        self.logs.steps = deque([*steps, self.follower.stop])
        self.follower.start()
        return self.follower

    def _ready(self, compiled: Compiled) -> None:
        self.in_force.append((compiled.in_force[topics.REGISTRY].offset, compiled.in_force[topics.RULEBOOK].offset))


class _Inline:
    """A thread that runs when it is started, in its starter."""

    def __init__(self, _name: str, target: Callable[[], None]) -> None:
        self.start = target

    def is_alive(self) -> bool:
        return False

    def join(self, timeout: float | None = None) -> None:
        pass


def refused() -> float:
    return float(METRICS.side_rejected._value.get())


def test_a_bad_rulebook_does_not_bar_a_later_good_registry_and_the_other_way_round() -> None:
    logs = Logs()
    logs.append(topics.REGISTRY, GOOD_REGISTRY)
    logs.append(topics.RULEBOOK, GOOD_RULEBOOK)
    scene, before = Scene(logs), refused()
    scene.run(
        lambda: logs.append(topics.RULEBOOK, BAD_RULEBOOK),
        lambda: logs.append(topics.REGISTRY, OTHER_REGISTRY),
        lambda: logs.append(topics.REGISTRY, BAD_REGISTRY),
        lambda: logs.append(topics.RULEBOOK, OTHER_RULEBOOK),
    )
    assert list(dict.fromkeys(scene.in_force)) == [(2, 1), (4, 1), (4, 5)]
    assert refused() - before == 2
    assert not scene.failures


def test_a_restart_falls_back_to_the_last_usable_version_that_lies_on_the_log() -> None:
    logs = Logs()
    logs.append(topics.REGISTRY, OTHER_REGISTRY, GOOD_REGISTRY, BAD_REGISTRY, EMPTY_REGISTRY)
    logs.append(topics.RULEBOOK, GOOD_RULEBOOK, OTHER_RULEBOOK, *[BAD_RULEBOOK] * 5)
    scene, before = Scene(logs), refused()
    follower = scene.run()
    assert scene.in_force == [(4, 3)]
    assert refused() - before == 7
    assert follower.waiting_for == ""
    assert not scene.failures


def test_without_a_usable_rulebook_on_the_log_the_shipped_one_counts() -> None:
    logs = Logs()
    logs.append(topics.REGISTRY, GOOD_REGISTRY)
    logs.append(topics.RULEBOOK, BAD_RULEBOOK)
    scene = Scene(logs)
    scene.run()
    assert scene.in_force == [(2, SHIPPED)]


def test_a_first_rulebook_that_is_refused_leaves_the_shipped_one_in_force() -> None:
    logs = Logs()
    logs.append(topics.REGISTRY, GOOD_REGISTRY)
    scene = Scene(logs)
    scene.run(lambda: logs.append(topics.RULEBOOK, BAD_RULEBOOK), lambda: logs.append(topics.REGISTRY, OTHER_REGISTRY))
    assert list(dict.fromkeys(scene.in_force)) == [(2, SHIPPED), (4, SHIPPED)]


def test_while_nothing_is_usable_readiness_says_what_was_refused_and_a_good_version_ends_it() -> None:
    logs, said = Logs(), list[str]()
    logs.append(topics.REGISTRY, BAD_REGISTRY)
    scene = Scene(logs)
    follower = scene.run(lambda: said.append(scene.follower.waiting_for), lambda: logs.append(topics.REGISTRY, GOOD_REGISTRY))
    assert "no brand registry is in force" in said[0]
    assert f"{topics.REGISTRY} " in said[0]
    assert "at offset 1 cannot be used" in said[0]
    assert scene.in_force == [(4, SHIPPED)]
    assert follower.waiting_for == ""


def test_a_bug_in_the_thread_ends_the_worker() -> None:
    logs = Logs()
    logs.append(topics.REGISTRY, GOOD_REGISTRY)
    scene = Scene(logs)

    def bug() -> None:
        raise LookupError("planted")

    scene.run(bug)
    assert [stop.code for stop in scene.failures] == [RESTART]
    assert "LookupError: planted" in str(scene.failures[0])
