"""What a listing says: its texts as views, and the protected brands that they and the declared brand name."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from screener.contracts import ListingContent
from screener.judge import masked
from screener.judge.claims.forms import LONG
from screener.judge.contacts import finder as contacts
from screener.judge.names import Matches
from screener.judge.registry import Mention, Registry
from screener.judge.together import read_together
from screener.judge.views import Views, views_of


class ListingViews(Struct, frozen=True, eq=False):
    """The views of a listing's texts, and every mention of a protected brand in title, description and declared brand."""

    title: Views
    description: Views
    mentions: tuple[Mention, ...]


def listing_views(event: ListingContent, registry: Registry) -> ListingViews:
    """Title and description as views, with the brands they and the declared brand name."""
    return _with_mentions(event, views_of(event.title), views_of(event.description), registry, None, None)


def listing_views_of_all(events: Sequence[ListingContent], registry: Registry) -> list[ListingViews]:
    """The same of each of many listings, in their order, for less: their texts are read together."""
    together = read_together([text for event in events for text in (event.title, event.description)])
    masked.look_through(together)
    matches = dict(zip(map(id, together.ordinary), registry.look_through(together), strict=True))
    LONG.look_through(together)
    contacts.look_through(together)
    pairs = zip(together.views[::2], together.views[1::2], strict=True)
    return [
        _with_mentions(event, title, description, registry, matches.get(id(title)), matches.get(id(description)))
        for event, (title, description) in zip(events, pairs, strict=True)
    ]


def _with_mentions(
    event: ListingContent, title: Views, description: Views, registry: Registry, in_title: Matches | None, in_description: Matches | None
) -> ListingViews:
    mentions = registry.find(title, "title", event.category, in_title)
    if event.description:
        mentions += registry.find(description, "description", event.category, in_description)
    if event.brand:
        mentions += registry.declared(event.brand, event.category)
    return ListingViews(title, description, mentions)
