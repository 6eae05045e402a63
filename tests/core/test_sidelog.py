"""Goal: a version of a side log takes force whole or not at all, whatever its writers left on the log.

Method: hypothesis interleaves whole versions, abandoned ones, torn ones and rubbish; a model says which version must be the newest after each record.
Blind spot: two writers of the *same* version whose records alternate (neither takes force; the publisher's transactional id prevents it), and what a
version must contain to be of use.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.codecs import canonical
from screener.contracts import SideManifest, SidePart
from screener.sidelog import SideReader, encode_version, shipped, version_of

TOPIC = "screening.registry"
PARTS: list[dict[str, Any]] = [{"brand_id": "a", "name": "Velmora"}, {"brand_id": "b", "name": "塔昆特"}]

part_values = st.dictionaries(st.text(max_size=4), st.integers(-9, 9) | st.text(max_size=4) | st.lists(st.booleans(), max_size=2), max_size=3)
versions = st.lists(part_values, max_size=4)


def fed(*values: bytes | None) -> SideReader:
    reader = SideReader(TOPIC)
    for offset, value in enumerate(values):
        reader.feed(offset, value)
    return reader


def in_force(reader: SideReader) -> tuple[int, list[dict[str, Any]]] | None:
    newest = reader.newest
    return None if newest is None else (newest.in_force.offset, list(newest.parts))


def test_a_version_takes_force_with_its_manifest() -> None:
    reader, values = SideReader(TOPIC), encode_version(PARTS)
    assert [reader.feed(offset, value) for offset, value in enumerate(values, 10)] == [False, False, True]
    assert reader.newest is not None
    assert (reader.newest.topic, reader.newest.in_force.offset, reader.newest.in_force.version) == (TOPIC, 12, version_of(PARTS))
    assert list(reader.newest.parts) == PARTS
    assert reader.unreadable == 0


def test_the_newest_whole_version_counts() -> None:
    old, new = encode_version(PARTS), encode_version(PARTS[:1])
    assert in_force(fed(*old, *new)) == (4, PARTS[:1])
    assert in_force(fed(*new, *old)) == (4, PARTS)
    assert in_force(fed(*old, *old)) == (5, PARTS)  # the same again: in force from its newest manifest


def test_a_version_without_parts_is_whole() -> None:
    assert in_force(fed(*encode_version([]))) == (0, [])
    assert in_force(fed(canonical(SidePart(version=version_of([]), value={})), *encode_version([]))) == (1, [])


def test_two_writers_at_once_leave_one_whole_version() -> None:
    """Their transactions may be shown record by record in turn; the manifest that comes first ends the other's version."""
    one, two = encode_version(PARTS), encode_version([{"x": 1}, {"y": 2}])
    reader = fed(one[0], two[0], one[1], two[1], one[2], two[2])
    assert in_force(reader) == (4, PARTS)
    assert reader.unreadable == 1


def test_a_writer_that_died_and_began_anew_succeeds() -> None:
    """The same file has the same hash, so what the first try left carries the second try's version."""
    values = encode_version(PARTS)
    assert in_force(fed(values[0], *values)) == (3, PARTS)
    assert in_force(fed(values[0], values[1], *values)) == (4, PARTS)
    assert in_force(fed(*values[:2], *values[:1], *values)) == (5, PARTS)


@pytest.mark.parametrize(
    "values",
    [
        encode_version(PARTS)[1:],
        [encode_version(PARTS)[1], encode_version(PARTS)[0], encode_version(PARTS)[2]],
        [*encode_version(PARTS)[:1], *encode_version(PARTS)[2:]],
        [encode_version(PARTS)[0], encode_version(PARTS)[1].replace(b"\xe5\xa1\x94", b"\xe5\xa1\x95"), encode_version(PARTS)[2]],
        [*encode_version(PARTS)[:2], canonical(SideManifest(version=version_of(PARTS), count=1))],
        [*encode_version(PARTS)[:2], canonical(SideManifest(version=version_of(PARTS), count=3))],
        [*encode_version(PARTS)[:2], canonical(SideManifest(version=version_of(PARTS), count=0))],
        [*encode_version(PARTS)[:2], canonical(SideManifest(version="another", count=2))],
        [encode_version(PARTS)[2]],
    ],
    ids=["first missing", "swapped", "last missing", "one character", "count too small", "too large", "none", "version", "no parts"],
)
def test_what_does_not_fit_its_manifest_is_refused(values: list[bytes]) -> None:
    before = encode_version([{"before": True}])
    reader = fed(*before, *values)
    assert in_force(reader) == (1, [{"before": True}])
    assert reader.unreadable == 1
    for offset, value in enumerate(encode_version(PARTS), 20):  # and nothing of it is left to spoil the next
        reader.feed(offset, value)
    assert in_force(reader) == (22, PARTS)


@pytest.mark.parametrize(
    "rubbish",
    [None, b"", b"{", b"\xff", b"[]", b'{"kind":"part"}', b'{"kind":"other","version":"v"}', b'{"version":"v","value":{}}', b"[" * 5_000],
)
def test_rubbish_is_counted_and_disturbs_nothing(rubbish: bytes | None) -> None:
    values = encode_version(PARTS)
    reader = fed(values[0], rubbish, values[1], values[2])
    assert in_force(reader) == (3, PARTS)
    assert reader.unreadable == 1


@pytest.mark.parametrize("number", [2**64, -(2**70)])
def test_a_value_beyond_64_bits_raises_nothing(number: int) -> None:
    part = json.dumps({"kind": "part", "version": "v", "value": {"n": number}}).encode()
    reader = fed(part, canonical(SideManifest(version="v", count=1)))
    assert (reader.newest, reader.unreadable) == (None, 1)


def test_a_deep_value_raises_nothing() -> None:
    """Reading and hashing meet the interpreter's limit at different depths."""
    for levels in (100, 5_000, *range(900, 1_000)):
        part = b'{"kind":"part","version":"v","value":{"n":' + b"[" * levels + b"]" * levels + b"}}"
        reader = fed(part, canonical(SideManifest(version="v", count=1)))
        assert reader.newest is None
        assert reader.unreadable == 1 if levels == 100 else reader.unreadable in (1, 2)


@given(versions)
def test_every_version_reads_back(parts: list[dict[str, Any]]) -> None:
    values = encode_version(parts)
    assert in_force(fed(*values)) == (len(parts), parts)
    assert all(isinstance(msgspec.json.decode(value, type=SidePart | SideManifest), SidePart) for value in values[:-1])


@given(versions, versions)
def test_different_parts_are_different_versions(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    assert (version_of(one) == version_of(other)) == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


def test_the_order_of_parts_is_part_of_a_version_and_the_order_of_fields_is_not() -> None:
    assert version_of(PARTS) != version_of(PARTS[::-1])
    assert version_of([{"a": 1, "b": 2}]) == version_of([{"b": 2, "a": 1}])


# A script: what a writer does, one after the other. `torn` writes the first records of a version and dies; `rubbish` is no record of ours.
steps = st.lists(
    st.one_of(
        st.tuples(st.just("whole"), versions),
        st.tuples(st.just("torn"), st.lists(part_values, min_size=1, max_size=4)),
        st.tuples(st.just("damaged"), st.lists(part_values, min_size=1, max_size=3)),
        st.tuples(st.just("rubbish"), st.just([])),
    ),
    max_size=8,
)


@given(steps, st.data())
def test_only_whole_versions_ever_take_force(script: list[tuple[str, list[dict[str, Any]]]], data: st.DataObject) -> None:
    reader, offset, expected = SideReader(TOPIC), 0, None
    for kind, parts in script:
        values: list[bytes] = encode_version(parts)
        if kind == "torn":
            values = values[: data.draw(st.integers(1, len(parts)))]
        elif kind == "damaged":
            victim = data.draw(st.integers(0, len(parts) - 1))
            values[victim] = canonical(SidePart(version=version_of(parts), value={**parts[victim], "damage": 1}))
        elif kind == "rubbish":
            values = [b"no record"]
        for number, value in enumerate(values):
            completed = reader.feed(offset, value)
            if kind == "whole" and number == len(values) - 1:
                expected = (offset, parts)
            assert completed == (kind == "whole" and number == len(values) - 1)
            assert in_force(reader) == expected
            offset += 1


@given(st.lists(versions, min_size=2, max_size=3, unique_by=version_of), st.randoms(use_true_random=False))
def test_whatever_takes_force_when_writers_interleave_is_one_of_theirs(written: list[list[dict[str, Any]]], dice: Any) -> None:
    queues = [encode_version(parts) for parts in written]
    reader, offset, first_manifest = SideReader(TOPIC), 0, None
    while any(queues):
        queue = dice.choice([queue for queue in queues if queue])
        value = queue.pop(0)
        reader.feed(offset, value)
        if first_manifest is None and not queue:
            first_manifest = offset
        offset += 1
        seen = in_force(reader)
        assert seen is None or seen[1] in written
    newest = in_force(reader)
    assert newest is not None, "the first manifest always ends a whole version"
    assert first_manifest is not None
    assert newest[0] >= first_manifest


def test_a_shipped_version_lies_on_no_topic() -> None:
    version = shipped(TOPIC, PARTS)
    assert (version.topic, version.in_force.offset, version.in_force.version, list(version.parts)) == (TOPIC, -1, version_of(PARTS), PARTS)
