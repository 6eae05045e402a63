"""The buyer is sent to a messenger, a link or a telephone, where nobody watches: an account in any spelling, or the hint where to find one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.claims.finder import claims_in
from screener.judge.contacts.channels import TITLES
from screener.judge.contacts.finder import Contact, Contacts, contacts_across, contacts_in
from screener.judge.contacts.names import Hinted
from screener.judge.detectors.evidence import TextField, text_signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side
from screener.judge.views import Views

_KINDS: Final = {"email": "an e-mail address", "url": "a link", "taobao-token": "a share code", "phone": "a telephone number"}
"""What an address that speaks for itself is shaped like; of other channels, an account's address."""
_BARE_LINK: Final = 0.6
"""Strength below which a link is a domain's name and no more: an authorised seller may name its maker's."""


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The strongest way out, the first of equals, title before description; a hint only where there is none."""
    title = contacts_in(views.title)
    description = contacts_in(views.description) if views.description.text else None
    if not title.found and not title.hinted and description is None:
        return None
    best: tuple[TextField, Contact] | None = None
    for field, contact in _all(views, title, description):
        if contact.channel == "url" and contact.strength < _BARE_LINK and _authorised(event, views, side):
            continue
        if best is None or contact.strength > best[1].strength:
            best = field, contact
    if best is not None:
        field, contact = best
        text = views.title if field == "title" else views.description
        return text_signal("contact_diversion", contact.strength, field, text, contact.start, contact.end, _fact(contact))
    return _hint(views, title, description)


def _all(views: ListingViews, title: Contacts, description: Contacts | None) -> Iterator[tuple[TextField, Contact]]:
    for contact in title.found:
        yield "title", contact
    if description is not None:
        if title.open_end:
            for contact in contacts_across(views.title, views.description):
                yield "title", contact
        for contact in description.found:
            yield "description", contact


def _authorised(event: ListingContent, views: ListingViews, side: Side) -> bool:
    return any(side.registry.authorised(mention.brand_id, event.seller_id) for mention in views.mentions)


def _fact(contact: Contact) -> str:
    """The finding in words. The account itself is not among them: the quote shows it where it must be shown."""
    if contact.name is None:
        what = _KINDS.get(contact.channel, "the address of an account")
        return f"what is shaped like {what}" + (", written to be overlooked" if contact.disguised else "")
    meant = TITLES.get(contact.channel, "") if contact.name.grade in ("disguise", "doubtful") else ""
    return f'"{contact.name.text}"' + (f", for {meant}," if meant else "") + " beside what is shaped like an account"


def _hint(views: ListingViews, title: Contacts, description: Contacts | None) -> Signal | None:
    """The strongest hint, of those that no claim (see `coded_hint`) covers already: one phrase is one piece of evidence."""
    best: tuple[TextField, Views, Hinted] | None = None
    for field, text, contacts in (("title", views.title, title), ("description", views.description, description)):
        hinted = contacts.hinted if contacts is not None else ()
        claims = claims_in(text, bool(views.mentions)) if hinted else []
        for one in hinted:
            if any(claim.start < one.end and one.start < claim.end for claim in claims):
                continue
            if best is None or one.hint.strength > best[2].hint.strength:
                best = ("title" if field == "title" else "description"), text, one
    if best is None:
        return None
    where, views_of_it, hinted_at = best
    fact = f'"{hinted_at.hint.text}" sends the buyer to a contact that the text does not give'
    return text_signal("contact_diversion", hinted_at.hint.strength, where, views_of_it, hinted_at.start, hinted_at.end, fact)
