"""What the judge knows besides its state: the registry of brands and the rulebook, each compiled from one whole version of its side log."""

from __future__ import annotations

from msgspec import Struct

from screener.contracts import InForce
from screener.judge.registry import Registry
from screener.judge.rulebook import Rulebook


class Side(Struct, frozen=True, kw_only=True):
    """Both, with the versions that every decision names."""

    registry: Registry
    registry_in_force: InForce
    rulebook: Rulebook
    rulebook_in_force: InForce
    forced_failures: tuple[str, ...] = ()
    """Detectors that count as failed without being asked. Live none: a replay forces those that failed when the input was judged."""
