"""What the poll thread hands on: the assignment it holds, and batches fetched under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from screener.runtime.exits import ANEW


@dataclass(frozen=True, eq=False)
class Assignment:
    """The partition numbers a worker owns, frozen when the group assigned them.

    `metadata` is the group metadata of that very moment: the broker checks the generation of a commit, never that the member owns the partition, so
    metadata read later would let a late round of a lost partition through.
    """

    epoch: int
    numbers: tuple[int, ...]
    metadata: Any
    counts: Mapping[str, int]
    """Partition count of every input topic."""

    @property
    def partition_count(self) -> int:
        """The one count that all of them have."""
        return next(iter(self.counts.values()))


@dataclass(frozen=True, eq=False)
class Batch:
    """Consecutive records of one partition of one topic, fetched under one assignment."""

    assignment: Assignment
    topic: str
    partition: int
    records: list[Any]


class WrongAssignment(Exception):
    """Topics are not co-partitioned in this group; the message ends with what to do."""


def check_counts(counts: Mapping[str, int]) -> None:
    """Raises `WrongAssignment` when a processor's topics differ in their partition count."""
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{topic} {count}" for topic, count in sorted(counts.items()))
        raise WrongAssignment(f"topics have different partition counts ({listed}); see `screener topics check`, or {ANEW}")


def numbers_of(assigned: Mapping[str, set[int]], counts: Mapping[str, int]) -> tuple[int, ...]:
    """The partition numbers that were assigned of every topic alike; `counts` names the topics. Raises `WrongAssignment` when they differ."""
    sets = {frozenset(numbers) for numbers in assigned.values()}
    if not sets:
        return ()
    if len(sets) > 1 or set(assigned) != set(counts):
        listed = ", ".join(f"{topic} {sorted(assigned.get(topic, ()))}" for topic in sorted(counts))
        raise WrongAssignment(
            f"the group gave this worker different numbers of its topics ({listed}): members with other subscriptions or another assignor are in it; "
            "stop all workers of the group, wait until their sessions are over (SCREENER_SESSION_TIMEOUT_MS), then start one release"
        )
    return tuple(sorted(next(iter(sets))))
