"""What the judge knows besides its state: brands, rulebook and evidence, each compiled from one whole version of its side log."""

from __future__ import annotations

from msgspec import Struct

from screener.contracts import InForce
from screener.judge.evidence import NO_EVIDENCE, Evidence
from screener.judge.registry import Registry
from screener.judge.rulebook import Rulebook


class Side(Struct, frozen=True, kw_only=True):
    """All of it, with the versions that every decision names."""

    registry: Registry
    registry_in_force: InForce
    rulebook: Rulebook
    rulebook_in_force: InForce
    evidence: Evidence = NO_EVIDENCE
    """Also the registry's photos."""
    forced_failures: tuple[str, ...] = ()
    """Detectors that count as failed without being asked. Live none: a replay forces those that failed when the input was judged."""
