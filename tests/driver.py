"""The judge without Kafka: publish inputs, let time pass, look at what went out. As Kafka Streams' TopologyTestDriver.

The real core runs behind it (`catalog.JUDGE`, `step`, `tick`); the driver is broker, clock and state. Records get increasing offsets per topic and
the driver's clock as append time; when the clock passes the first deadline, ticks are fed as the engine does: each later than the last, one second
apart while more is due, and none before the first input.

Its limits: one partition, so no repartitioning by key, no order between partitions, no second processor. Nothing is batched, committed, lost or
restored; whatever the core answers is stored at once, so a crash means nothing here (`tests/system/` and `tests/oracle.py` are for that). Header, key
and value are what the test says, but the broker's own limits (record size, LogAppendTime) are not enforced.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from screener import topics
from screener.catalog import JUDGE
from screener.codecs import canonical
from screener.contracts import Action, Brand, Decision, ListingEdited, ListingPublished, ListingRemoved, TraceHead, Verdict
from screener.judge.keys import DEADLINES, due_ms, listing_key, seller_key
from screener.judge.listing import ListingState, decode_listing
from screener.judge.seller import SellerState, decode_seller
from screener.offline import MemoryState
from screener.processor import Compiled, Headers, Incoming, NotReady, Origin, Outgoing, SideVersion
from screener.sidelog import SideReader, encode_version
from screener.step import Stepped, step, tick
from screener.tracing import split

START = datetime(2026, 1, 5, 10, tzinfo=UTC)
"""When the clock begins."""

TICK_EVERY_MS = 1_000
"""The engine looks at the clock at most once a second."""

BRANDS = (
    Brand(brand_id="velmora", name="Velmora", aliases=("维摩拉",), authorised_sellers=("velmora-official",)),
    Brand(brand_id="tarquent", name="Tarquent"),
)
"""Brands that do not exist."""

RULEBOOK = """
mode = "enforce"
[hold]
review_h = 48
escalation_h = 24
weak_below = 0.75
sample_one_in = 2
[score]
intercept = -16
[signals]
[[rule]]
id = "bar"
all = ["protected_brand", "replica_slang"]
decision = "block"
scope = "listing"
risk = 0.99
owner = "test"
reason = "A brand and an open word for a copy."
[[rule]]
id = "copy"
all = ["replica_slang"]
not = ["protected_brand"]
decision = "block"
risk = 0.95
owner = "test"
reason = "An open word for a copy."
[[rule]]
id = "strong"
all = ["contact_diversion"]
decision = "hold"
risk = 0.9
owner = "test"
reason = "The buyer is sent to a messenger."
[[rule]]
id = "weak"
all = ["protected_brand"]
decision = "hold"
risk = 0.6
owner = "test"
reason = "A brand is named."
"""
"""A rulebook of bare rules, nothing weighs anything: each of the five texts below leads to one decision, whatever the past."""

CLEAN = "soft cotton scarf"
WEAK = "Velmora leather wallet"
STRONG = "leather wallet, add wechat: goods_123x"
BLOCK = "高仿 leather wallet"
BAR = "Velmora 高仿 leather wallet"
"""Titles, by what `RULEBOOK` makes of them: allow; hold on weak, on strong evidence; block the revision, the listing."""

_decode_decision = msgspec.json.Decoder(Decision).decode
_decode_action = msgspec.json.Decoder(Action).decode

KEY_OF_SELLER: Any = object()
"""Default key of what is published: the event's seller."""


class DeadLetter(Struct, frozen=True):
    """What went to the DLQ, its own headers taken apart."""

    key: bytes | None
    value: bytes
    reason: str
    detail: str
    origin: Origin
    headers: Headers
    """Those that the input came with."""


def published(seller_id: str, listing_id: str, revision: int, title: str, *, at: datetime = START, **more: Any) -> ListingPublished:
    """A listing put up, that claims to have been at `at`."""
    return ListingPublished(**_common(seller_id, listing_id, revision, at), **{"title": title, **more})


def edited(seller_id: str, listing_id: str, revision: int, title: str, *, at: datetime = START, **more: Any) -> ListingEdited:
    """A listing changed."""
    return ListingEdited(**_common(seller_id, listing_id, revision, at), **{"title": title, **more})


def removed(seller_id: str, listing_id: str, revision: int, *, at: datetime = START) -> ListingRemoved:
    """A listing taken down."""
    return ListingRemoved(**_common(seller_id, listing_id, revision, at))


def _common(seller_id: str, listing_id: str, revision: int, at: datetime) -> dict[str, Any]:
    event_id = f"event-{seller_id}-{listing_id}-{revision}"
    return {"event_id": event_id, "occurred_at": at, "listing_id": listing_id, "revision": revision, "seller_id": seller_id}


class Driver:
    """One partition of the judge. `brands` and `rulebook` (TOML; None: the shipped one) take force as their side logs would bring them."""

    def __init__(self, brands: Sequence[Brand] = BRANDS, rulebook: str | None = None) -> None:
        self.now_ms = _milliseconds(START)
        self.state = MemoryState()
        self.sent: list[Outgoing] = []
        """Every record that went out, in order."""
        self.inputs: list[Incoming] = []
        """Every record that came in; ticks are not among them."""
        self.ticks: list[int] = []
        self.sequence = 0
        self._tick_ms = 0
        self._offsets: dict[str, int] = {}
        self._sides = {topic: SideReader(topic) for topic in JUDGE.sides}
        self._side_offsets = dict.fromkeys(JUDGE.sides, 0)
        self.register(brands)
        if rulebook is not None:
            self.put_in_force(rulebook)

    # What a test does.

    def publish(
        self,
        event: Struct | Mapping[str, Any] | bytes | None,
        topic: str = topics.LISTING,
        *,
        at: datetime | None = None,
        key: bytes | None = KEY_OF_SELLER,
        headers: Headers = (("schema", b"1"),),
    ) -> Stepped:
        """One record, appended now or `at` a later time (deadlines until then fire first)."""
        if at is not None:
            self._pass_to(_milliseconds(at))
        value = event if event is None or isinstance(event, bytes) else canonical(event)
        origin = Origin(topic, 0, self._offsets.get(topic, 0), self.now_ms)
        self._offsets[topic] = origin.offset + 1
        incoming = Incoming(origin, _seller_of(value) if key is KEY_OF_SELLER else key, value, headers)
        self.inputs.append(incoming)
        self.sequence += 1
        return self._take(step(JUDGE, self.state, incoming, self._compiled.side, self._compiled.in_force, self.sequence))

    def verdict(
        self,
        kind: Literal["release", "block"],
        seller_id: str,
        listing_id: str,
        *,
        revision: int | None = None,
        scope: Literal["revision", "listing"] = "revision",
        reviewer: str = "reviewer-1",
        reason: str = "",
    ) -> Stepped:
        """A person's decision about a revision (None: the listing's current one), taken now."""
        known = self.listing(seller_id, listing_id)
        verdict = Verdict(
            event_id=f"verdict-{len(self.inputs)}",
            type=kind,
            occurred_at=self.now,
            listing_id=listing_id,
            revision=revision or (known.revision if known else 1),
            seller_id=seller_id,
            reviewer=reviewer,
            scope=scope,
            reason=reason,
        )
        return self.publish(verdict, topics.VERDICT)

    def advance(self, minutes: float) -> None:
        """Time passes; what falls due meanwhile is decided when it does."""
        self._pass_to(self.now_ms + round(minutes * 60_000))

    def register(self, brands: Sequence[Brand]) -> None:
        """Another version of the registry takes force."""
        self._force(topics.REGISTRY, [msgspec.to_builtins(brand) for brand in brands])

    def put_in_force(self, rulebook: str) -> None:
        """Another rulebook takes force."""
        self._force(topics.RULEBOOK, [{"text": rulebook}])

    # What a test looks at.

    @property
    def now(self) -> datetime:
        """The driver's clock."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=self.now_ms)

    def decisions(self, listing_id: str | None = None) -> list[Decision]:
        """All decisions in order, or those about one listing id."""
        decided = (_decode_decision(value) for value in self._values(topics.DECISION))
        return [decision for decision in decided if listing_id in (None, decision.listing_id)]

    def holds(self) -> list[Action]:
        """What went to `screening.hold`, in order."""
        return [_decode_action(value) for value in self._values(topics.HOLD)]

    def blocks(self) -> list[Action]:
        """What went to `screening.block`, in order."""
        return [_decode_action(value) for value in self._values(topics.BLOCK)]

    def standing(self) -> list[Action]:
        """Holds and blocks that were placed and not lifted, as a downstream service sees them."""
        stand: dict[tuple[str, str], Action] = {}
        for topic, actions in ((topics.HOLD, self.holds()), (topics.BLOCK, self.blocks())):
            for action in actions:
                if action.action == "placed":
                    stand[topic, action.decision_id] = action
                else:
                    stand.pop((topic, action.decision_id), None)
        return list(stand.values())

    def dead_letters(self) -> list[DeadLetter]:
        """What went to the DLQ, in order."""
        return [_dead_letter(record) for record in self.sent if record.topic == topics.DEAD_LETTER]

    def traces(self) -> list[tuple[TraceHead, bytes | None]]:
        """(head, the input's original bytes) of every trace record, in order."""
        return [split(value) for value in self._values(topics.TRACE)]

    def seller(self, seller_id: str) -> SellerState | None:
        """The seller's memory."""
        return decode_seller(self.state.get(seller_key(seller_id)))

    def listing(self, seller_id: str, listing_id: str) -> ListingState | None:
        """The listing's state."""
        return decode_listing(self.state.get(listing_key(seller_id, listing_id)))

    def deadlines(self) -> list[bytes]:
        """The keys of all deadlines, in order."""
        return [key for key, _ in self.state.scan(*DEADLINES, len(self.state.values))]

    # How it works.

    def _values(self, topic: str) -> Iterator[bytes]:
        return (record.value for record in self.sent if record.topic == topic)

    def _force(self, topic: str, parts: Sequence[dict[str, Any]]) -> None:
        for value in encode_version(parts):
            self._sides[topic].feed(self._side_offsets[topic], value)
            self._side_offsets[topic] += 1
        versions: dict[str, SideVersion] = {name: reader.newest for name, reader in self._sides.items() if reader.newest is not None}
        compiled = JUDGE.compile_side(versions)
        assert not isinstance(compiled, NotReady), compiled.reason
        self._compiled: Compiled = compiled

    def _pass_to(self, then_ms: int) -> None:
        assert then_ms >= self.now_ms, "the broker's clock does not go back"
        while self.sequence and (first := self.deadlines()[:1]):
            due = due_ms(first[0])
            assert due is not None
            now_ms = max(due, self.now_ms, self._tick_ms + TICK_EVERY_MS if self._tick_ms else 0)
            if now_ms > then_ms:
                break
            self.now_ms = self._tick_ms = now_ms
            self.ticks.append(now_ms)
            self.sequence += 1
            self._take(tick(JUDGE, self.state, 0, now_ms, self._compiled.side, self._compiled.in_force, self.sequence))
        self.now_ms = then_ms

    def _take(self, stepped: Stepped) -> Stepped:
        self.state.write(dict(stepped.outcome.writes))
        self.sent.extend(stepped.records)
        return stepped


def _milliseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


class _Keyed(Struct):
    seller_id: str


def _seller_of(value: bytes | None) -> bytes | None:
    try:
        return msgspec.json.decode(value or b"", type=_Keyed).seller_id.encode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _dead_letter(record: Outgoing) -> DeadLetter:
    own = {name.removeprefix("screener.dlq."): (value or b"").decode() for name, value in record.headers if name.startswith("screener.dlq.")}
    origin = Origin(own["topic"], int(own["partition"]), int(own["offset"]), int(own["timestamp_ms"]))
    kept = tuple((name, value) for name, value in record.headers if not name.startswith("screener.dlq."))
    return DeadLetter(record.key, record.value, own["reason"], own["detail"], origin, kept)


def key_text(head: TraceHead) -> bytes | None:
    """The input's Kafka key that a trace head holds."""
    return None if head.key is None else base64.b64decode(head.key)
