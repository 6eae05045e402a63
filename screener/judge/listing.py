"""A listing is a state machine. Everything that moves it is in one table; nothing else may change its status.

The five states and eight events make forty cells. A cell says the next status and what happens to the hold or block that downstream services
carry out. `transition` is total: the table has every cell, which a test checks one by one, and the docs print it from here.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts import Scope
from screener.judge.seller import decode_state

LISTING_FORMAT = 1

Status = Literal["pending", "allowed", "held", "blocked", "removed"]
STATUSES: tuple[Status, ...] = ("pending", "allowed", "held", "blocked", "removed")

ListingMove = Literal[
    "judged_allow",  # a published or edited revision was judged clean
    "judged_hold",
    "judged_block",
    "removal",  # the listing was taken down
    "due_release",  # review_by passed, evidence weak
    "due_escalate",  # review_by passed, evidence strong
    "verdict_release",  # a person decided
    "verdict_block",
]
MOVES: tuple[ListingMove, ...] = (
    "judged_allow",
    "judged_hold",
    "judged_block",
    "removal",
    "due_release",
    "due_escalate",
    "verdict_release",
    "verdict_block",
)


class Transition(Struct, frozen=True, gc=False):
    """One cell: the next status, and whether the move counts. A move that does not count leaves everything as it is (recorded, no decision)."""

    status: Status
    counts: bool = True


def _row(**cells: Status | None) -> dict[str, Status | None]:
    return cells


# Row: where the listing is. Column: what happens. None: the move means nothing here and changes nothing.
_TABLE: dict[Status, dict[str, Status | None]] = {
    "pending": _row(
        judged_allow="allowed", judged_hold="held", judged_block="blocked", removal="removed",
        due_release=None, due_escalate=None, verdict_release=None, verdict_block=None,
    ),
    "allowed": _row(
        judged_allow="allowed", judged_hold="held", judged_block="blocked", removal="removed",
        due_release=None, due_escalate=None, verdict_release=None, verdict_block="blocked",
    ),
    "held": _row(
        judged_allow="allowed", judged_hold="held", judged_block="blocked", removal="removed",
        due_release="allowed", due_escalate="held", verdict_release="allowed", verdict_block="blocked",
    ),
    "blocked": _row(
        judged_allow="allowed", judged_hold="held", judged_block="blocked", removal="removed",
        due_release=None, due_escalate=None, verdict_release="allowed", verdict_block="blocked",
    ),
    "removed": _row(
        judged_allow="allowed", judged_hold="held", judged_block="blocked", removal="removed",
        due_release=None, due_escalate=None, verdict_release=None, verdict_block=None,
    ),
}  # fmt: skip


def transition(status: Status, move: ListingMove) -> Transition:
    """Where `move` takes a listing that is `status`."""
    to = _TABLE[status][move]
    return Transition(status, counts=False) if to is None else Transition(to)


class ListingState(Struct, frozen=True, gc=False, array_like=True, kw_only=True):
    """What the judge remembers of a listing: one bounded value under the key `l` + seller_id + listing_id."""

    format: int = LISTING_FORMAT
    status: Status = "pending"
    revision: int = 0
    content: bytes = b""
    """Hash of the revision's content (16 bytes): the same revision with the same content is a repeat, with other content a conflict."""
    sequence: int = 0
    """Number of the last decision about `revision`."""
    decision_id: str = ""
    scope: Scope = "revision"
    risk: float = 0.0
    signals: tuple[str, ...] = ()
    """Names of the last decision's signals: the prior of the next edit."""
    brands: tuple[str, ...] = ()
    placed: Literal["", "hold", "block"] = ""
    """What stands on the topics `screening.hold` or `screening.block` and must be lifted one day (in shadow nothing is placed)."""
    placed_id: str = ""
    placed_revision: int = 0
    placed_scope: Scope = "revision"
    review_by_ms: int = 0
    """When the hold is due; 0 if there is none. The deadline key holds the same time."""
    barred: bool = False
    """Blocked with scope `listing`, not in shadow: every later revision is blocked too, also after a removal, until a person releases it."""
    edits_while_held: int = 0
    title: bytes = b""
    """Eight-byte fingerprint of the current revision's title."""
    title_text: str = ""
    """The start of the current title, for `fingerprint.title_overlap`."""
    category: tuple[str, ...] = ()
    price: str = ""
    """Amount and currency of the current revision, `129.00 CNY`; empty without a price."""
    allowed_title: str = ""
    """The start of the last allowed revision's title: what a bait-and-switch edit turns away from. Empty: none was allowed yet."""
    allowed_category: tuple[str, ...] = ()
    allowed_brands: tuple[str, ...] = ()
    allowed_price: str = ""
    degraded: bool = False
    """The last decision was made without some detector: what it would have said is not known, so time alone does not release."""
    struck: bool = False
    """The block of this revision was a strike against its seller: it is not counted twice, and a release takes it back."""


def as_allowed(listing: ListingState) -> ListingState:
    """The listing with its current face as the one that was allowed: what later edits are compared with."""
    return replace(
        listing,
        allowed_title=listing.title_text,
        allowed_category=listing.category,
        allowed_brands=listing.brands,
        allowed_price=listing.price,
    )


_decode = msgspec.msgpack.Decoder(ListingState).decode
encode_listing = msgspec.msgpack.Encoder().encode


def decode_listing(value: bytes | None) -> ListingState | None:
    """The stored value, None if there is none. Raises `NewerFormatError`."""
    return None if value is None else decode_state(_decode, value, "listing", LISTING_FORMAT)


def transition_table() -> str:
    """The table as Markdown, as `deploy/guides/decisions.md` prints it."""
    lines = ["| | " + " | ".join(f"`{move}`" for move in MOVES) + " |", "|---" * (len(MOVES) + 1) + "|"]
    for status in STATUSES:
        cells = [moved.status if (moved := transition(status, move)).counts else "–" for move in MOVES]
        lines.append(f"| **{status}** | " + " | ".join(cells) + " |")
    return "\n".join(lines)
