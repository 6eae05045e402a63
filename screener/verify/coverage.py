"""Which inputs were traced: exactly once each, in order, numbered without gap.

A source's offsets need not be consecutive (transaction markers, aborted records), so a jump is not yet a loss: it is a gap, and whether a record
lies in it is asked of the source topic itself.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence

from msgspec import Struct

from screener import topics
from screener.processor import CLOCK
from screener.verify.findings import Findings, Invariant
from screener.verify.heads import Head


class Gap(Struct, frozen=True):
    """Offsets of a source topic (start <= offset < stop) that were passed and not traced."""

    topic: str
    start: int
    stop: int


class Coverage:
    """Follows one partition's trace; `add` every record in its order."""

    def __init__(self, number: int, findings: Findings, *, may_begin_late: bool) -> None:
        self._number, self._findings, self._may_begin_late = number, findings, may_begin_late
        self.first_sequence = 0
        """Number of the first record that is there, 0 before any."""
        self.sequence = 0
        """Number of the last one."""
        self._first: dict[str, int] = {}
        self._next: dict[str, int] = {}
        self._gaps: list[Gap] = []
        self._ticks = array("q")

    @property
    def begins_late(self) -> bool:
        """Earlier records of the trace were deleted, or all."""
        return self.first_sequence > 1 if self.first_sequence else self._may_begin_late

    @property
    def applied(self) -> Mapping[str, int]:
        """Per source topic the offset after the last traced one."""
        return self._next

    @property
    def last_tick_ms(self) -> int:
        """The latest tick that was traced, 0 before any."""
        return self._ticks[-1] if self._ticks else 0

    def add(self, offset: int, head: Head) -> bool:
        """Takes a trace record that lies at `offset`; False when its input was traced already, so that it stands for nothing new."""
        self._count(offset, head)
        cause = head.cause
        if cause.partition != self._number:
            self._broken("trace_misplaced", offset, f"its input lies on {cause.topic} {cause.partition}")
            return False
        if cause.topic == CLOCK:
            return self._tick(offset, cause.offset)
        return self._input(offset, cause.topic, cause.offset)

    def has(self, topic: str, offset: int) -> bool:
        """Whether that input, or that tick, has a trace record."""
        if topic == CLOCK:
            at = bisect_left(self._ticks, offset)
            return at < len(self._ticks) and self._ticks[at] == offset
        if not self._first.get(topic, offset + 1) <= offset < self._next[topic]:
            return False
        return not any(gap.topic == topic and gap.start <= offset < gap.stop for gap in self._gaps)

    def precedes(self, topic: str, offset: int) -> bool:
        """Whether that input lies before the beginning of a trace that begins late, so that nobody can know its trace record."""
        if not self.begins_late:
            return False
        first = (self._ticks[0] if self._ticks else None) if topic == CLOCK else self._first.get(topic)
        return first is None or offset < first

    def gaps(self, inputs: Sequence[str], committed: Mapping[str, int]) -> tuple[Gap, ...]:
        """Where a lost input may lie: between traced offsets, before the first (of a whole trace), and up to what is `committed` per topic."""
        known = [topic for topic in inputs if topic in self._next or not self.begins_late]
        ends = [Gap(topic, self._next.get(topic, 0), committed.get(topic, 0)) for topic in known]
        return tuple(gap for gap in (*self._gaps, *ends) if gap.start < gap.stop)

    def _count(self, offset: int, head: Head) -> None:
        if not self.first_sequence:
            self.first_sequence = head.sequence if self._may_begin_late else 1
            self.sequence = self.first_sequence - 1
        if head.sequence != self.sequence + 1:
            self._broken("trace_sequence", offset, f"its sequence is {head.sequence}, the one before it has {self.sequence}")
        self.sequence = max(self.sequence, head.sequence)

    def _tick(self, offset: int, now_ms: int) -> bool:
        if self._ticks and now_ms <= self._ticks[-1]:
            doubled = self.has(CLOCK, now_ms)
            self._broken("input_doubled" if doubled else "input_out_of_order", offset, f"tick {now_ms} comes after tick {self._ticks[-1]}")
            if doubled:
                return False
        insort(self._ticks, now_ms)
        return True

    def _input(self, offset: int, topic: str, at: int) -> bool:
        next_offset = self._next.get(topic)
        if next_offset is None:
            self._first[topic] = at if self.begins_late else 0
            next_offset = self._first[topic]
        if at < next_offset:
            return self._again(offset, topic, at)
        if at > next_offset:
            self._gaps.append(Gap(topic, next_offset, at))
        self._next[topic] = at + 1
        return True

    def _again(self, offset: int, topic: str, at: int) -> bool:
        """An input that is not after the last traced one of its topic: traced twice, or late."""
        if self.has(topic, at):
            self._broken("input_doubled", offset, f"{topic} {self._number} offset {at} was traced before")
            return False
        self._broken("input_out_of_order", offset, f"{topic} {self._number} offset {at} is traced after {self._next[topic] - 1}")
        for gap in [gap for gap in self._gaps if gap.topic == topic and gap.start <= at < gap.stop]:
            self._gaps.remove(gap)
            self._gaps += [rest for rest in (Gap(topic, gap.start, at), Gap(topic, at + 1, gap.stop)) if rest.start < rest.stop]
        return True

    def _broken(self, invariant: Invariant, offset: int, detail: str) -> None:
        self._findings.add(invariant, topics.TRACE, self._number, offset, detail)
