"""Contacts as identities: what two listings, however they spell it, have in common if one person stands behind both."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from msgspec import Struct

from screener.judge.contacts.finder import Contact, contacts_across, contacts_in
from screener.judge.listing_views import ListingViews

LINKING: Final = 0.6
"""Strength from which a contact links sellers: below it stand article numbers shaped like telephones, and makers' domains."""


class ContactId(Struct, frozen=True, order=True):
    """A normalised contact. Personal data: it may be compared and hashed while an input is judged, but is stored nowhere (design section 8)."""

    channel: str
    value: str

    def __str__(self) -> str:
        """Channel and value: wechat:abc123, phone:13812345678, whatsapp:+8613812345678, url:host/path."""
        return f"{self.channel}:{self.value}"

    def digest(self, key: bytes) -> str:
        """Keyed hash (HMAC-SHA256, 64 hexadecimal digits): the form in which it may leave the judge."""
        return hmac.new(key, str(self).encode(), hashlib.sha256).hexdigest()


def contact_ids(views: ListingViews) -> tuple[ContactId, ...]:
    """Every contact of a listing that may link its seller to others, once each, in the order of their texts.

    A messenger's account that is a telephone number is that number as well, and a QQ mailbox is a QQ number.
    """
    title = contacts_in(views.title)
    found = list(title.found)
    if views.description.text:
        found.extend(contacts_in(views.description).found)
        if title.open_end:
            found.extend(contacts_across(views.title, views.description))
    return tuple(dict.fromkeys(one for contact in found if contact.strength >= LINKING for one in ids_of(contact)))


_INTERNATIONAL: Final = ("whatsapp", "viber", "signal", "zalo", "telegram")
"""Channels whose accounts are numbers with the country's prefix."""
_CHINA: Final = "+86"


def ids_of(contact: Contact) -> tuple[ContactId, ...]:
    """The identities of one contact, the channel's own first."""
    channel, value = contact.channel, contact.value
    if channel == "email":
        user, _, host = value.partition("@")
        return (ContactId(channel, value), ContactId("qq", user)) if host == "qq.com" and user.isdigit() else (ContactId(channel, value),)
    national = value.removeprefix(_CHINA)
    mobile = len(national) == 11 and national.isdigit() and national[0] == "1" and national[1] in "3456789"
    if channel == "phone":
        return (ContactId("phone", national if mobile else value),)
    if mobile:
        return (ContactId(channel, _CHINA + national if channel in _INTERNATIONAL else national), ContactId("phone", national))
    if value.startswith("+"):
        return (ContactId(channel, value), ContactId("phone", value))
    return (ContactId(channel, value),)
