"""What the simulated marketplace publishes: few sellers, so that their states are touched again and again; every kind of outcome among the events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from random import Random

import msgspec

from screener import topics
from screener.catalog import shipped_rulebook
from screener.contracts import EvidencePhoto
from screener.sidelog import encode_version

SELLERS = tuple(f"seller-{number}" for number in range(6))

BREAKS_A_DETECTOR = "breaks a detector"
"""A title with these words makes a detector raise (`world.failing_detector`)."""

REGISTRIES = (
    ({"brand_id": "northwind", "name": "Northwind"},),
    ({"brand_id": "northwind", "name": "Northwind"}, {"brand_id": "acmewear", "name": "Acmewear"}),
)

PHOTO = "0123456789abcdef" * 4
"""Perceptual hash of the photo of `PHOTOGRAPHED`."""
PHOTOGRAPHED = "listing-3"

TITLES = (
    "Northwind jacket 高仿 微信 kx88231",
    "Northwind boots superfake 1:1 copy",
    "Acmewear shirt mirror quality",
    "cotton shirt blue",
    "plain mug",
    f"lamp {BREAKS_A_DETECTOR}",
    "Northwind jacket",
)


@dataclass(frozen=True)
class Published:
    """A record to publish."""

    topic: str
    key: bytes
    value: bytes


def marketplace(dice: Random, count: int) -> list[Published]:
    """`count` records in the order of their publication."""
    revisions: dict[tuple[str, str], int] = {}
    found: list[Published] = []
    for number in range(count):
        if found and dice.random() < 0.08:
            found.append(dice.choice(found))  # a producer's retry
            continue
        seller = dice.choice(SELLERS)
        found.append(_one(dice, number, seller, revisions))
    return found


def _one(dice: Random, number: int, seller: str, revisions: dict[tuple[str, str], int]) -> Published:
    key, listing = seller.encode(), f"listing-{dice.randrange(4)}"
    head = {"event_id": f"e{number}", "occurred_at": "2026-09-21T10:00:00Z", "seller_id": seller}
    known = revisions.get((seller, listing), 0)
    chance = dice.random()
    if chance < 0.06:
        return Published(topics.LISTING, key, b"{no json" + str(number).encode())
    if chance < 0.14 and known:
        kind = dice.choice(("release", "block"))
        verdict = {**head, "type": kind, "listing_id": listing, "revision": known, "reviewer": "r1", "reason": "seen", "scope": "revision"}
        return Published(topics.VERDICT, key, json.dumps(verdict).encode())
    if chance < 0.22:
        sale = {**head, "type": dice.choice(("sold", "refunded")), "order_id": f"o{number}", "listing_id": listing}
        return Published(topics.TRANSACTION, key, json.dumps(sale).encode())
    if chance < 0.28 and known:
        revisions[seller, listing] = known + 1
        return Published(topics.LISTING, key, json.dumps({**head, "type": "removed", "listing_id": listing, "revision": known + 1}).encode())
    if chance < 0.32 and known:
        stale = {**head, "type": "edited", "listing_id": listing, "revision": known, "title": "other content under a known revision"}
        return Published(topics.LISTING, key, json.dumps(stale).encode())
    revisions[seller, listing] = known + 1
    kind = "edited" if known else "published"
    event = {**head, "type": kind, "listing_id": listing, "revision": known + 1, "title": dice.choice(TITLES), "category": ["fashion"]}
    if listing == PHOTOGRAPHED:
        event["images"] = [{"url": "https://example.org/photo", "pdq": PHOTO}]
    topic = topics.LISTING_BACKFILL if kind == "published" and dice.random() < 0.15 else topics.LISTING
    return Published(topic, key, json.dumps(event, ensure_ascii=False).encode())


@cache
def registry(number: int) -> list[bytes]:
    """The records of a registry version."""
    return encode_version(REGISTRIES[number % len(REGISTRIES)])


@cache
def rulebook(number: int) -> list[bytes]:
    """The records of a rulebook version: an hour for two days, and shadow every third time."""
    text = shipped_rulebook().parts[0]["text"]
    for name, usual, here in (("review_h", 48, 1), ("escalation_h", 24, 1), ("sample_one_in", 20, 2)):
        assert f"{name} = {usual}" in text
        text = text.replace(f"{name} = {usual}", f"{name} = {here}")
    return encode_version(({"text": text.replace('mode = "enforce"', 'mode = "shadow"') if number % 3 == 2 else text},))


@cache
def evidence(number: int) -> list[bytes]:
    """The records of an evidence version: none, or the photo that every fourth listing of the marketplace shows."""
    known = EvidencePhoto(pdq=PHOTO, listing_id="blocked", seller_id="another")
    return encode_version((msgspec.to_builtins(known),) if number % 2 else ())
