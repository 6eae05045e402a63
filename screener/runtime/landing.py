"""Where the records of a transaction landed: the last line against one that is lost between producing and committing.

A worker is the only writer of its partitions, so what one transaction puts into one of them lies offset by offset. The delivery reports of the
first and the last record tell whether as many offsets were given as records were sent, at the price of two reports a partition. Of a record whose
partition its key decides the neighbours are unknown: each is reported. And no offset is given twice: one that is not beyond the last transaction's
was the answer to another record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError

Place = tuple[str, int]
"""Topic and partition."""


@dataclass
class _Span:
    first: int | None = None
    last: int | None = None


class Landing:
    """Collects the delivery reports of one transaction. `before` has the last offset that earlier ones were given in each partition."""

    def __init__(self, before: Mapping[Place, int]) -> None:
        self._before = before
        self._sent: Counter[Place] = Counter()
        self._spans: dict[Place, _Span] = {}
        self._keyed = self._keyed_landed = 0
        self._failed = False

    def expect(self, places: Sequence[Place | None]) -> frozenset[int]:
        """Notes one record for each of `places`, in the order of sending; None stands for one that goes where its key says.

        Returns the indexes whose delivery is to be reported to `report`.
        """
        first: dict[Place, int] = {}
        last: dict[Place, int] = {}
        keyed: list[int] = []
        for index, place in enumerate(places):
            if place is None:
                keyed.append(index)
                continue
            first.setdefault(place, index)
            last[place] = index
            self._sent[place] += 1
        self._keyed += len(keyed)
        self._spans.update((place, _Span()) for place in first)
        return frozenset((*first.values(), *last.values(), *keyed))

    def report(self, error: KafkaError | None, message: Any) -> None:
        """A delivery report, as `Producer.produce` calls it."""
        offset = message.offset()
        if error is not None:
            self._failed = True
            return
        if offset is None or offset < 0:
            return
        span = self._spans.get((message.topic(), message.partition()))
        if span is None:
            self._keyed_landed += 1
            return
        span.first = offset if span.first is None else min(span.first, offset)
        span.last = offset if span.last is None else max(span.last, offset)

    @property
    def ends(self) -> dict[Place, int]:
        """The last offset in each partition, once `missing` has found nothing missing."""
        return {place: span.last for place, span in self._spans.items() if span.last is not None}

    def missing(self) -> str:
        """Once everything was flushed: what is wrong in the first partition with fewer offsets than records, in words; empty if nothing is.

        More offsets than records are no loss: a foreign producer wrote in between. Where a delivery failed nothing is said: the client refuses the
        commit, and its error has the reason.
        """
        if self._failed:
            return ""
        for (topic, partition), span in self._spans.items():
            sent = self._sent[topic, partition]
            if span.first is None or span.last is None:
                return f"the delivery of {sent} records into {topic} partition {partition} was not reported whole"
            if span.last - span.first + 1 < sent:
                return f"of {sent} records sent into {topic} partition {partition} only {span.last - span.first + 1} are there"
            if span.first <= self._before.get((topic, partition), -1):
                return f"a record sent into {topic} partition {partition} was said to lie at offset {span.first}, where an earlier one lies"
        if self._keyed_landed < self._keyed:
            return f"the delivery of {self._keyed} records by their keys was reported for {self._keyed_landed}"
        return ""
