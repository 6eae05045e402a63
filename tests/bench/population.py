"""Fills the judge's changelog as its workers would have: sellers, their listings, and `m` of every partition, in transactions of a round's size."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from confluent_kafka import Producer

from screener import topics
from screener.client.partitioner import partition_of
from screener.codecs import sha256_hex
from screener.judge.keys import listing_key, seller_key
from screener.judge.listing import ListingState, encode_listing
from screener.judge.seller import MICRO, Decayed, SellerState, encode_seller
from screener.runtime.partition import META_KEY, Meta, encode
from tests.bench.setting import PARTITIONS

ROUND_RECORDS = 2_000
"""As many as a round has inputs at most: the changelog's batches then have the size that a worker gives them."""

FINGERPRINTED_SHARE = 0.05
"""Of the sellers: those with held titles, who therefore have the largest states."""


def seller_id(number: int) -> str:
    """The id of a seller of the population."""
    return f"seller-{number:08}"


def populate(bootstrap: str, sellers: int, listings: int) -> int:
    """Puts `sellers` states and `listings` of each on the changelog; returns how many records it has."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "transactional.id": "bench-population",
            "compression.type": "lz4",
            "linger.ms": 5,
            "retry.backoff.ms": 2,
            "retry.backoff.max.ms": 10,
        }
    )
    producer.init_transactions(30)
    done = 0
    for partition, key, value in _records(sellers, listings):
        if done % ROUND_RECORDS == 0:
            if done:
                producer.commit_transaction(30)
            producer.begin_transaction()
        producer.produce(topics.JUDGE_CHANGELOG, value=value, key=key, partition=partition)
        done += 1
        if done % 500 == 0:
            producer.poll(0)
    producer.commit_transaction(30)
    return done


def _records(sellers: int, listings: int) -> Iterator[tuple[int, bytes, bytes]]:
    chance, now_ms = random.Random(7), int(time.time() * 1000)
    for number in range(sellers):
        seller = seller_id(number)
        partition = partition_of(seller.encode(), PARTITIONS)
        yield partition, seller_key(seller), encode_seller(_seller(chance, now_ms, listings))
        for listing in range(listings):
            name = f"listing-{number:08}-{listing}"
            yield partition, listing_key(seller, name), encode_listing(_listing(chance, seller, name))
    meta = encode(Meta(applied={topics.LISTING: 0}, sequence=sellers))
    yield from ((number, META_KEY, meta) for number in range(PARTITIONS))


def _seller(chance: random.Random, now_ms: int, listings: int) -> SellerState:
    crooked = chance.random() < FINGERPRINTED_SHARE
    held = chance.randrange(1, 16) if crooked else 0
    first_ms = now_ms - chance.randrange(1_000, 400 * 86_400_000)
    return SellerState(
        first_ms=first_ms,
        last_ms=chance.randrange(first_ms, now_ms),
        published=max(1, listings) + held,
        allowed=max(1, listings),
        held=held,
        sold=chance.randrange(100),
        strikes=Decayed(micro=held * MICRO // 2, at_ms=first_ms) if held else Decayed(),
        fingerprints=tuple(chance.randbytes(8) for _ in range(held)),
    )


def _listing(chance: random.Random, seller: str, name: str) -> ListingState:
    title = f"handbag with short handles, brown, number {chance.randrange(1_000_000)}"
    return ListingState(
        status="allowed",
        revision=1,
        content=chance.randbytes(16),
        sequence=1,
        decision_id=sha256_hex(seller.encode(), name.encode())[:32],
        risk=0.021,
        title=chance.randbytes(8),
        title_text=title,
        category=("fashion", "bags"),
        price=f"{chance.randrange(10, 900)}.00 CNY",
        allowed_title=title,
        allowed_category=("fashion", "bags"),
        allowed_price=f"{chance.randrange(10, 900)}.00 CNY",
    )
