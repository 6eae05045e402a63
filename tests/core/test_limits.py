"""Goal: no producer can make the screener remember, decide about or send on an unbounded amount: every field of every input has a limit.

Method: the types of all input contracts are walked, fields within fields too; a text, list or number without a limit fails, and the walker is first
shown types with planted gaps. `attributes` is free: for it, records of the largest size are judged, and what is kept and sent is measured.
Blind spot: memory while a record is decoded (bounded by the broker's limit for a record), and rulebooks and registries, whose writers are trusted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta, Struct
from msgspec import inspect as types

from screener import topics
from screener.catalog import PROCESSORS
from screener.contracts import Brand, BrandHit, Id
from screener.intake import INPUT_CONTRACTS
from screener.offline import Offline
from screener.topicfiles import find, load_topics
from tests.driver import published
from tests.streams import BRANDS

CONTRACTS: dict[str, Any] = {**INPUT_CONTRACTS, topics.BRAND_HIT: BrandHit}
SPECS = load_topics()

FREE = {f"{topic}.attributes" for topic in (topics.LISTING, topics.LISTING_BACKFILL)}
"""Fields bounded by the record's size and the depth of its JSON alone."""

RECORD_BYTES_MAX = 1024 * 1024
FRAME_BYTES = 64 * 1024

STATE_BYTES_MAX = 64 * 1024
"""What the judge may keep of one event, whatever its size."""


def gaps(kind: types.Type, place: str) -> Iterator[str]:
    """Places within the type that have no limit."""
    match kind:
        case types.Metadata(type=inner):  # a description around the type
            yield from gaps(inner, place)
        case types.StrType(max_length=None, pattern=pattern) if pattern is None or re.search(r"(?<!\\)[*+]|,\}", pattern):
            yield place
        case types.BytesType(max_length=None) | types.AnyType() | types.DictType(max_length=None) | types.RawType():
            yield place
        case types.IntType(le=None, lt=None) | types.IntType(ge=None, gt=None):
            yield place
        case types.ListType(max_length=None) | types.VarTupleType(max_length=None) | types.SetType(max_length=None):
            yield place
        case types.ListType(item_type=item) | types.VarTupleType(item_type=item) | types.SetType(item_type=item):
            yield from gaps(item, f"{place}[]")
        case types.DictType(key_type=key, value_type=value):
            yield from gaps(key, f"{place} key")
            yield from gaps(value, f"{place}{{}}")
        case types.TupleType(item_types=items) | types.UnionType(types=items):
            for item in items:
                yield from gaps(item, place)
        case types.StructType(fields=fields):
            for one in fields:
                yield from gaps(one.type, f"{place}.{one.encode_name}")
        case types.StrType() | types.BytesType() | types.IntType() | types.LiteralType() | types.NoneType() | types.BoolType() | types.DateTimeType():
            return
        case types.FloatType():
            return  # eight bytes
        case _:
            yield f"{place}: {type(kind).__name__}, which this test does not know"


@pytest.mark.parametrize(("topic", "contract"), CONTRACTS.items(), ids=CONTRACTS)
def test_every_field_of_an_input_has_a_limit(topic: str, contract: Any) -> None:
    assert set(gaps(types.type_info(contract), topic)) <= FREE


def test_all_inputs_are_walked() -> None:
    assert {topic for processor in PROCESSORS.values() for topic in processor.inputs} == set(CONTRACTS)
    assert {name for topic, one in CONTRACTS.items() for name in gaps(types.type_info(one), topic)} == FREE


class _Inner(Struct):
    free: str


class _Planted(Struct):
    fine: Id
    kind: Literal["a", "b"]
    when: datetime
    text: str
    pattern: Annotated[str, Meta(pattern="^a+$")]
    number: int
    half: Annotated[int, Meta(ge=0)]
    many: tuple[Id, ...]
    each: Annotated[list[str], Meta(max_length=3)]
    inner: _Inner | None
    table: Annotated[dict[str, Id], Meta(max_length=3)]
    anything: Any


def test_the_walker_finds_planted_gaps() -> None:
    found = {place.removeprefix("p.") for place in gaps(types.type_info(_Planted), "p")}
    assert found == {"text", "pattern", "number", "half", "many", "each[]", "inner.free", "table key", "anything"}


@pytest.mark.parametrize("topic", CONTRACTS)
def test_a_topic_takes_no_record_beyond_its_size(topic: str) -> None:
    limit = int(find(SPECS, topic).config["max.message.bytes"])
    assert limit <= (RECORD_BYTES_MAX + FRAME_BYTES) * (2 if topic == topics.BRAND_HIT else 1)  # that one is written by the judge alone


def padded(**more: Any) -> dict[str, Any]:
    """An event with these fields, its attributes filled up to the largest record."""
    return {**msgspec.to_builtins(published("s-1", "l-1", 1, "soft Velmora scarf")), **more}


LARGEST: dict[str, Any] = {
    "one long text": lambda room: {"k": "Velmora " * (room // 8)},
    "many names": lambda room: {f"k{number:06}": "v" for number in range(room // 20)},
    "a long name": lambda room: {"k" * room: 1},
    "a long list": lambda room: {"k": [1] * (room // 3)},
    "a number of many digits": lambda room: {"k": int("9" * 4_000)},
}


@pytest.mark.parametrize("fill", LARGEST.values(), ids=LARGEST)
def test_attributes_of_a_whole_record_leave_little_behind(fill: Any) -> None:
    offline = Offline([msgspec.convert(brand, Brand) for brand in BRANDS])
    room = RECORD_BYTES_MAX - len(json.dumps(padded(attributes={}))) - 100
    value = json.dumps(padded(attributes=fill(room))).encode()
    assert len(value) <= RECORD_BYTES_MAX
    outcome = offline.judge(value)[0].outcome
    assert outcome.kind in ("judged", "dead_letter")
    assert sum(len(key) + len(state or b"") for key, state in outcome.writes) <= STATE_BYTES_MAX
    for record in outcome.records:
        assert len(record.value or b"") <= int(find(SPECS, record.topic).config["max.message.bytes"]) - FRAME_BYTES
