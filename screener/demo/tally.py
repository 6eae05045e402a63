"""What is known while the stream runs, and the thread that reads it off the topics: each decision as it is committed, what became of each event."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from types import TracebackType
from typing import BinaryIO, Final, Self

import msgspec
from msgspec import Struct

from screener import topics
from screener.contracts import DecisionKind
from screener.demo.report import percentile
from screener.reader import Record, TopicReader
from screener.tracing import glance

LOOK_S: Final = 0.2
"""How often the reading thread looks whether it is to end."""

LATEST_KEPT: Final = 6
"""Stopped listings shown while it runs: what an eye takes in before the next ones come."""

QUOTE_MAX: Final = 24
"""Characters of a quote shown while it runs; longer ones, whole titles mostly, would fill the line."""

CLOSE_S: Final = 5.0
"""Patience with the reading thread at the end; it wakes several times a second."""


class DemoFailed(Exception):
    """The run cannot go on; the text ends with what to do."""


class Glimpse(Struct, frozen=True, kw_only=True):
    """The state of a run at one moment."""

    seconds: float
    """Since the first event."""
    published: int
    decided: int
    blocked: int
    held: int
    waiting: int
    """Published, and nothing has become of them yet."""
    p99_ms: int | None
    latest: tuple[str, ...]
    """The last few listings that were stopped, the newest last: decision, listing, evidence."""


class _Evidence(Struct, frozen=True):
    name: str
    quote: str = ""


class _DecisionGlance(Struct, frozen=True):
    """The few fields of a decision that are told while it runs; decoding skips the rest."""

    decision: DecisionKind
    listing_id: str
    signals: tuple[_Evidence, ...]
    appended_ms: int

    def words(self) -> str:
        """The decision in a line, with the seller's own characters where they are the evidence."""
        evidence = (f"{one.name} “{one.quote}”" if 0 < len(one.quote) <= QUOTE_MAX else one.name for one in self.signals)
        return f"{self.decision} {self.listing_id}: {', '.join(evidence)}"


_decode = msgspec.json.Decoder(_DecisionGlance).decode


class Tally:
    """Counts of one run, as the topics tell them. `published` is the sender's; everything else is read by `Follower`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self.published = 0
        self.outcomes: Counter[str] = Counter()
        self.decisions: Counter[str] = Counter()
        self.latency: Counter[int] = Counter()
        self._latest: deque[str] = deque(maxlen=LATEST_KEPT)

    def take_decision(self, value: bytes, now_ms: int) -> None:
        """A decision was read at `now_ms`. Latency counts from the append of its input, on this same machine's clock."""
        decision = _decode(value)
        with self._lock:
            self.decisions[decision.decision] += 1
            self.latency[max(0, now_ms - decision.appended_ms)] += 1
            if decision.decision in ("block", "hold"):
                self._latest.append(decision.words())

    def take_outcome(self, value: bytes) -> None:
        """A trace record was read: something became of an event."""
        head = glance(value)
        if head.cause.topic == topics.LISTING:
            with self._lock:
                self.outcomes[head.outcome] += 1

    @property
    def seconds(self) -> float:
        """Since the first event."""
        return time.monotonic() - self._started

    @property
    def finished(self) -> int:
        """Events of which something has become."""
        with self._lock:
            return self.outcomes.total()

    @property
    def is_complete(self) -> bool:
        """Whether something became of every event, and each decision that the trace tells of was read."""
        with self._lock:
            return self.outcomes.total() >= self.published and self.decisions.total() >= self.outcomes["judged"]

    def glimpse(self) -> Glimpse:
        """The state now."""
        with self._lock:
            return Glimpse(
                seconds=self.seconds,
                published=self.published,
                decided=self.decisions.total(),
                blocked=self.decisions["block"],
                held=self.decisions["hold"],
                waiting=max(0, self.published - self.outcomes.total()),
                p99_ms=percentile(self.latency, 99) if self.latency else None,
                latest=tuple(self._latest),
            )


class Follower:
    """Reads decisions and trace into a tally, in a thread, and writes every decision to a file as it comes. A context manager."""

    def __init__(self, bootstrap: str, tally: Tally, decisions: BinaryIO) -> None:
        self._tally, self._file = tally, decisions
        self._reader = TopicReader({"bootstrap.servers": bootstrap}, topics.DECISION, topics.TRACE)
        self._reader.start(self._reader.ends())
        self._stopping = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopping = True
        self._thread.join(CLOSE_S)
        self._reader.close()

    def check(self) -> None:
        """Raises `DemoFailed` if the reading thread has ended."""
        if self._failure is not None:
            raise DemoFailed(f"the decisions could not be read on: {self._failure}; see the worker's log, and try again") from self._failure

    def _run(self) -> None:
        try:
            while not self._stopping:
                for record in self._reader.follow(LOOK_S):
                    self._take(record)
        except Exception as error:  # whatever it was, the main thread tells it and ends the run
            self._failure = error

    def _take(self, record: Record) -> None:
        if record.topic == topics.DECISION:
            self._tally.take_decision(record.value, time.time_ns() // 1_000_000)
            self._file.write(record.value + b"\n")
        else:
            self._tally.take_outcome(record.value)
