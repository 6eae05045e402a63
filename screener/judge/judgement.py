"""What the judge answers to one input, before it is turned into records."""

from __future__ import annotations

from msgspec import Struct

from screener.contracts import Action, Decision, OutcomeKind
from screener.processor import Write


class Judgement(Struct, frozen=True, gc=False, kw_only=True):
    """Decisions in the order they were taken; `holds` and `blocks` are what downstream services place or lift, in order."""

    kind: OutcomeKind
    reason: str = ""
    decisions: tuple[Decision, ...] = ()
    holds: tuple[Action, ...] = ()
    blocks: tuple[Action, ...] = ()
    writes: tuple[Write, ...] = ()
    touched: tuple[bytes, ...] = ()
    before: tuple[bytes | None, ...] = ()
    failed_detectors: tuple[str, ...] = ()
    listing_id: str | None = None
    seller_id: str | None = None
    first_seen: bool = False
