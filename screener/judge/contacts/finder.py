"""Every contact of a text: a name with an account before or behind it, an address, an account split over title and description."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final, Literal

from msgspec import Struct

from screener.judge.contacts.accounts import account_at, account_before, account_in_pieces, link_behind, loose_at
from screener.judge.contacts.addresses import MAY_HAVE, addresses_in, may_have
from screener.judge.contacts.channels import SHAPES, Name
from screener.judge.contacts.names import MAY_SIGN, NOTHING, WORDS, Hinted, Named, Seen, may_sign, seen_in, signs_in
from screener.judge.contacts.reading import by_ear, reading_of
from screener.judge.contacts.weighing import LONG_NUMBER, SURE, TELLING, asked_behind, asks, weigh
from screener.judge.together import Together
from screener.judge.views import Views, views_of

TextField = Literal["title", "description"]


class Contact(Struct, frozen=True):
    """A way out at `start:end` of the plain view of a text."""

    channel: str
    value: str
    """Normalised; `identity` makes ids of it."""
    strength: float
    start: int
    end: int
    name: Name | None = None
    """What names the channel; None for an address that speaks for itself."""
    disguised: bool = False
    """The address is written so that no filter reads it."""


class Contacts(Struct, frozen=True):
    """What one text has."""

    found: tuple[Contact, ...] = ()
    hinted: tuple[Hinted, ...] = ()
    open_end: bool = False
    """A channel is named near the end of the text without an account."""


_NONE: Final = Contacts()
MAX_NAMED: Final = 60
"""Names of channels beside which an account is looked for in one text: one listing costs a few milliseconds at most."""
MAX_ADDRESSES: Final = 20
"""Addresses of one text: a listing that gives more says nothing more by the twenty-first."""
_SEAM: Final = "\u200b"
_TAIL: Final = 48
"""Characters of the title's end and the description's beginning that are read as one."""
_HEARD: Final = 24
"""Characters behind a word of contact that may sound like digits."""


def contacts_in(views: Views) -> Contacts:
    """The contacts and hints of one text, found once for all that ask."""
    known: Contacts | None = views.memo.get("contacts in it")
    if known is None:
        known = views.memo["contacts in it"] = _search(views)
    return known


def look_through(together: Together) -> None:
    """Finds the ordinary texts in which there is nothing that could be a contact: nearly all."""
    WORDS.look_through(together)
    touched = together.plain.touched((*MAY_HAVE, MAY_SIGN))
    for number, views in enumerate(together.ordinary):
        if number not in touched and not WORDS.hits(views):
            views.memo["contacts in it"] = _NONE


def _search(views: Views) -> Contacts:
    if not views.squeezed and not views.strange:
        return _NONE
    seen = seen_in(views)
    if seen is NOTHING and not may_sign(views) and not may_have(views.plain):
        return _NONE
    reading = reading_of(views.plain, seen.spelt)
    places = _places(views, seen, reading)
    found = [*_named(views.plain, reading, places)]
    for address in islice(addresses_in(views, reading), MAX_ADDRESSES):
        if not any(one.start <= address.start and address.end <= one.end and one.strength >= address.strength for one in found):
            found.append(Contact(address.channel, address.value, address.strength, address.start, address.end, None, address.disguised))
    if not found and not seen.hinted and not places:
        return _NONE
    tail = len(views.plain) - _TAIL
    open_end = any(place.end > tail and not any(one.start <= place.start and place.end <= one.end for one in found) for place in places)
    return Contacts(tuple(found), seen.hinted, open_end)


def contacts_across(title: Views, description: Views) -> tuple[Contact, ...]:
    """Contacts that begin at the end of the title and end at the beginning of the description; their places are in the title."""
    tail = title.text[-_TAIL:]
    joined = views_of(tail + _SEAM + description.text[:_TAIL])
    seam = len(views_of(tail).plain)
    shift = len(title.plain) - seam
    seen = seen_in(joined)
    reading = reading_of(joined.plain, seen.spelt)
    found = _named(joined.plain, reading, _places(joined, seen, reading))
    return tuple(
        Contact(one.channel, one.value, one.strength, one.start + shift, len(title.plain), one.name, one.disguised)
        for one in found
        if one.start < seam < one.end and one.start + shift >= 0
    )


def _places(views: Views, seen: Seen, reading: str) -> tuple[Named, ...]:
    return tuple(islice(chain(seen.named, signs_in(views, reading)), MAX_NAMED))


def _named(plain: str, reading: str, places: tuple[Named, ...]) -> Iterator[Contact]:
    for named in places:
        contact = _behind(plain, reading, named) or _before(plain, reading, named)
        if contact is not None:
            yield contact


def _behind(plain: str, reading: str, named: Named) -> Contact | None:
    """The contact of a name and the account that follows it, in an account's shape or else in any."""
    return _shaped(plain, reading, named) or _loose(plain, reading, named)


def _loose(plain: str, reading: str, named: Named) -> Contact | None:
    stop = link_behind(reading, named.end)
    account = loose_at(reading, stop)
    if account is None:
        return None
    strength = weigh(plain, reading, named, account, reading[named.end : stop], asked=True)
    return Contact(named.name.channel, account.value, strength, named.start, account.end, named.name, not account.whole) if strength else None


def _shaped(plain: str, reading: str, named: Named) -> Contact | None:
    name, shape = named.name, SHAPES[named.name.channel]
    stop = link_behind(reading, named.end)
    link = reading[named.end : stop]
    asked = asks(plain, named, link)
    account = account_at(reading, stop, shape, asked)
    if account is None or account.kind == "word":
        pieces = account_in_pieces(reading, stop, parts=asked or not named.disguised)
        if pieces is not None and (asked or named.disguised or asked_behind(plain, pieces)):
            account, asked = pieces, True
        elif asked and account is None:
            account = account_at(by_ear(reading, stop, _HEARD), stop, shape)
    if account is None:
        return None
    touching = not link and plain[named.end - 1].isascii() and plain[named.end - 1].isalnum() and account.value[:1].isalpha()
    if touching and not name.glued and account.kind != "name":
        return None  # a model number: vx12e
    asked = asked or asked_behind(plain, account)
    strength = weigh(plain, reading, named, account, link, asked)
    value = f"wxid_{account.value}" if name.text == "wxid" else account.value
    return Contact(name.channel, value, strength, named.start, account.end, name) if strength else None


def _before(plain: str, reading: str, named: Named) -> Contact | None:
    """The contact of a name and the account before it: 13812345678微信同号, shop_88 on telegram."""
    name, shape = named.name, SHAPES[named.name.channel]
    if name.grade in ("doubtful", "ask") and not (name.channel == "phone" and name.grade == "ask"):
        return None
    account = account_before(reading, named.start)
    if account is None:
        return None
    match account.kind:
        case "phone":
            strength = SURE if name.text == "同号" or "同号" in plain[named.end : named.end + 4] else TELLING
        case "number":
            strength = TELLING if shape == "number" and len(account.value) >= LONG_NUMBER else 0.0
        case _:
            strength = TELLING if shape in ("handle", "name") and account.kind == "handle" else 0.0
    return Contact(name.channel, account.value, strength, account.start, named.end, name) if strength else None
