"""Folding the trace of a running system anew and holding what its topics say against it: for `replay --verify` and `verify`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from screener import topics
from screener.catalog import JUDGE
from screener.reader import TopicReader
from screener.verify.changelog import ChangelogEnd, Misfit
from screener.verify.replay import Replay, Replayed, Sides

TRIES = 3
"""Compaction may take the newest `m` while the changelog is read; then it is read anew."""


class Taker(Protocol):
    """Who is told what the fold met."""

    def add(self, number: int, one: Replayed, /) -> None:
        """One trace record more."""

    def compared(self, states: int, misfits: Mapping[bytes, Misfit], /) -> None:
        """One changelog partition more: so many keys, and those that do not fit."""

    def not_compared(self, number: int, reason: str, /) -> None:
        """A changelog partition that cannot be compared."""


def fold(config: Mapping[str, Any], any_version: bool, taker: Taker) -> None:
    """Decides the trace again, one partition after the other with its whole state in memory, and compares the changelog's end. Raises `Undecided`."""
    with (
        TopicReader(config, topics.TRACE) as reader,
        TopicReader(config, topics.JUDGE_CHANGELOG) as changelog,
        TopicReader(config, *JUDGE.sides) as side_logs,
    ):
        sides, read_to = Sides(), dict[tuple[str, int], int]()
        for number in [place.partition for place in reader.partitions]:
            # A round's state and trace become visible together, so what the changelog ends with is in the trace up to an end that is taken later, and
            # every side-log version that the trace names lies before the ends taken last.
            end, changelog_stop = _changelog_end(changelog, number)
            stops, side_stops = {(topics.TRACE, number): reader.bounds((topics.TRACE, number))[1]}, side_logs.ends()
            for record in side_logs.between(read_to, side_stops):
                sides.feed(record.topic, record.offset, record.value)
            read_to = side_stops
            one, low, compared = Replay(number, sides, any_version=any_version), reader.bounds((topics.TRACE, number))[0], False
            for record in reader.between({(topics.TRACE, number): low}, stops):
                taker.add(number, one.feed(record.offset, record.value, may_begin_late=low > 0))
                if one.sequence == end.sequence and not compared:
                    compared = True
                    _compare(one, end, changelog_stop, changelog, taker)
            if not one.sequence and not end.sequence:
                _compare(one, end, changelog_stop, changelog, taker)
            elif not compared:
                said = f"its m speaks of {end.sequence or 0} trace records, the trace ends at {one.sequence}"
                taker.not_compared(number, f"{said}; see `screener verify`")


def _changelog_end(changelog: TopicReader, number: int) -> tuple[ChangelogEnd, int]:
    """The end of a partition, and the offset before which it was read."""
    place = (topics.JUDGE_CHANGELOG, number)
    for _ in range(TRIES):
        low, stop = changelog.bounds(place)
        end = ChangelogEnd(number)
        for record in changelog.between({place: low}, {place: stop}):
            end.feed(record.offset, record.key, None if record.deletes else record.value)
        if end.ends_a_round:
            break
    return end, stop


def _compare(one: Replay, end: ChangelogEnd, read_to: int, changelog: TopicReader, taker: Taker) -> None:
    """The replay is where the changelog ends. A key that a round wrote since then may have lost its older record: it is not compared."""
    if one.unsure:
        taker.not_compared(end.number, one.unsure)
        return
    misfits = end.compare(one.state)
    if misfits:
        place = (topics.JUDGE_CHANGELOG, end.number)
        for record in changelog.between({place: read_to}, {place: changelog.bounds(place)[1]}):
            misfits.pop(record.key or b"", None)
    taker.compared(len(one.state), misfits)
