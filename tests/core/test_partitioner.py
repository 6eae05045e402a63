"""Goal: a seller's records lie on the partition where a Java producer would put them, so that every service may publish.

Method: the vectors of Kafka's own `UtilsTest.testMurmur2` and of librdkafka's test; the shape of the result for any key.
Blind spot: whether a producer is configured with `murmur2_random` at all (`tests/broker/`; the worker counts sellers on a wrong partition).
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.client.partitioner import murmur2, partition_of

# org.apache.kafka.common.utils.UtilsTest, as signed 32-bit integers.
VECTORS = {
    b"21": -973_932_308,
    b"foobar": -790_332_482,
    b"a-little-bit-long-string": -985_981_536,
    b"a-little-bit-longer-string": -1_486_304_829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58_897_971,
    b"abc": 479_470_107,
}


# librdkafka's own test of its murmur2 (src/rdmurmur2.c), as unsigned integers: what `murmur2_random` gives, for every length modulo 4.
LIBRDKAFKA_VECTORS = {
    b"kafka": 0xD067CF64,
    b"giberish123456789": 0x8F552B0C,
    b"1234": 0x9FC97B14,
    b"234": 0xE7C009CA,
    b"34": 0x873930DA,
    b"4": 0x5A4B5CA1,
    b"PreAmbleWillBeRemoved,ThePrePartThatIs": 0x78424F1C,
    b"": 0x106E08D9,
}


def signed(unsigned: int) -> int:
    return unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned


@pytest.mark.parametrize(("key", "hashed"), VECTORS.items())
def test_murmur2_is_kafkas(key: bytes, hashed: int) -> None:
    assert signed(murmur2(key)) == hashed


@pytest.mark.parametrize(("key", "hashed"), LIBRDKAFKA_VECTORS.items())
def test_murmur2_is_librdkafkas(key: bytes, hashed: int) -> None:
    assert murmur2(key) == hashed


def test_the_vectors_have_every_length_modulo_four() -> None:
    assert {len(key) % 4 for key in LIBRDKAFKA_VECTORS} == {0, 1, 2, 3}


@pytest.mark.parametrize(("key", "hashed"), VECTORS.items())
@pytest.mark.parametrize("count", [1, 2, 8, 100, 1_000])
def test_the_partition_is_the_positive_hash_modulo_the_count(key: bytes, hashed: int, count: int) -> None:
    assert partition_of(key, count) == (hashed & 0x7FFFFFFF) % count


def test_a_negative_hash_is_masked_and_not_negated() -> None:
    assert partition_of(b"21", 1_000) == (2**31 - 973_932_308) % 1_000 != 973_932_308 % 1_000


@given(st.binary(max_size=64), st.integers(1, 1_000))
def test_any_key_has_a_partition(key: bytes, count: int) -> None:
    assert 0 <= murmur2(key) < 1 << 32
    assert 0 <= partition_of(key, count) < count
    assert partition_of(key, count) == partition_of(bytes(key), count)


def test_sellers_spread_evenly() -> None:
    counts = Counter(partition_of(f"seller-{number}".encode(), 8) for number in range(8_000))
    assert set(counts) == set(range(8))
    assert max(counts.values()) < 1.15 * min(counts.values())
