"""The changes one input makes, on top of the state it reads: nothing is stored until the engine has committed the outcome."""

from __future__ import annotations

from screener.judge.keys import deadline_key, seller_key
from screener.judge.listing import ListingState, decode_listing, encode_listing
from screener.judge.seller import SellerState, decode_seller, encode_seller
from screener.processor import State, Write


class Draft:
    """Reads through to the state, keeps what is put, and lists it as writes in the order of the first put."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._written: dict[bytes, bytes | None] = {}
        self._touched: dict[bytes, bytes | None] = {}

    def seller(self, seller_id: str) -> SellerState | None:
        """The seller's memory, None for a seller never seen."""
        return decode_seller(self._get(seller_key(seller_id)))

    def listing(self, key: bytes) -> ListingState | None:
        """The listing's state by its key, None for a listing never seen."""
        return decode_listing(self._get(key))

    def put_seller(self, seller_id: str, seller: SellerState) -> None:
        """Replaces the seller's memory."""
        self._put(seller_key(seller_id), encode_seller(seller))

    def put_listing(self, key: bytes, listing: ListingState, *, was_due_ms: int) -> None:
        """Replaces the listing's state and moves its deadline from `was_due_ms` (0: none) to its `review_by_ms`."""
        self._put(key, encode_listing(listing))
        if was_due_ms != listing.review_by_ms:
            if was_due_ms:
                self._written[deadline_key(was_due_ms, key)] = None
            if listing.review_by_ms:
                self._written[deadline_key(listing.review_by_ms, key)] = b""

    def drop_deadline(self, due_ms: int, key: bytes) -> None:
        """Forgets a deadline."""
        self._written[deadline_key(due_ms, key)] = None

    @property
    def writes(self) -> tuple[Write, ...]:
        """Everything put, one entry a key."""
        return tuple(self._written.items())

    @property
    def touched(self) -> tuple[bytes, ...]:
        """The seller and listing keys read or put, in the order of their first use."""
        return tuple(self._touched)

    @property
    def before(self) -> tuple[bytes | None, ...]:
        """Their values before this input, in the same order."""
        return tuple(self._touched.values())

    def _get(self, key: bytes) -> bytes | None:
        if key in self._written:
            return self._written[key]
        if key not in self._touched:
            self._touched[key] = self._state.get(key)
        return self._touched[key]

    def _put(self, key: bytes, value: bytes) -> None:
        if key not in self._touched:
            self._touched[key] = self._state.get(key)
        self._written[key] = value
