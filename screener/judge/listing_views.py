"""What a listing says: its texts as views, and the protected brands that they and the declared brand name."""

from __future__ import annotations

from msgspec import Struct

from screener.contracts import ListingContent
from screener.judge.registry import Mention, Registry
from screener.judge.views import Views, views_of


class ListingViews(Struct, frozen=True, eq=False):
    """The views of a listing's texts, and every mention of a protected brand in title, description and declared brand."""

    title: Views
    description: Views
    mentions: tuple[Mention, ...]


def listing_views(event: ListingContent, registry: Registry) -> ListingViews:
    """Title and description as views, with the brands they and the declared brand name."""
    title, description = views_of(event.title), views_of(event.description)
    mentions = registry.find(title, "title", event.category)
    if event.description:
        mentions += registry.find(description, "description", event.category)
    if event.brand:
        mentions += registry.declared(event.brand, event.category)
    return ListingViews(title, description, mentions)
