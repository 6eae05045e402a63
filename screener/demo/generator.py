"""The stream: who sells, what happens when, and the truth about every revision. One seed, one stream, on every machine.

No clock and no hash order is used. Claimed times lie in two fixed weeks of January 2026, so that they are in the past wherever the demo runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final

from msgspec import Struct

from screener.contracts import Brand, Image, ListingEdited, ListingEvent, ListingPublished, ListingRemoved
from screener.demo.crooked import CROOKED
from screener.demo.goods import Content, Language, Market, open_market
from screener.demo.honest import HONEST, Scene, Step, Story, flagship, own_reissue

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
"""When the market opens."""

WINDOW_S: Final = 14 * 86_400
"""Two weeks, within which listings are published; edits and removals follow up to a week later."""

LISTINGS_PER_SELLER: Final = 9
"""On average; most sellers have one or two listings, the first hundreds."""

SKEW: Final = 0.8
"""Exponent of Zipf's law for the sellers' sizes: the top 1 % then hold about a quarter of all listings, as in real markets."""

CROOKED_SELLERS: Final = 0.04
"""Part of the sellers who also sell copies."""

CROOKED_SHARE: Final = 0.05
"""Part of the stories that are told by counterfeiters: many times the real share, so that there is something to see."""

ENGLISH_SHARE: Final = 0.3
"""Part of the sellers who write English."""

REPEAT_SHARE: Final = 0.01
"""Part of the events that their producer sends once more, byte for byte: what retries look like."""

REPEAT_WITHIN_S: Final = 90
"""A repeat follows its event within this time."""


class Truth(Struct, frozen=True, kw_only=True):
    """What is true of one published revision, whatever the screener says of it."""

    listing_id: str
    revision: int
    counterfeit: bool
    technique: str
    """How a counterfeit is sold, e.g. `disguise`; empty for an innocent revision."""
    likeness: str
    """What an innocent revision is: `ordinary`, or why it may be taken for a copy, e.g. `jade_grade`; empty for a counterfeit."""


class Stream(Struct, frozen=True, kw_only=True):
    """A generated marketplace: its registry, its events in the order in which they are published, and the truth about every published revision."""

    seed: int
    brands: tuple[Brand, ...]
    events: tuple[ListingEvent, ...]
    truths: tuple[Truth, ...]


class _Seller(Struct, frozen=True):
    seller_id: str
    language: Language
    crooked: bool


class _Moment(Struct, frozen=True):
    """One revision on the time line."""

    at_s: int
    seller_id: str
    listing_id: str
    revision: int
    step: Step


def generate(seed: int, listings: int) -> Stream:
    """A stream of exactly `listings` listings (at least 1), with about a third more events: edits, removals, repeats."""
    if listings < 1:
        raise ValueError("a stream needs at least one listing; ask for one or more")
    dice = Random(seed)  # noqa: S311 - a story, no secret
    market = open_market(dice)
    moments = _timeline(dice, market, listings)
    events: list[tuple[int, int, ListingEvent]] = []
    truths: list[Truth] = []
    for moment in moments:
        events.append((moment.at_s, len(events), event := _event(dice, moment, len(events))))
        if moment.step.content is not None:
            truths.append(_truth(moment))
        if dice.random() < REPEAT_SHARE:
            events.append((moment.at_s + dice.randrange(1, REPEAT_WITHIN_S), len(events), event))
    events.sort(key=lambda one: one[:2])
    return Stream(seed=seed, brands=market.registry, events=tuple(event for _, _, event in events), truths=tuple(truths))


def _timeline(dice: Random, market: Market, listings: int) -> list[_Moment]:
    """Every revision of every listing, in time order; listings are numbered in the order of their stories."""
    sellers = _sellers(dice, listings)
    sizes = list(accumulate((rank + 1) ** -SKEW for rank in range(len(sellers))))
    crooks = [seller for seller in sellers if seller.crooked]
    honest, crooked = _table(HONEST), _table(CROOKED)
    moments: list[_Moment] = []
    told = 0
    while told < listings:
        cheats = dice.random() < CROOKED_SHARE
        seller = dice.choice(crooks) if cheats else dice.choices(sellers, cum_weights=sizes)[0]
        tell = _drawn(dice, crooked if cheats else honest)
        scene = Scene(dice, market, seller.language, _teller(dice, market, tell, seller))
        start_s = dice.randrange(WINDOW_S)
        for steps in tell(scene)[: listings - told]:
            told += 1
            moments += _moments(scene.seller_id, f"listing-{told:06d}", start_s, steps)
    moments.sort(key=lambda moment: (moment.at_s, moment.listing_id, moment.revision))
    return moments


def _sellers(dice: Random, listings: int) -> list[_Seller]:
    """The sellers, the largest first. At least one of them is a counterfeiter."""
    count = max(4, listings // LISTINGS_PER_SELLER)
    numbers = dice.sample(range(10_000, 99_999), count)
    crooked = set(dice.sample(range(count), max(1, round(count * CROOKED_SELLERS))))
    return [_Seller(f"seller-{number}", "en" if dice.random() < ENGLISH_SHARE else "zh", rank in crooked) for rank, number in enumerate(numbers)]


def _teller(dice: Random, market: Market, tell: Callable[[Scene], Story], seller: _Seller) -> str:
    """Who publishes: authorised goods come from an authorised seller, everything else from the seller drawn."""
    if tell is flagship or (tell is own_reissue and dice.random() < 0.6):
        return dice.choice(market.flagships[dice.choice(market.registry).brand_id])
    return seller.seller_id


class _Table(Struct, frozen=True):
    stories: tuple[Callable[[Scene], Story], ...]
    reach: tuple[float, ...]


def _table(stories: Mapping[Callable[[Scene], Story], float]) -> _Table:
    return _Table(tuple(stories), tuple(accumulate(stories.values())))


def _drawn(dice: Random, table: _Table) -> Callable[[Scene], Story]:
    return dice.choices(table.stories, cum_weights=table.reach)[0]


def _moments(seller_id: str, listing_id: str, start_s: int, steps: tuple[Step, ...]) -> list[_Moment]:
    at_s, moments = start_s, []
    for revision, step in enumerate(steps, 1):
        at_s += step.wait_s
        moments.append(_Moment(at_s, seller_id, listing_id, revision, step))
    return moments


def _truth(moment: _Moment) -> Truth:
    step = moment.step
    return Truth(
        listing_id=moment.listing_id,
        revision=moment.revision,
        counterfeit=step.counterfeit,
        technique=step.kind if step.counterfeit else "",
        likeness="" if step.counterfeit else step.kind,
    )


def _event(dice: Random, moment: _Moment, number: int) -> ListingEvent:
    head: dict[str, Any] = {
        "event_id": f"event-{number:07d}",
        "occurred_at": START + timedelta(seconds=moment.at_s),
        "listing_id": moment.listing_id,
        "revision": moment.revision,
        "seller_id": moment.seller_id,
    }
    content = moment.step.content
    if content is None:
        return ListingRemoved(**head)
    kind = ListingPublished if moment.revision == 1 else ListingEdited
    return kind(**head, **_fields(dice, content, moment.listing_id))


def _fields(dice: Random, content: Content, listing_id: str) -> dict[str, Any]:
    images = [f"https://img.example/{listing_id}/{number}.jpg" for number in range(dice.randrange(1, 4))]
    return {
        "title": content.title,
        "description": content.description,
        "category": content.category,
        "brand": content.brand,
        "price": content.price,
        "condition": content.condition,
        "quantity": content.quantity,
        "images": tuple(Image(url, f"{dice.getrandbits(256):064x}") for url in images),
        "attributes": content.attributes,
        "locale": "zh-CN" if content.language == "zh" else "en",
    }
