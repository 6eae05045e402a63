"""Goal: equal values are equal bytes, different lists of parts never share a hash, and what is encoded reads back.

Method: properties against Python's own json and hashlib; known bytes.
Blind spot: floating point numbers beyond those that occur (six digits): their shortest form is msgspec's.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from screener.codecs import canonical, sha256_hex
from screener.contracts import Cause, InForce, ListingRemoved, TraceHead
from tests.driver import removed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=15,
)


def reference(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(JSON)
def test_canonical_json_is_sorted_compact_and_utf8(value: Any) -> None:
    encoded = canonical(value)
    assert json.loads(encoded) == value
    assert canonical(json.loads(encoded)) == encoded
    assert b"\n" not in encoded


@given(
    st.dictionaries(
        st.text(max_size=6), st.dictionaries(st.text(alphabet="abz\u00e9\uffff\U0001f9e3", max_size=3), st.integers(), max_size=4), max_size=5
    )
)
def test_keys_are_sorted_as_utf8_on_every_level(value: dict[str, Any]) -> None:
    reordered = {name: dict(reversed(inner.items())) for name, inner in reversed(value.items())}
    assert canonical(value) == canonical(reordered)
    names = list(json.loads(canonical(value)))
    assert names == sorted(value, key=str.encode)


@given(
    st.dictionaries(
        st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=8), st.integers(-(2**63), 2**63), max_size=5
    )
)
def test_canonical_json_agrees_with_pythons(value: dict[str, int]) -> None:
    assert canonical(value) == reference(value)


def test_known_bytes() -> None:
    assert canonical({"b": [1.5, None, True], "a": {"z": "é\n", "y": "\u2028"}}) == '{"a":{"y":"\u2028","z":"é\\n"},"b":[1.5,null,true]}'.encode()
    assert canonical(Cause(topic="t", partition=1, offset=2)) == b'{"offset":2,"partition":1,"topic":"t"}'


def test_structs_times_and_tags_are_written_as_on_the_wire() -> None:
    event = removed("s", "l", 3)
    encoded = canonical(event)
    assert list(json.loads(encoded)) == ["event_id", "listing_id", "occurred_at", "revision", "seller_id", "type"]
    assert (json.loads(encoded)["type"], json.loads(encoded)["occurred_at"]) == ("removed", "2026-01-05T10:00:00Z")
    assert msgspec.json.decode(encoded, type=ListingRemoved) == event


def test_raw_parts_go_in_as_they_are() -> None:
    part = canonical({"b": 1, "a": 2})
    assert canonical({"x": (msgspec.Raw(part),)}) == b'{"x":[{"a":2,"b":1}]}'


def test_a_mapping_of_structs_is_sorted() -> None:
    side = {"z": InForce(offset=1, version="v"), "a": InForce(offset=2, version="w")}
    assert canonical(side) == b'{"a":{"offset":2,"version":"w"},"z":{"offset":1,"version":"v"}}'
    assert TraceHead.__struct_fields__[0] == "format"


@given(st.lists(st.binary(max_size=8), max_size=5), st.lists(st.binary(max_size=8), max_size=5))
def test_different_lists_of_parts_have_different_hashes(one: list[bytes], other: list[bytes]) -> None:
    assert (sha256_hex(*one) == sha256_hex(*other)) == (one == other)


def test_where_a_part_ends_counts() -> None:
    assert len({sha256_hex(b"ab", b"c"), sha256_hex(b"a", b"bc"), sha256_hex(b"abc"), sha256_hex(b"abc", b""), sha256_hex()}) == 5
    packed = b"\x92" + b"\xc4\x02ab" + b"\xc4\x01c"  # msgpack: an array of two, each binary with its length
    assert sha256_hex(b"ab", b"c") == hashlib.sha256(packed).hexdigest()
    assert sha256_hex(None) != sha256_hex(b"")


def test_the_same_bytes_under_any_hash_seed() -> None:
    program = "from screener.codecs import canonical; print(canonical({chr(97+i): {'y': i, 'x': {'b', 'a'} and 1} for i in range(20)}))"
    printed = {
        subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(printed) == 1
