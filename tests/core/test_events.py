"""Goal: a producer's client takes every decision as the contract says, and tells the revisions of two sellers apart.

Method: the pure pieces of the client, scene by scene.
Blind spot: the thread that listens (tests/broker/test_client.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from screener.client.events import PublishedRevisions, decode_decision
from tests.driver import CLEAN, published

EXAMPLE = Path(__file__).parents[2] / "topics" / "examples" / "screening.decision" / "valid" / "block-chinese.json"


def decision(**more: Any) -> bytes:
    return json.dumps({**json.loads(EXAMPLE.read_text(encoding="utf-8")), **more}).encode()


def test_a_kind_that_is_not_known_counts_as_hold() -> None:
    known, unknown = decode_decision(decision()), decode_decision(decision(decision="quarantine", later_field=1))
    assert known is not None
    assert unknown is not None
    assert (known.decision, unknown.decision) == ("block", "hold")
    assert (unknown.listing_id, unknown.revision, unknown.seller_id) == (known.listing_id, known.revision, known.seller_id)


@pytest.mark.parametrize("value", [b"", b"\xff", b"[]", b'"hold"', b"{}", b'{"decision":[]}', b"[" * 100_000, decision(revision="one")])
def test_what_is_no_decision_is_none(value: bytes) -> None:
    assert decode_decision(value) is None


def test_a_revision_is_that_of_who_published_it_last() -> None:
    known = PublishedRevisions(2)
    for seller_id, listing_id in (("s-1", "l"), ("s-1", "m"), ("s-2", "l")):
        known.add(published(seller_id, listing_id, 1, CLEAN))
    assert (known.seller_of("l", 1), known.seller_of("m", 1), known.seller_of("l", 2)) == ("s-2", "s-1", None)
    known.add(published("s-3", "n", 1, CLEAN))  # only the newest two are remembered
    assert (known.seller_of("l", 1), known.seller_of("m", 1), known.seller_of("n", 1)) == ("s-2", None, "s-3")
    known.add(object())  # an event about no listing
