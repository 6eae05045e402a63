"""Goal: the benchmark of engines side by side runs, compares every output, and prints the keys that others read.

Method: the script itself with tiny counts, for this engine (without and with trace) and the bare consumer; its check of outputs on planted errors.
Blind spot: Quix Streams and stock Faust, which take minutes to set up or to run; and every figure, for nothing here asserts a timing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.job import differences, load

ROOT = Path(__file__).parents[2]
INPUTS = load(60, 5)


def test_engines_runs_and_prints_its_keys() -> None:
    arguments = ["--json", "--engines", "bare,screener,traced", "--records", "1000", "--keys", "50", "--repeats", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.engines", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["outputs_equal"] is True
    assert {"ratio_to_quix_exactly_once", "ratio_to_stock_faust", "records_per_s", "machine"} <= figures.keys()
    assert set(figures["records_per_s"]) == {"bare", "screener", "traced"}
    assert all(engine["settings"] for engine in figures["engines"].values())
    assert figures["engines"]["screener"]["changelog_records_per_input"] > 0


def _outputs() -> list[bytes]:
    counts: dict[str, int] = {}
    values = []
    for key, _value in INPUTS.events:
        seller = key.decode()
        counts[seller] = counts.get(seller, 0) + 1
        total = INPUTS.totals[seller][counts[seller] - 1]
        values.append(json.dumps({"seller_id": seller, "count": counts[seller], "total": total}).encode())
    return values


def test_right_outputs_have_no_differences() -> None:
    assert not differences(INPUTS, _outputs(), whole=True)
    assert not differences(INPUTS, _outputs()[:-10], whole=False)


@pytest.mark.parametrize("damage", ["lost", "doubled", "swapped", "changed", "cut"])
def test_wrong_outputs_are_found(damage: str) -> None:
    values = _outputs()
    same_key = [place for place, (key, _) in enumerate(INPUTS.events) if key == INPUTS.events[20][0]]
    first, second = same_key[1], same_key[2]
    match damage:
        case "lost":
            del values[first]
        case "doubled":
            values.insert(first, values[first])
        case "swapped":
            values[first], values[second] = values[second], values[first]
        case "changed":
            values[first] = values[first].replace(b'"total": ', b'"total": 1')
        case "cut":
            values.pop()
    assert differences(INPUTS, values, whole=True)
