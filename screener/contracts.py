"""What travels on the topics: one frozen typed value per kind of record. Pure vocabulary, no behaviour.

Inputs carry the constraints that intake enforces (a value that breaks one is a dead letter). Unknown fields are ignored, so a producer may add
fields before the screener knows them. Outputs are written with sorted keys by `codecs.canonical`. JSON Schemas in `topics/schemas/` are generated
from this file. Field names of listing, brand and transaction are those of the marketplace's own data; times are RFC 3339 UTC on the wire and
milliseconds since 1970 (`_ms`) inside the screener.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

SCHEMA_VERSION = "1"
"""Value of the header `schema`. A breaking change is a new topic with the suffix `.v2`, never a new meaning for the same topic."""

MAX_INTEGER = 2**53 - 1
"""Largest integer every JSON reader keeps exact (IEEE 754 double, RFC 8259 section 6)."""

# Limits exist so that state, trace and decisions stay bounded whatever a producer sends; each is far above what marketplaces allow.
Id = Annotated[str, Meta(min_length=1, max_length=200, description="An identifier of the marketplace, opaque to the screener.")]
Title = Annotated[str, Meta(max_length=2_000)]
Label = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=1_048_576)]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset, e.g. 2026-05-04T10:00:00Z.")]
Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Revision = Annotated[int, Meta(ge=1, le=MAX_INTEGER, description="Grows by at least one with every event of a listing, removals included.")]
Amount = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,6})?$(?!\n)", description="A decimal number as a string; never negative.")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="ISO 4217 code.")]
Category = Annotated[tuple[Label, ...], Meta(max_length=16, description="Path, root first; may be empty.")]
Condition = Literal["new", "used", "unknown"]


class Money(Struct, frozen=True, gc=False):
    """An amount of money."""

    amount: Amount
    currency: Currency


Pdq = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="256-bit perceptual hash (PDQ) of a photo, in hex.")]


class Image(Struct, frozen=True, gc=False):
    """A photo of a listing; `pdq` is its 256-bit perceptual hash in hex, when the marketplace computed one."""

    url: Annotated[str, Meta(max_length=2_000)]
    pdq: Pdq | None = None


class _Content(Struct, frozen=True, gc=False, kw_only=True):
    """What published and edited listings have in common: the whole listing as the buyer would see it, never a difference."""

    event_id: Id
    occurred_at: Instant
    listing_id: Id
    revision: Revision
    seller_id: Id
    title: Title
    description: Text = ""
    category: Category = ()
    brand: Label | None = None
    price: Money | None = None
    condition: Condition = "unknown"
    quantity: Count | None = None
    images: Annotated[tuple[Image, ...], Meta(max_length=100)] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    locale: Annotated[str, Meta(max_length=35)] = "und"


class ListingPublished(_Content, frozen=True, gc=False, kw_only=True, tag_field="type", tag="published"):
    """A listing was put up by its seller and waits for a decision."""


class ListingEdited(_Content, frozen=True, gc=False, kw_only=True, tag_field="type", tag="edited"):
    """A listing was changed; carries the whole new content under a higher revision."""


class ListingRemoved(Struct, frozen=True, gc=False, kw_only=True, tag_field="type", tag="removed"):
    """A listing was taken down by its seller or by the marketplace."""

    event_id: Id
    occurred_at: Instant
    listing_id: Id
    revision: Revision
    seller_id: Id


ListingContent = ListingPublished | ListingEdited
ListingEvent = ListingPublished | ListingEdited | ListingRemoved


class SellerEvent(Struct, frozen=True, gc=False, kw_only=True):
    """Something happened to a seller's account."""

    event_id: Id
    type: Literal["registered", "updated", "closed"]
    occurred_at: Instant
    seller_id: Id


class Transaction(Struct, frozen=True, gc=False, kw_only=True):
    """A sale and what became of it."""

    event_id: Id
    type: Literal["sold", "refunded", "disputed"]
    occurred_at: Instant
    order_id: Id
    listing_id: Id
    seller_id: Id
    quantity: Count = 1
    price: Money | None = None


class Complaint(Struct, frozen=True, gc=False, kw_only=True):
    """A message in a complaint: a rights owner's notice, the seller's counter-notice, a withdrawal, or an appeal against a decision."""

    event_id: Id
    type: Literal["notice", "counter_notice", "withdrawal", "appeal"]
    occurred_at: Instant
    complaint_id: Id
    listing_id: Id
    seller_id: Id
    complainant_id: Id | None = None
    brand_id: Id | None = None
    statement: Text = ""


class Verdict(Struct, frozen=True, gc=False, kw_only=True):
    """What a person of the task force decided about one revision of a listing."""

    event_id: Id
    type: Literal["release", "block"]
    occurred_at: Instant
    listing_id: Id
    revision: Revision
    seller_id: Id
    reviewer: Id
    scope: Literal["revision", "listing"] = "revision"
    reason: Annotated[str, Meta(max_length=2_000)] = ""


class RingChanged(Struct, frozen=True, gc=False, kw_only=True):
    """A seller joined or left a ring of connected sellers."""

    event_id: Id
    type: Literal["joined", "left"]
    occurred_at: Instant
    ring_id: Id
    seller_id: Id


class BrandHit(Struct, frozen=True, gc=False, kw_only=True):
    """A decision about a listing that names a registered brand (input of the processor `brand-count`)."""

    brand_id: Id
    listing_id: Id
    revision: Revision
    seller_id: Id
    decision: DecisionKind
    decision_id: Id


class BrandCount(Struct, frozen=True, gc=False, kw_only=True):
    """How many decisions of each kind named a brand so far."""

    brand_id: Id
    allow: Count
    hold: Count
    block: Count
    release: Count


class PriceFloor(Struct, frozen=True, gc=False):
    """Below this price nothing genuine and new of the brand is sold in the category."""

    category: Category
    currency: Currency
    amount: Amount


class Brand(Struct, frozen=True, gc=False, kw_only=True):
    """A protected brand as its owner registered it."""

    brand_id: Id
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    aliases: Annotated[tuple[Label, ...], Meta(max_length=200)] = ()
    categories: Annotated[tuple[Category, ...], Meta(max_length=500)] = ()
    authorised_sellers: Annotated[tuple[Id, ...], Meta(max_length=100_000)] = ()
    price_floors: Annotated[tuple[PriceFloor, ...], Meta(max_length=500)] = ()
    gated: bool = False
    """Only authorised sellers may offer new goods of the brand."""
    photos: Annotated[tuple[Pdq, ...], Meta(max_length=1_000)] = ()
    """The owner's own product photos: a seller who shows them shows goods that he may not have."""


class SidePart(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="part"):
    """One part of a version of a side log: a brand of the registry, or the text of the rulebook."""

    version: Id
    value: dict[str, Any]


class SideManifest(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="manifest"):
    """Ends a version of a side log: only a version whose `count` parts with this `version` were all read takes force.

    `version` is `codecs.sha256_hex` over the canonical JSON of the parts' values, in order.
    """

    version: Id
    count: Count


class Cause(Struct, frozen=True, gc=False, kw_only=True):
    """The input that caused an output: where it lies. Topic `clock` means a deadline passed; its offset is then the tick's time in milliseconds."""

    topic: str
    partition: int
    offset: int


DecisionKind = Literal["allow", "hold", "block", "release"]
Scope = Literal["revision", "listing"]
Mode = Literal["enforce", "shadow"]
LiftedBy = Literal["edit", "removal", "release", "block", "hold"]


class Signal(Struct, frozen=True, gc=False, kw_only=True):
    """Evidence that one detector found: what, how strong, and the seller's own characters or the fact that caused it."""

    name: str
    """The detector's name, e.g. `replica_slang`."""
    strength: float
    """In [0, 1], rounded to six digits; what it weighs is the rulebook's business."""
    field: Literal["title", "description", "brand", "price", "category", "images", "attributes", "seller", "listing", "event"]
    """Where in the event or in memory it was found."""
    span: tuple[int, int] | None = None
    """Start and end (exclusive) in characters of the original text of `field`, when the evidence is a text."""
    quote: Annotated[str, Meta(max_length=200)] = ""
    """The original characters of the span, at most 200."""
    fact: Annotated[str, Meta(max_length=300)] = ""
    """The evidence in words, in English, at most 300 characters."""
    brand_id: str | None = None


class InForce(Struct, frozen=True, gc=False, kw_only=True):
    """The version of a side log that a decision was made under: its manifest's offset and its hash."""

    offset: int
    version: str


class Decision(Struct, frozen=True, gc=False, kw_only=True):
    """What the screener decided about one revision of a listing, and why. No decision yet, or an unknown kind, means: not visible."""

    decision_id: str
    listing_id: str
    revision: int
    seller_id: str
    decision: DecisionKind
    scope: Scope
    mode: Mode
    risk: float
    """Estimated probability in [0, 1] that the revision is counterfeit; six digits."""
    brands: tuple[str, ...]
    signals: tuple[Signal, ...]
    rules: tuple[str, ...]
    """Ids of the rulebook's rules that led to the decision."""
    degraded: bool
    """A detector failed: evidence may be missing, so the screener never allows on it."""
    escalated: bool
    sampled: bool
    """Released by the clock and picked for a person's look afterwards."""
    sequence: int
    supersedes: str | None
    cause: Cause
    event_id: str | None
    """The causing event's own id; null when the clock caused the decision."""
    occurred_ms: int
    """When the causing event says it happened (claimed), clamped."""
    appended_ms: int
    """When the broker appended the causing event."""
    review_by_ms: int | None
    """A hold is looked at by a person until then; counted from `appended_ms`."""
    rulebook: InForce
    registry: InForce
    judge_version: str


class Action(Struct, frozen=True, gc=False, kw_only=True):
    """A hold or a block that downstream services carry out (`placed`) or end (`lifted`), on `screening.hold` and `screening.block`."""

    action: Literal["placed", "lifted"]
    listing_id: str
    revision: int
    seller_id: str
    scope: Scope
    decision_id: str
    """The decision that placed it; for `lifted` the one that is ended."""
    lifted_by: LiftedBy | None
    review_by_ms: int | None
    risk: float
    reasons: tuple[str, ...]
    cause: Cause


OutcomeKind = Literal["judged", "recorded", "repeated", "stale", "dead_letter"]


class TraceHead(Struct, frozen=True, gc=False, kw_only=True):
    """First line of a trace record (canonical JSON); a newline and the input's original bytes follow.

    `state_before` and `state_after` are hashes over the values of every key the input touched (`processor.digest`).
    """

    format: int
    sequence: int
    """Number of the record in its partition, from 1, without gap."""
    outcome: OutcomeKind
    reason: str
    cause: Cause
    timestamp_ms: int
    """The broker's append time of the input, or the tick's time."""
    key: str | None
    """The input's Kafka key, base64."""
    headers: tuple[tuple[str, str | None], ...]
    """The input's headers, values in base64, so that a replay sees what intake saw."""
    listing_id: str | None
    seller_id: str | None
    decisions: tuple[Any, ...]
    failed_detectors: tuple[str, ...]
    side: dict[str, InForce]
    state_before: str
    state_after: str
    judge_version: str
    input_present: bool
    """False for a tick and for a record whose value was null: then nothing follows the newline."""


class DeadLetterReplayed(Struct, frozen=True, gc=False, kw_only=True):
    """A dead letter was published again by `screener dlq replay`; written in the same transaction, so that running it twice publishes once.

    The three figures say which letter: the place in the DLQ, and the record's time there, which tells it from a letter at the same place of a DLQ
    that was deleted and made anew.
    """

    partition: Count
    offset: Count
    timestamp_ms: Count
    topic: str
    """Where it was published again: the topic it came from."""
