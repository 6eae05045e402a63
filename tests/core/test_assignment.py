"""Goal: a worker serves partition numbers only where all topics have them alike.

Method: the two pure checks, scene by scene.
Blind spot: what the group's assignor really hands out (tests/system/test_three_workers.py).
"""

from __future__ import annotations

import pytest

from screener.runtime.assignment import WrongAssignment, check_counts, numbers_of

COUNTS = {"a": 4, "b": 4}


def test_counts_must_be_one() -> None:
    check_counts({})
    check_counts(COUNTS)
    with pytest.raises(WrongAssignment, match=r"\(a 4, b 8\).*new application id"):
        check_counts({"b": 8, "a": 4})


def test_the_numbers_assigned_of_every_topic_alike() -> None:
    assert numbers_of({}, COUNTS) == ()
    assert numbers_of({"a": {2, 0}, "b": {0, 2}}, COUNTS) == (0, 2)


@pytest.mark.parametrize("assigned", [{"a": {0, 1}, "b": {0}}, {"a": {0}}, {"a": {0}, "b": {0}, "c": {0}}, {"a": {0}, "b": set()}])
def test_anything_else_is_another_member_s_doing(assigned: dict[str, set[int]]) -> None:
    with pytest.raises(WrongAssignment, match="stop all workers of the group"):
        numbers_of(assigned, COUNTS)
