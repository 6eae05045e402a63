"""Goal: a transaction is committed only if every record of it lies where it should, as far as the delivery reports tell.

Method: reports as librdkafka gives them, one misfortune at a time.
Blind spot: whether a broker really behaves so; a record lost between the first and the last of a partition together with a foreign one in its place.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError

from screener.runtime.landing import Landing

PLACE = ("decision", 3)


def report(landing: Landing, offset: int | None, place: tuple[str, int] = PLACE, error: KafkaError | None = None) -> None:
    message: Any = SimpleNamespace(topic=lambda: place[0], partition=lambda: place[1], offset=lambda: offset)
    landing.report(error, message)


def three(before: int | None = None) -> Landing:
    landing = Landing({} if before is None else {PLACE: before})
    assert landing.expect([PLACE] * 3) == {0, 2}
    return landing


def test_as_many_offsets_as_records_and_beyond_the_last_transaction() -> None:
    landing = three(before=6)
    report(landing, 8)
    report(landing, 10)
    assert landing.missing() == ""
    assert landing.ends == {PLACE: 10}


@pytest.mark.parametrize(
    ("before", "first", "last", "words"),
    [
        (None, 8, 9, "of 3 records sent into decision partition 3 only 2 are there"),
        (None, 8, None, "of 3 records sent into decision partition 3 only 1 are there"),
        (None, None, None, "the delivery of 3 records into decision partition 3 was not reported whole"),
        (8, 8, 10, "said to lie at offset 8, where an earlier one lies"),  # the very offset that the last transaction ended with
        (9, 8, 10, "said to lie at offset 8, where an earlier one lies"),
    ],
)
def test_what_is_not_where_it_should_be_is_said(before: int | None, first: int | None, last: int | None, words: str) -> None:
    landing = three(before)
    report(landing, first)
    report(landing, last)
    assert words in landing.missing()


def test_a_foreign_record_in_between_is_no_loss() -> None:
    landing = three(before=7)
    report(landing, 8)
    report(landing, 11)
    assert landing.missing() == ""


def test_each_record_that_goes_by_its_key_is_reported() -> None:
    landing = Landing({})
    assert landing.expect([None, PLACE, None]) == {0, 1, 2}
    report(landing, 4)
    report(landing, 1, ("brand-hit", 0))
    assert landing.missing() == "the delivery of 2 records by their keys was reported for 1"
    report(landing, 9, ("brand-hit", 5))
    assert landing.missing() == ""


def test_a_failed_delivery_is_left_to_the_client() -> None:
    landing = three()
    report(landing, None, error=KafkaError(KafkaError._MSG_TIMED_OUT))
    assert landing.missing() == ""
