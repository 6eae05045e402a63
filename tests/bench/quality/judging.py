"""Cases through the real judge: intake, state of the seller, detectors, ruling; exactly the way of a live record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

from screener import topics
from screener.codecs import canonical
from screener.contracts import Decision
from screener.offline import MemoryState, Offline
from tests.bench.quality.cases import Attack, Brands, HardNegative

LISTED: Final = frozenset({"replica_slang", "denied_original", "coded_hint", "contact_diversion", "parallel_import", "picture_only"})
"""Signals that rest on a shipped list of words. Without them what is left is the mechanism and the registry."""


class Judged(Struct, frozen=True, gc=False):
    """What the judge said of a case's last event. `signals` are (name, strength), the strongest of each name."""

    decision: str
    risk: float
    signals: tuple[tuple[str, float], ...]

    @property
    def stopped(self) -> bool:
        """Whether buyers do not see it now."""
        return self.decision != "allow"


def shipped_rulebook() -> str:
    """The rulebook that is in force while none was published."""
    return (resources.files("screener.judge") / "rulebook.toml").read_text("utf-8")


def _said(decision: Decision) -> Judged:
    strongest: dict[str, float] = {}
    for signal in decision.signals:
        strongest[signal.name] = max(signal.strength, strongest.get(signal.name, 0.0))
    return Judged(decision.decision, decision.risk, tuple(strongest.items()))


class Bench:
    """The judge with the benchmark's registry, and a rulebook of one's own if given."""

    def __init__(self, brands: Brands, rulebook: str | None = None) -> None:
        self._offline = Offline(brands.compiled(), rulebook)

    def forget(self) -> None:
        """Every seller is unknown again."""
        self._offline.state = MemoryState()

    def one(self, event: bytes) -> Judged | None:
        """What is said of one event; None if it leads to no decision (a removal, a repeat). Raises `ValueError` for what intake refuses."""
        stepped, decisions = self._offline.judge(event)
        if stepped.outcome.kind == "dead_letter":
            raise ValueError(f"the benchmark made an event that intake refuses ({stepped.outcome.reason}): {event[:300]!r}")
        return _said(decisions[-1]) if decisions else None

    def case(self, case: Attack | HardNegative) -> Judged:
        """What is said of the case's last event, nobody in it known before; blocked listings of others have been blocked by a person."""
        self.forget()
        for number, event in enumerate(case.evidence):
            self.one(event)
            self._offline.judge(_blocked(event, number), topics.VERDICT)
        said = None
        for event in case.events:
            said = self.one(event)
        assert said is not None, "a case ends with a listing event"
        return said

    def cases(self, cases: Iterable[Attack | HardNegative]) -> list[Judged]:
        """All of them."""
        return [self.case(one) for one in cases]


def _blocked(event: bytes, number: int) -> bytes:
    """A person's verdict on another seller's listing."""
    content = msgspec.json.decode(event)
    verdict = {key: content[key] for key in ("listing_id", "seller_id", "revision", "occurred_at")}
    return canonical({**verdict, "event_id": f"verdict-{number}", "type": "block", "reviewer": "bench", "reason": "a copy"})


def threshold_for(risks: Sequence[float], alarms_per_10_000: float) -> float:
    """The lowest risk at which at most that many of 10,000 genuine listings are at or above; above 1 if none is low enough."""
    allowed = int(len(risks) * alarms_per_10_000 / 10_000)
    ordered = sorted(risks, reverse=True)
    if allowed >= len(ordered):
        return 0.0
    return ordered[allowed] + 1e-6  # risks have six digits, and this one is one alarm too many


def recall(judged: Sequence[Judged], threshold: float) -> float:
    """Share at or above the threshold."""
    return sum(one.risk >= threshold for one in judged) / len(judged) if judged else 0.0
