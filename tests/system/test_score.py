"""`screener score` gives what the live system gives.

Goal: the offline scorer and the workers decide alike: the same decision, risk, brands and signals for every (listing, revision).
Method: a stream is published to a real broker with `publish --wait`, judged by a real worker, scored from the same file, and compared by
`decisions diff`: once the invented market of `screener demo`, once the first 5,000 real listings against the real registry (local data, skipped where
absent). That `diff` finds differences at all is shown by scoring under another registry.
Blind spot: what only a clock or a person causes (`score` has no ticks), claimed times in the future, and events of one seller that arrive in another
order than the file's.
"""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest

from screener.embedded import EmbeddedBroker
from tests.harness import Cluster, Worker, command, succeed

DATA = Path(__file__).parents[2].parent / "shared" / "data"
REAL_LISTINGS = 5_000
INVENTED_LISTINGS = 3_000


def _live(broker: EmbeddedBroker, folder: Path, listings: Path, brands: Path) -> dict[str, int]:
    """Publishes a file and has it decided by a worker of its own; what `publish --wait` counted."""
    Cluster(broker.bootstrap).set_up(brands, 4)
    with Worker(broker.bootstrap, folder / "w1") as worker:
        worker.start().wait_ready()
        counted: dict[str, int] = json.loads(succeed("publish", str(listings), "--wait", "--json", bootstrap=broker.bootstrap))
        assert worker.terminate() == 0
    return counted


def _scored(folder: Path, listings: Path, brands: Path) -> Path:
    target = folder / f"scored-{brands.stem}.jsonl"
    succeed("score", str(listings), "--registry", str(brands), "--output", str(target))
    return target


def _differences(broker: EmbeddedBroker, scored: Path) -> tuple[int, int, list[object]]:
    """(decisions compared, differences, the first of them)."""
    done = command("decisions", "diff", str(scored), "--json", bootstrap=broker.bootstrap)
    found = json.loads(done.stdout)
    assert done.returncode == (1 if found["differences"] else 0)
    return found["compared"], found["differences"], found["first"]


def test_the_invented_market_is_scored_as_it_was_decided(own_broker: EmbeddedBroker, tmp_path: Path) -> None:
    succeed("demo", "--write-only", "--listings", str(INVENTED_LISTINGS), "--out", str(tmp_path))
    listings, brands = tmp_path / "listings.jsonl", tmp_path / "brands.jsonl"
    events = [json.loads(line) for line in listings.read_bytes().splitlines()]
    assert {event["type"] for event in events} >= {"published", "edited"}, "the market shows too little"
    counted = _live(own_broker, tmp_path, listings, brands)
    assert counted["published"] == len(events) >= INVENTED_LISTINGS
    assert _differences(own_broker, _scored(tmp_path, listings, brands)) == (counted["decided"], 0, [])

    fewer = tmp_path / "fewer.jsonl"
    fewer.write_bytes(b"".join(brands.read_bytes().splitlines(keepends=True)[1:]))
    compared, differences, _ = _differences(own_broker, _scored(tmp_path, listings, fewer))
    assert compared == counted["decided"]
    assert differences > 0, "a registry without its first brand scores alike: the comparison sees nothing"


@pytest.mark.skipif(not DATA.is_dir(), reason="the real listings are not on this machine")
def test_real_listings_are_scored_as_they_were_decided(own_broker: EmbeddedBroker, tmp_path: Path) -> None:
    listings = tmp_path / "listings.jsonl"
    with gzip.open(DATA / "listings-b2c.jsonl.gz", "rb") as packed, listings.open("wb") as target:
        target.writelines(islice(packed, REAL_LISTINGS))
    counted = _live(own_broker, tmp_path, listings, DATA / "brands.jsonl")
    assert counted == {"published": REAL_LISTINGS, "decided": REAL_LISTINGS, "dead_letters": 0}
    compared, differences, _ = _differences(own_broker, _scored(tmp_path, listings, DATA / "brands.jsonl"))
    assert (compared, differences) == (REAL_LISTINGS, 0), "which ones: `screener decisions diff`; real listings are not printed here"
