"""Goal: state that a newer release wrote is recognised as such, whatever else that release changed in it.

Method: stored values of both kinds with a later format, with today's fields and with others.
Blind spot: a release that no longer puts the format first.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from screener.judge.listing import LISTING_FORMAT, ListingState, decode_listing, encode_listing
from screener.judge.seller import SELLER_FORMAT, SellerState, decode_seller, encode_seller
from screener.processor import NewerFormatError

KINDS = [(decode_listing, LISTING_FORMAT, encode_listing(ListingState())), (decode_seller, SELLER_FORMAT, encode_seller(SellerState()))]


@pytest.mark.parametrize(("decode", "known", "today"), KINDS)
def test_a_newer_format_is_named(decode: Callable[[bytes | None], object], known: int, today: bytes) -> None:
    assert decode(None) is None
    fields = msgspec.msgpack.decode(today)
    assert decode(msgspec.msgpack.encode(fields)) is not None
    for newer in ([known + 1, *fields[1:]], [known + 1, {"other": "fields"}], [known + 1]):
        with pytest.raises(NewerFormatError, match="start the newer release"):
            decode(msgspec.msgpack.encode(newer))


@pytest.mark.parametrize(("decode", "known", "today"), KINDS)
def test_a_broken_value_of_this_format_is_no_newer_one(decode: Callable[[bytes | None], object], known: int, today: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(msgspec.msgpack.encode([known, {"other": "fields"}]))
