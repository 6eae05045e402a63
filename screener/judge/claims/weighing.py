"""What the claims of a listing come to: those that stand after their contexts were heard, and how weak ones of different kinds add up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from screener.contracts import ListingContent
from screener.judge.claims.finder import Found, claims_in
from screener.judge.claims.grammar import CLAIMS, CONTEXTS, Kind
from screener.judge.claims.innocent import takebacks
from screener.judge.listing_views import ListingViews
from screener.judge.registry import Mention, Registry, is_meant
from screener.judge.silence import is_silent
from screener.judge.views import Views

Field = Literal["title", "description"]

DISGUISE_FACTOR: Final = 0.75
"""What is left of a claim's strength when only the ear or the eye makes it one: it never blocks a listing."""
DISGUISE_MIN: Final = 0.5
"""The least that is left: nobody writes even a harmless word in disguise, so with a brand it holds the listing."""
TOGETHER_MAX: Final = 0.75
"""Strength up to which two weak claims add up: below the 0.8 that rules ask for an open word."""
MANY_TOGETHER_MAX: Final = 0.85
"""The same from three kinds on, of which one is more than a hint."""
_MORE_THAN_A_HINT: Final = 0.5
"""Of three kinds the strongest must reach this for them to add up to an open word."""
_MANY: Final = 3

_SOME_BRAND: Final = re.compile(
    r"(?<!不是)(?:某?大牌|某牌|名牌|奢侈品|奢品|一线品牌|国际品牌|专柜款|[a-z]+家(?![居具电庭用纺装政长务里教])|"
    r"luxury|designer (?:bag|shoe|brand)|big brand)"
)
"""How titles say that there is a brand which they do not write: 大牌, C家."""

_TAKEBACKS: Final = tuple(takebacks(claim, CONTEXTS) for claim in CLAIMS)


class Standing(Struct, frozen=True):
    """A claim that no context takes back."""

    found: Found
    field: Field
    views: Views
    kind: Kind
    strength: float
    needs_brand: bool


class Weighed(Struct, frozen=True):
    """The strongest claim, the strength of all together, and the other phrases that add to it."""

    best: Standing
    strength: float
    others: tuple[str, ...]


def weigh(event: ListingContent, views: ListingViews, registry: Registry, kinds: frozenset[Kind]) -> Weighed | None:
    """What the claims of these kinds in title and description come to, None if none stands.

    A claim that needs a brand has one where a brand is named that the seller may not sell as his own, where the text says that one is hidden or
    speaks of some brand without a name, where a title talks so much shop that it goes without saying, or says nothing itself.
    """
    in_title, in_description = _claims(views)
    if not in_title and not in_description:
        return None
    if not any(CLAIMS[one.form.claim].kind in kinds for one in (*in_title, *in_description)):
        return None
    branded = any(is_meant(mention) and not registry.authorised(mention.brand_id, event.seller_id) for mention in views.mentions)
    standing = _standing("title", views.title, in_title, views.mentions)
    standing += _standing("description", views.description, in_description, views.mentions)
    branded = branded or any(one.kind == "hidden" for one in standing) or _talks_shop(standing) or is_silent(views.title)
    branded = branded or (bool(in_title) and _SOME_BRAND.search(views.title.plain) is not None)
    counted = [one for one in standing if one.kind in kinds and (branded or not one.needs_brand)]
    return _together(_by_kind(counted)) if counted else None


def _claims(views: ListingViews) -> tuple[list[Found], list[Found]]:
    """Every claim of title and description, whatever its context: found once for all detectors of a listing."""
    known: tuple[list[Found], list[Found]] | None = views.title.memo.get("claims of both")
    if known is None:
        named = bool(views.mentions) or _SOME_BRAND.search(views.title.plain) is not None
        in_description = claims_in(views.description, named) if views.description.squeezed else []
        known = views.title.memo["claims of both"] = claims_in(views.title, named), in_description
    return known


def _standing(field: Field, views: Views, found: Sequence[Found], mentions: Sequence[Mention]) -> list[Standing]:
    names = [mention.span for mention in mentions if mention.field == field]
    standing: list[Standing] = []
    for one in found:
        claim = CLAIMS[one.form.claim]
        if names and _in_a_name(views.original_span(one.start, one.end), names):
            continue
        if not _TAKEBACKS[one.form.claim].take_back(views.plain, one.start, one.end):
            strength = max(DISGUISE_MIN, claim.strength * DISGUISE_FACTOR) if one.form.disguised else claim.strength
            standing.append(Standing(one, field, views, claim.kind, strength, claim.needs_brand or one.form.disguised))
    return standing


def _talks_shop(standing: Sequence[Standing]) -> bool:
    """Whether claims of many kinds stand in the title: of no real title that was measured do even three."""
    return len(standing) >= _MANY and len(_by_kind([one for one in standing if one.field == "title"])) >= _MANY


def _in_a_name(span: tuple[int, int], names: Sequence[tuple[int, int]]) -> bool:
    """Whether a claim is part of a brand's name: UA is Under Armour's."""
    return any(start <= span[0] and span[1] <= end for start, end in names)


def _by_kind(standing: Sequence[Standing]) -> list[Standing]:
    """The strongest claim of each kind, strongest first, of equals the first; none overlaps another."""
    ordered = sorted(standing, key=lambda one: (-one.strength, one.field != "title", one.found.start, -one.found.end))
    counted: list[Standing] = []
    for one in ordered:
        if all(one.kind != other.kind and not _overlap(one, other) for other in counted):
            counted.append(one)
    return counted


def _together(counted: Sequence[Standing]) -> Weighed:
    """What the strongest claims of all kinds come to."""
    best = counted[0]
    doubt = 1.0
    for one in counted:
        doubt *= 1.0 - one.strength
    bound = MANY_TOGETHER_MAX if len(counted) >= _MANY and best.strength >= _MORE_THAN_A_HINT else TOGETHER_MAX
    strength = max(best.strength, min(1.0 - doubt, bound))
    return Weighed(best, strength, tuple(one.found.form.said for one in counted[1:]) if strength > best.strength else ())


def _overlap(one: Standing, other: Standing) -> bool:
    return one.field == other.field and one.found.start < other.found.end and other.found.start < one.found.end
