"""Labelled listings, and the signals that the judge finds in them. Pure.

One JSON object a line, in the order in which it happened: a listing event as its contract has it (so `seller_id` is there), and beside its fields
    label    "genuine" | "counterfeit"; null: judged, so that the seller's history is whole, and not counted. A removal needs none.
    source   where the label comes from, e.g. a team, a year, a test purchase programme. Every source is a marketplace of its own to the judge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
import orjson
from msgspec import Meta, Struct

from screener.codecs import canonical
from screener.contracts import Brand, ListingRemoved, Signal
from screener.demo.generator import generate
from screener.offline import Offline

DEMO_SEEDS: Final = (1, 2, 3)
"""Three invented markets, so that one can be left out."""

DEMO_LISTINGS: Final = 16_000
"""Listings of each: as many as `screener demo` shows."""


class TrainingError(ValueError):
    """Nothing can be fitted. The message ends with what to do."""


class _Label(Struct):
    type: Literal["published", "edited", "removed"]
    source: Annotated[str, Meta(min_length=1, max_length=100)]
    label: Literal["genuine", "counterfeit"] | msgspec.UnsetType | None = msgspec.UNSET


class Labelled(Struct, frozen=True, kw_only=True):
    """An event with its label."""

    event: bytes
    source: str
    counterfeit: bool | None
    """None: not counted."""


class Material(Struct, frozen=True, kw_only=True):
    """What is trained on."""

    name: str
    sha256: str
    """Over the brands and every line."""
    listings: tuple[Labelled, ...]
    brands: Mapping[str, Sequence[Brand]]
    """The registry of each source."""


class Row(Struct, frozen=True, kw_only=True):
    """A labelled revision and what the judge found in it."""

    source: str
    seller_id: str
    counterfeit: bool
    signals: tuple[Signal, ...]


def read_labelled(name: str, lines: Iterable[tuple[int, bytes]], brands: Sequence[Brand]) -> Material:
    """The material of a file's numbered lines. Raises `TrainingError`."""
    hasher = _hasher(brands)
    listings: list[Labelled] = []
    for number, line in lines:
        hasher.update(line + b"\n")
        listings.append(_labelled(name, number, line))
    sources = dict.fromkeys(one.source for one in listings)
    return Material(name=name, sha256=hasher.hexdigest(), listings=tuple(listings), brands=dict.fromkeys(sources, brands))


def _labelled(name: str, number: int, line: bytes) -> Labelled:
    try:
        fields = orjson.loads(line)
        head = msgspec.convert(fields, _Label)
    except (orjson.JSONDecodeError, msgspec.ValidationError) as error:
        raise TrainingError(f"{name}, line {number}: {error}; write a listing event with label and source (`screener train --help`)") from error
    if head.label is msgspec.UNSET and head.type != "removed":
        raise TrainingError(f'{name}, line {number} has no label; give "genuine", "counterfeit", or null for what is not to count')
    event = {key: value for key, value in fields.items() if key not in ("label", "source")}
    counterfeit = None if head.label in (None, msgspec.UNSET) or head.type == "removed" else head.label == "counterfeit"
    return Labelled(event=orjson.dumps(event), source=head.source, counterfeit=counterfeit)


def planted(seeds: Sequence[int] = DEMO_SEEDS, listings: int = DEMO_LISTINGS) -> Material:
    """The invented markets of the demo with their planted truth: constructed positives, which flatter any figure."""
    hasher = hashlib.sha256()
    found: list[Labelled] = []
    brands: dict[str, Sequence[Brand]] = {}
    for seed in seeds:
        stream, source = generate(seed, listings), f"demo-{seed}"
        hasher.update(_hasher(stream.brands).digest())
        brands[source] = stream.brands
        truth = {(one.listing_id, one.revision): one.counterfeit for one in stream.truths}
        for event in stream.events:
            value = canonical(event)
            counterfeit = None if isinstance(event, ListingRemoved) else truth[event.listing_id, event.revision]
            hasher.update(value + repr(counterfeit).encode() + b"\n")
            found.append(Labelled(event=value, source=source, counterfeit=counterfeit))
    name = f"the demo's markets of {listings} listings, seeds {', '.join(map(str, seeds))}"
    return Material(name=name, sha256=hasher.hexdigest(), listings=tuple(found), brands=brands)


def _hasher(brands: Sequence[Brand]) -> Any:
    hasher = hashlib.sha256()
    for brand in brands:
        hasher.update(canonical(brand) + b"\n")
    return hasher


def judged(material: Material, rulebook: str) -> Iterator[Row]:
    """The labelled revisions that the judge decides, with the signals it finds under `rulebook`, in order; repeats and dead letters fall out."""
    judges: dict[str, Offline] = {}
    for one in material.listings:
        if one.source not in judges:
            judges[one.source] = Offline(material.brands[one.source], rulebook)
        stepped, decisions = judges[one.source].judge(one.event)
        if one.counterfeit is None or stepped.outcome.kind != "judged" or not decisions:
            continue
        decision = decisions[0]
        yield Row(source=one.source, seller_id=decision.seller_id, counterfeit=one.counterfeit, signals=decision.signals)
