"""Everything that the report tells, measured: one dictionary of plain figures."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from screener.contracts import Signal
from screener.judge.policy import rule_on
from screener.judge.rulebook import parse_rulebook
from tests.bench.quality import naive, real
from tests.bench.quality.cases import Attack, HardNegative
from tests.bench.quality.judging import LISTED, Bench, Judged, recall, shipped_rulebook, threshold_for
from tests.bench.quality.left_out import left_out

ALARMS_PER_10_000: Final = (1, 10)
"""The two budgets: blocks and holds of the issue."""

Case = TypeVar("Case", Attack, HardNegative)

_CURVE: Final = (0.5, 1, 2, 5, 10, 20, 50, 100)


def say(text: str) -> None:
    """Progress, for who waits."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def capped(cases: Iterable[Case], limit: int | None) -> Iterator[Case]:
    """At most `limit` cases of each family or kind."""
    seen: Counter[str] = Counter()
    for case in cases:
        name = case.family if isinstance(case, Attack) else case.kind
        seen[name] += 1
        if limit is None or seen[name] <= limit:
            yield case


def _share(count: int, of: int) -> float:
    return round(count / of, 4) if of else 0.0


def _per_10_000(count: int, of: int) -> float:
    return round(10_000 * count / of, 2) if of else 0.0


def real_titles(bench: Bench, split: real.Split, limit: int | None) -> tuple[dict[str, Any], list[Judged]]:
    """(figures, everything that was said) of one side's real titles, each seller's state kept."""
    bench.forget()
    said: list[Judged] = []
    naive_alarms = 0
    decisions: Counter[str] = Counter()
    signals: Counter[str] = Counter()
    by_source: dict[str, Counter[str]] = {}
    for source, event in real.listings(split, limit):
        judged = bench.one(event)
        if judged is None:
            continue
        said.append(judged)
        decisions[judged.decision] += 1
        by_source.setdefault(source, Counter())[judged.decision] += 1
        if judged.stopped:
            signals.update(name for name, _ in judged.signals)
        naive_alarms += naive.hits(event)
    figures = {
        "titles": len(said),
        "holds_per_10_000": _per_10_000(decisions["hold"], len(said)),
        "blocks_per_10_000": _per_10_000(decisions["block"], len(said)),
        "by_source": {source: dict(counted) for source, counted in by_source.items()},
        "signals_of_alarms": dict(signals.most_common()),
        "naive_per_10_000": _per_10_000(naive_alarms, len(said)),
    }
    return figures, said


def _without_lists() -> Callable[[Judged], bool]:
    """Whether the shipped rulebook would still stop a case if no word list had spoken."""
    rulebook = parse_rulebook(shipped_rulebook())

    def stopped(judged: Judged) -> bool:
        kept = tuple(Signal(name=name, strength=strength, field="title") for name, strength in judged.signals if name not in LISTED)
        return rule_on(kept, rulebook).decision != "allow"

    return stopped


def family_figures(attacks: Sequence[Attack], judged: Sequence[Judged], thresholds: dict[str, float]) -> dict[str, Any]:
    """The figures of one family."""
    still = _without_lists()
    return {
        "listings": len(attacks),
        "stopped": _share(sum(one.stopped for one in judged), len(judged)),
        "blocked": _share(sum(one.decision == "block" for one in judged), len(judged)),
        "held": _share(sum(one.decision == "hold" for one in judged), len(judged)),
        "recall_at": {alarms: round(recall(judged, threshold), 4) for alarms, threshold in thresholds.items()},
        "without_lists": _share(sum(map(still, judged)), len(judged)),
        "naive": _share(sum(naive.hits(attack.events[-1]) for attack in attacks), len(attacks)),
        "left_out": None,  # filled in by `leave_out`, which needs all families
        "needs": sorted({need for attack in attacks for need in attack.needs}),
    }


def attack_figures(bench: Bench, attacks: Iterable[Attack], thresholds: dict[str, float]) -> tuple[dict[str, Any], dict[str, list[Judged]]]:
    """(figures of every family and of all together, what was said by family). A family counts alike however many listings it has."""
    by_family: dict[str, list[Attack]] = {}
    for attack in attacks:
        by_family.setdefault(attack.family, []).append(attack)
    families: dict[str, Any] = {}
    said: dict[str, list[Judged]] = {}
    for family, members in by_family.items():
        said[family] = judged = bench.cases(members)
        families[family] = family_figures(members, judged, thresholds)
    mean = {
        key: round(sum(figures[key] for figures in families.values()) / len(families), 4) if families else 0.0
        for key in ("stopped", "blocked", "held", "without_lists", "naive")
    }
    at = {alarms: round(sum(one["recall_at"][alarms] for one in families.values()) / len(families), 4) if families else 0.0 for alarms in thresholds}
    return {"families": families, "all": {**mean, "recall_at": at}}, said


def leave_out(figures: dict[str, Any], genuine: Sequence[Judged], said: dict[str, list[Judged]]) -> None:
    """Writes each family's recall by a scorecard that never saw it into its figures, at the budget for holds."""
    shares = left_out(genuine, said, ALARMS_PER_10_000[-1])
    for family, share in shares.items():
        figures["families"][family]["left_out"] = share
    figures["all"]["left_out"] = round(sum(shares.values()) / len(shares), 4) if shares else None


def negative_figures(bench: Bench, negatives: Iterable[HardNegative]) -> dict[str, Any]:
    """Shares allowed and not blocked, by kind and over all."""
    by_kind: dict[str, Counter[str]] = {}
    for negative in negatives:
        by_kind.setdefault(negative.kind, Counter())[bench.case(negative).decision] += 1
    kinds = {
        kind: {
            "listings": counted.total(),
            "allowed": _share(counted["allow"], counted.total()),
            "blocked": _share(counted["block"], counted.total()),
        }
        for kind, counted in by_kind.items()
    }
    total: Counter[str] = sum(by_kind.values(), Counter())
    return {
        "kinds": kinds,
        "all": {
            "listings": total.total(),
            "allowed": _share(total["allow"], total.total()),
            "not_blocked": _share(total.total() - total["block"], total.total()),
        },
    }


def curve(genuine: Sequence[Judged], said: dict[str, list[Judged]]) -> list[tuple[float, float]]:
    """(false alarms per 10,000, recall over all attacks) as the threshold on the risk falls."""
    risks, attacked = [one.risk for one in genuine], [one for family in said.values() for one in family]
    return [(alarms, round(recall(attacked, threshold_for(risks, alarms)), 4)) for alarms in _CURVE] if risks else []


def thresholds_of(genuine: Sequence[Judged]) -> dict[str, float]:
    """The risk threshold for each budget, by development titles; empty without any."""
    risks = [one.risk for one in genuine]
    return {str(alarms): round(threshold_for(risks, alarms), 6) for alarms in ALARMS_PER_10_000} if risks else {}
