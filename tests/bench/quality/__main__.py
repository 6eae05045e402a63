"""Quality of the judge on constructed attacks, innocent look-alikes and real titles.

    python -m tests.bench.quality [--held-out] [--families a,b] [--limit N] [--json] [--report [FOLDER]]

Attacks and hard negatives are constructed (seeded grammars), titles are real where the data is beside the repository: without it there are no
false-alarm rates, and recall is told at the shipped thresholds only. `--held-out` measures the other author's attacks and the other shops' titles,
at the thresholds of the development side. `--report` writes quality.md and its plots.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tests.bench.quality import measure, real
from tests.bench.quality.attacks import FAMILIES, LISTINGS, attacks
from tests.bench.quality.brands import benchmark_brands
from tests.bench.quality.judging import Bench
from tests.bench.setting import machine

SEED = 20260504


def figures(families: tuple[str, ...], limit: int | None, held_out: bool) -> dict[str, Any]:
    """All figures of a run. `limit` caps the listings of a family and the titles of a source."""
    brands = benchmark_brands()
    bench = Bench(brands)
    measure.say(f"{len(brands.records)} brands, {len(brands.makers)} of them attacked")
    if not real.there():
        measure.say("shared/data with real titles is not here: no false-alarm rates, no recall at a budget")
    genuine, said = measure.real_titles(bench, "development", limit)
    thresholds = measure.thresholds_of(said)
    measure.say(f"{genuine['titles']} real titles judged")
    attacked, seen = measure.attack_figures(bench, attacks(brands, SEED, limit or LISTINGS, families), thresholds)
    measure.say(f"{len(seen)} attacks judged")
    return {
        "machine": machine(),
        "brands": len(brands.records),
        "thresholds": thresholds,
        "development": {"real": genuine, "attacks": attacked, "curve": measure.curve(said, seen)},
    }


def _print(told: dict[str, Any]) -> None:
    print(told["machine"])
    for side in ("development", "held_out"):
        if side not in told:
            continue
        genuine, attacked = told[side]["real"], told[side]["attacks"]
        print(f"{side}: {genuine['titles']} real titles, {genuine['holds_per_10_000']} holds and {genuine['blocks_per_10_000']} blocks per 10,000")
        print(f"  {'family':22}{'n':>5}{'stopped':>9}{'held':>7}{'blocked':>9}{'at 1':>7}{'at 10':>7}{'no lists':>10}{'naive':>7}")
        for family, row in (*attacked["families"].items(), ("all (mean)", {**attacked["all"], "listings": ""})):
            at = "".join(f"{row['recall_at'].get(alarms, float('nan')):7.1%}" for alarms in ("1", "10"))
            shown = f"{row['stopped']:9.1%}{row['held']:7.1%}{row['blocked']:9.1%}{at}{row['without_lists']:10.1%}{row['naive']:7.1%}"
            print(f"  {family:22}{row['listings']:>5}{shown}")


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
    told = figures(options.families, options.limit, options.held_out)
    if options.json:
        print(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _print(told)


if __name__ == "__main__":
    main()
