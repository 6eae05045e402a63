"""What an engine takes from outside: Kafka clients, clock, threads, state on disk, and the way to end the process.

A worker has the real ones. The seeded simulation (`tests/simulation/`) brings its own, so that one thread and one seed decide everything that
threads, brokers, disks and power cuts decide in production; what runs between them is this package, unchanged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

from screener.runtime.directory import StateDirectory
from screener.runtime.effects import EffectMark
from screener.runtime.exits import die
from screener.runtime.settings import Settings
from screener.runtime.store import KeyValue, RocksStore


class Clock(Protocol):
    """As the module `time`: seconds."""

    def time(self) -> float:
        """Since 1970."""

    def monotonic(self) -> float:
        """Since some start; never goes back."""

    def perf_counter(self) -> float:
        """As `monotonic`, finer."""

    def sleep(self, seconds: float, /) -> None:
        """Blocks the calling thread."""


class Thread(Protocol):
    """A thread that was made and perhaps started."""

    def start(self) -> None:
        """Begins to run."""

    def is_alive(self) -> bool:
        """Started and not ended."""

    def join(self, timeout: float | None = None) -> None:
        """Waits for its end, at most `timeout` seconds."""


class Store(Protocol):
    """The databases of one worker, one a partition."""

    def open(self, partition: int) -> KeyValue:
        """The database of a partition, made when missing."""

    def wipe(self, partition: int) -> None:
        """Deletes a closed partition's database."""


class Mark(Protocol):
    """Is told which effect is under way."""

    def committing(self, effect: Any) -> None:
        """The committing side has entered `effect`."""

    def judging(self, under_way: bool) -> None:
        """A round is being judged, or no longer."""


class Directory(Protocol):
    """Where a worker keeps its state, and who it is."""

    path: Path
    worker_id: str


def _thread(name: str, target: Callable[[], None]) -> Thread:
    return threading.Thread(target=target, name=name, daemon=True)


def _executor(name: str) -> Executor:
    return ThreadPoolExecutor(1, name)


def _wait(event: threading.Event, timeout_s: float) -> bool:
    return event.wait(timeout_s)


@dataclass(frozen=True)
class Outside:
    """Where each of them comes from; the defaults are a worker's."""

    producer: Callable[[dict[str, Any]], Producer] = Producer
    consumer: Callable[[dict[str, Any]], Consumer] = Consumer
    admin: Callable[[dict[str, Any]], AdminClient] = AdminClient
    clock: Clock = time
    thread: Callable[[str, Callable[[], None]], Thread] = _thread
    executor: Callable[[str], Executor] = _executor
    """Runs one call after the other, beside the event loop."""
    wait: Callable[[threading.Event, float], bool] = _wait
    """Blocks the calling thread until the event is set, at most so many seconds; False if it was not."""
    directory: Callable[[Settings], Directory] = StateDirectory
    store: Callable[[Path], Store] = RocksStore
    mark: Callable[[Path], Mark] = EffectMark
    die: Callable[[str], NoReturn] = die
    """Ends the process at once."""


REAL = Outside()
"""A worker's own."""
