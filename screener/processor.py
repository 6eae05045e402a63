"""The seam between the pure core and the engine: what a processor is given and what it answers.

A processor is a pure function from (state, input, side) to an `Outcome`: it reads state through `State`, and everything it wants done (values to
store, records to send) is data in the outcome. The engine, the offline scorer and every replay run the same processors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from screener.codecs import sha256_hex
from screener.contracts import Cause, InForce, OutcomeKind

CLOCK = "clock"
"""Topic name in the cause of what a deadline caused; no Kafka topic has it."""

Headers = tuple[tuple[str, bytes | None], ...]


UNREADABLE_HEADERS: Headers = (("screener.unreadable-headers", None),)
"""Stands for the headers of a record whose client cannot give them: a name that is no UTF-8."""


class NewerFormatError(Exception):
    """State was written by a newer release: start that release again, or wipe the state directory and restore from its changelog."""


class Origin(Struct, frozen=True, gc=False):
    """Where an input lies and when the broker appended it (milliseconds since 1970)."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int

    @property
    def cause(self) -> Cause:
        """The same place as outputs name it."""
        return Cause(topic=self.topic, partition=self.partition, offset=self.offset)


class Incoming(Struct, frozen=True, gc=False):
    """A record as the broker holds it; nothing is decoded yet."""

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: Headers


class Tick(Struct, frozen=True, gc=False):
    """The clock passed a deadline of this partition; `now_ms` never goes back within a partition."""

    now_ms: int


class Malformed(Struct, frozen=True, gc=False):
    """Bytes that are no event: becomes a dead letter. `reason` is one of a few names (a metric label), `detail` says what to do."""

    reason: str
    detail: str


class Input(Struct, frozen=True, gc=False):
    """An event and what the core may know of how it came: `occurred_ms` is the claimed time, at most five minutes after the append time."""

    event: Any
    origin: Origin
    occurred_ms: int
    skewed: bool
    carried: Headers
    """Headers that go along to every output: trace context and the CloudEvents identity of the cause."""
    ahead: Any = None
    """What `Processor.look_ahead` found out about the event with the side that `apply` is given: it saves time and changes no outcome."""


class Outgoing(Struct, frozen=True, gc=False):
    """A record to send. `partition` None means: by the key, murmur2."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers
    partition: int | None


Write = tuple[bytes, bytes | None]
"""A key of the processor's state and its new value; None deletes it."""


class Outcome(Struct, frozen=True, gc=False, kw_only=True):
    """What one input leads to. `records` go out and `writes` are stored in the same transaction as the input's offset."""

    kind: OutcomeKind
    reason: str = ""
    records: tuple[Outgoing, ...] = ()
    writes: tuple[Write, ...] = ()
    decisions: tuple[bytes, ...] = ()
    """The encoded decisions among `records`, for the trace."""
    touched: tuple[bytes, ...] = ()
    """The keys whose values before and after are hashed into the trace."""
    before: tuple[bytes | None, ...] = ()
    """Their values as `apply` found them, in the same order."""
    failed_detectors: tuple[str, ...] = ()
    listing_id: str | None = None
    seller_id: str | None = None
    first_seen: bool = False
    """The key had no state yet (the engine then checks once that its partition is murmur2's)."""


class State(Protocol):
    """What a processor may read of its own state."""

    def get(self, key: bytes, /) -> bytes | None:
        """The value stored under `key`, or None."""

    def scan(self, start: bytes, stop: bytes, limit: int, /) -> Sequence[tuple[bytes, bytes]]:
        """At most `limit` entries with start <= key < stop, in key order."""


class SideVersion(Struct, frozen=True, gc=False):
    """A whole version of a side log: the values of its parts in order, and where its manifest lies."""

    topic: str
    in_force: InForce
    parts: tuple[dict[str, Any], ...]


class NotReady(Struct, frozen=True, gc=False):
    """A side log does not hold what the processor needs before it may judge anything; `reason` ends with what to do."""

    reason: str


class SideRejected(Exception):
    """The newest version of the side log `topic` cannot be used: `cause` says why, and ends with what to do where a person wrote it."""

    def __init__(self, topic: str, cause: Exception) -> None:
        super().__init__(str(cause))
        self.topic, self.cause = topic, cause


class Compiled(Struct, frozen=True, gc=False):
    """Side knowledge ready for use, and the versions it was compiled from, by topic (offset -1: comes with the package)."""

    side: Any
    in_force: dict[str, InForce]


def _as_they_are(items: Sequence[Input | Malformed], _side: Any) -> Sequence[Input | Malformed]:
    return items


class Processor(Struct, frozen=True, gc=False, kw_only=True):
    """One entry of the catalog. A worker process serves one processor; its name is the consumer group's suffix."""

    name: str
    inputs: tuple[str, ...]
    """Input topics; all have the same partition count, and a number of all of them belongs to one worker."""
    backfill: tuple[str, ...]
    """Those of `inputs` that are read only while the others have next to no lag."""
    outputs: tuple[str, ...]
    """Topics it sends to under the input's own partition number: they have the inputs' partition count."""
    keyed_outputs: tuple[str, ...] = ()
    """Topics it sends to by the record's own key: they may have any partition count."""
    changelog: str
    trace: str | None
    """Topic of the trace, one record per input; None for a processor whose inputs are derived from traced decisions."""
    sides: tuple[str, ...]
    """Topics of the side logs it reads."""
    read: Callable[[Incoming], Input | Malformed]
    compile_side: Callable[[Mapping[str, SideVersion]], Compiled | NotReady]
    """Side knowledge from one whole version of each side log; may take seconds, runs aside. Raises `SideRejected`."""
    apply: Callable[[State, Input, Any], Outcome]
    look_ahead: Callable[[Sequence[Input | Malformed], Any], Sequence[Input | Malformed]] = _as_they_are
    """The same inputs, with what is found for less about many at once (`Input.ahead`). Raises nothing."""
    deadline: Callable[[bytes], int | None]
    """The due time in milliseconds that a state key stands for, None for any other key."""
    deadline_range: tuple[bytes, bytes] | None
    """First key and end of the deadlines in key order, None if the processor has none."""


def digest(keys: Sequence[bytes], values: Sequence[bytes | None]) -> str:
    """Hash over keys and their values (None for a missing one), 32 hex digits."""
    return sha256_hex(*keys, *values)[:32]
