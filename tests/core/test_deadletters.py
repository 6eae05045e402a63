"""Dead letters as values: which ones a replay selects, and what it publishes.

Goal: a selection means what its options say, a record that the screener did not write is no letter, and however often a letter dies and is replayed,
its record names the letter before it and the producer's own record, each once.
Method: letters are made by `outlet.dead_letter`, as the engine makes them.
Blind spot: the broker, the marks and the pace (tests/broker/test_dlq_replay.py).
"""

from __future__ import annotations

import pytest

from screener import outlet, topics
from screener.deadletters import FIRST_ORIGIN, REPLAYED_FROM, Letter, Place, Selection, letter_of, replayed_bytes, replayed_headers
from screener.processor import Headers, Incoming, Origin
from screener.reader import Record

MINE: Headers = (("schema", b"1"), ("x", None), ("x", b"\xff"), ("screener.dlq.note", b"a producer's own"))


def died(headers: Headers, offset: int, place: Place) -> Letter:
    """The letter at `place` of a record that lay at `offset` of the listing topic."""
    outgoing = outlet.dead_letter(
        Incoming(Origin(topics.LISTING, place.partition, offset, 1_000 + offset), b"k", b"{", headers), "not_json", "mend it"
    )
    letter = letter_of(Record(outgoing.topic, place.partition, place.offset, 5_000, outgoing.key, outgoing.value, outgoing.headers))
    assert letter is not None
    return letter


def test_a_letter_says_what_its_headers_say() -> None:
    letter = died(MINE, 7, Place(1, 3))
    assert (letter.place, letter.timestamp_ms, letter.reason, letter.detail) == (Place(1, 3), 5_000, "not_json", "mend it")
    assert letter.origin == Origin(topics.LISTING, 1, 7, 1_007)
    assert str(letter.place) == "1:3"


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("screener.dlq.topic", b"t"), ("screener.dlq.partition", b"0"), ("screener.dlq.offset", b"0")),
        (("screener.dlq.topic", b""), ("screener.dlq.partition", b"0"), ("screener.dlq.offset", b"0"), ("screener.dlq.timestamp_ms", b"0")),
        (("screener.dlq.topic", b"t"), ("screener.dlq.partition", b"-1"), ("screener.dlq.offset", b"0"), ("screener.dlq.timestamp_ms", b"0")),
        (("screener.dlq.topic", b"t"), ("screener.dlq.partition", None), ("screener.dlq.offset", b"\xb2"), ("screener.dlq.timestamp_ms", b"0")),
    ],
)
def test_a_record_without_an_origin_is_no_letter(headers: Headers) -> None:
    assert letter_of(Record(topics.DEAD_LETTER, 0, 0, 0, None, b"", headers)) is None


def test_origins_are_kept_however_often_it_dies() -> None:
    letter = died(MINE, 7, Place(1, 3))
    for again in range(1, 4):
        headers = replayed_headers(letter)
        assert headers[: len(MINE)] == MINE
        assert [value for name, value in headers if name == FIRST_ORIGIN] == [f"{topics.LISTING}:1:7".encode()]
        assert [value for name, value in headers if name == REPLAYED_FROM] == [str(letter.place).encode()]
        letter = died(headers, 7 + again, Place(1, 3 + again))
        assert letter.origin.offset == 7 + again, "a letter's origin is its own input's place"
        assert len(letter.headers) == len(MINE) + 6 + 2


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (Selection(), True),
        (Selection(reasons=("empty", "not_json")), True),
        (Selection(reasons=("empty",)), False),
        (Selection(topics=(topics.LISTING,)), True),
        (Selection(topics=(topics.SELLER,)), False),
        (Selection(places=(Place(1, 3),)), True),
        (Selection(places=(Place(3, 1),)), False),
        (Selection(since_ms=5_000), True),
        (Selection(since_ms=5_001), False),
        (Selection(until_ms=5_000), False),
        (Selection(until_ms=5_001), True),
        (Selection(reasons=("not_json",), until_ms=5_000), False),
    ],
)
def test_a_selection_takes_what_meets_all_its_conditions(selection: Selection, taken: bool) -> None:
    assert selection.takes(died(MINE, 7, Place(1, 3))) is taken


def test_the_size_counts_key_value_and_headers() -> None:
    small, large = died(MINE, 7, Place(1, 3)), died((*MINE, ("y", b"h" * 1_000)), 7, Place(1, 3))
    assert replayed_bytes(large) - replayed_bytes(small) == 1_003
    assert replayed_bytes(small) > sum(len(name) + len(value or b"") for name, value in replayed_headers(small)) + 2
