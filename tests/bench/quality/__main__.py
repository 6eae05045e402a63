"""Quality of the judge on constructed attacks, innocent look-alikes and real titles.

    python -m tests.bench.quality [--held-out] [--families a,b] [--limit N] [--json] [--report [FOLDER]]

Attacks and hard negatives are constructed (seeded grammars), titles are real where the data is beside the repository: without it there are no
false-alarm rates, and recall is told at the shipped thresholds only. `--held-out` measures the other author's attacks and the other shops' titles,
at the thresholds of the development side. `--report` writes quality.md and its plots.
"""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.bench.quality import extras, measure, real, report
from tests.bench.quality import negatives as negative_module
from tests.bench.quality.attacks import FAMILIES, LISTINGS, attacks
from tests.bench.quality.brands import benchmark_brands
from tests.bench.quality.judging import Bench, recall
from tests.bench.quality.negatives import negatives
from tests.bench.setting import machine

SEED = 20260504


class Run:
    """One run: the registry, the judge, and how much of everything. `limit` caps the listings of a family or kind and the titles of a source."""

    def __init__(self, families: tuple[str, ...], limit: int | None) -> None:
        self.families, self.limit = families, limit
        self.brands = benchmark_brands()
        self.bench = Bench(self.brands)
        measure.say(f"{len(self.brands.records)} brands, {len(self.brands.makers)} of them attacked")

    def development(self) -> tuple[dict[str, Any], dict[str, float]]:
        """(figures of our own cases and the first half of the titles, the thresholds that those titles set)."""
        genuine, said = measure.real_titles(self.bench, "development", self.limit)
        thresholds = measure.thresholds_of(said)
        measure.say(f"{genuine['titles']} real titles judged")
        attacked, seen = measure.attack_figures(self.bench, attacks(self.brands, SEED, self.limit or LISTINGS, self.families), thresholds)
        measure.say("attacks judged")
        measure.leave_out(attacked, said, seen)
        measure.say("each family left out once")
        innocent = measure.negative_figures(self.bench, negatives(self.brands, SEED, self.limit or negative_module.LISTINGS))
        measure.say("hard negatives judged")
        return {
            "real": genuine,
            "attacks": attacked,
            "hard_negatives": innocent,
            "curve": measure.curve(said, seen),
        }, thresholds

    def held_out(self, thresholds: dict[str, float]) -> dict[str, Any] | None:
        """The same of the other author's cases and the other shops' titles, at thresholds set before; None if there are no such cases."""
        if find_spec("tests.bench.quality.held_out") is None:
            measure.say("tests/bench/quality/held_out.py is not here")
            return None
        other = import_module("tests.bench.quality.held_out")
        genuine, said = measure.real_titles(self.bench, "held_out", self.limit)
        measure.say(f"{genuine['titles']} held-out titles judged")
        attacked, seen = measure.attack_figures(self.bench, measure.capped(other.held_out_attacks(self.brands, SEED), self.limit), thresholds)
        innocent = measure.negative_figures(self.bench, measure.capped(other.held_out_negatives(self.brands, SEED), self.limit))
        measure.say("held-out attacks and hard negatives judged")
        alarms = {budget: round(recall(said, threshold) * 10_000, 2) for budget, threshold in thresholds.items()}
        return {
            "real": {**genuine, "alarms_at": alarms},
            "attacks": attacked,
            "hard_negatives": innocent,
            "curve": measure.curve(said, seen),
        }

    def extras(self) -> dict[str, Any]:
        """The single questions."""
        told = {
            "prices": extras.prices(self.bench, self.brands, SEED),
            "edits": extras.edits(self.bench, self.limit),
            "relisting_pairs": extras.relisting_pairs(self.bench, self.brands, self.limit),
            "contacts": extras.contacts(self.bench, "development", self.limit),
            "dressed_real_titles": extras.slang_in_real_titles(self.brands, self.bench, "development", self.limit, SEED),
        }
        measure.say("single questions asked")
        return told


def figures(families: tuple[str, ...], limit: int | None, held_out: bool) -> dict[str, Any]:
    """All figures of a run."""
    run = Run(families, limit)
    if not real.there():
        measure.say("shared/data with real titles is not here: no false-alarm rates, no recall at a budget")
    development, thresholds = run.development()
    told: dict[str, Any] = {"machine": machine(), "brands": len(run.brands.records), "thresholds": thresholds, "development": development}
    if held_out and (other := run.held_out(thresholds)) is not None:
        told["held_out"] = other
    return {**told, "single": run.extras()}


def _print(told: dict[str, Any]) -> None:
    print(told["machine"])
    for side in ("development", "held_out"):
        if side not in told:
            continue
        genuine, attacked = told[side]["real"], told[side]["attacks"]
        print(f"{side}: {genuine['titles']} real titles, {genuine['holds_per_10_000']} holds and {genuine['blocks_per_10_000']} blocks per 10,000")
        print(f"  {'family':22}{'n':>5}{'stopped':>9}{'held':>7}{'blocked':>9}{'at 1':>7}{'at 10':>7}{'no lists':>10}{'left out':>10}{'naive':>7}")
        for family, row in (*attacked["families"].items(), ("all (mean)", {**attacked["all"], "listings": ""})):
            at = "".join(f"{row['recall_at'].get(alarms, float('nan')):7.1%}" for alarms in ("1", "10"))
            left = f"{row['left_out']:10.1%}" if row.get("left_out") is not None else f"{'n/a':>10}"
            shown = f"{row['stopped']:9.1%}{row['held']:7.1%}{row['blocked']:9.1%}{at}{row['without_lists']:10.1%}{left}{row['naive']:7.1%}"
            print(f"  {family:22}{row['listings']:>5}{shown}")
        innocent = told[side]["hard_negatives"]
        print(f"  hard negatives: {innocent['all']['allowed']:.1%} allowed, {innocent['all']['not_blocked']:.1%} not blocked")
        for kind, row in innocent["kinds"].items():
            if row["allowed"] < 1:
                print(f"    {kind:20}{row['listings']:>5} allowed {row['allowed']:.1%}, blocked {row['blocked']:.1%}")
    print(json.dumps(told["single"], ensure_ascii=False))


def main() -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--families", type=lambda text: tuple(text.split(",")), default=tuple(FAMILIES), help="some families only, by name")
    parser.add_argument("--limit", type=int, help="at most so many listings of a family and titles of a source")
    parser.add_argument("--report", type=Path, nargs="?", const=Path("deploy"), help="write quality.md and its plots into this folder")
    options = parser.parse_args()
    unknown = [family for family in options.families if family not in FAMILIES]
    if unknown:
        parser.error(f"no family {unknown[0]}; there are {', '.join(FAMILIES)}")
    if options.report and (options.limit or options.families != tuple(FAMILIES)):
        parser.error("a report is about a whole run: leave --limit and --families out")
    told = figures(options.families, options.limit, options.held_out)
    if options.report:
        report.write(told, options.report)
    if options.json:
        print(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _print(told)


if __name__ == "__main__":
    main()
