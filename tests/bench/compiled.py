"""The compiled core beside the plain one: whether they decide alike, and how much sooner.

    make compiled && python -m tests.bench.compiled [--listings 8000]

The demo's stream (edits, removals, repeats, prices) goes through the offline scorer twice: with the extensions, and with a copy of the package
without them, each in a process of its own, in turn. Every record that would be sent is hashed. Ends with 1 when one byte differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.setting import machine

ROUNDS = 3
"""Pairs of passes; the median ratio counts."""

REPOSITORY = Path(__file__).parents[2]


def decide(listings: int) -> None:
    """Prints what this process's package makes of the stream: which it is, a hash over all records, CPU microseconds per event."""
    from screener.codecs import canonical
    from screener.demo.generator import generate
    from screener.judge import names
    from screener.offline import Offline

    stream = generate(5, listings)
    events = [canonical(event) for event in stream.events]
    hasher = hashlib.sha256()
    offline = Offline(stream.brands)
    started = time.process_time()
    for event in events:
        stepped, _ = offline.judge(event)
        for record in stepped.records:
            hasher.update(b"%b %b %b " % (record.topic.encode(), record.key or b"", record.value))
    spent = time.process_time() - started
    told = {"file": Path(str(names.__file__)).suffix, "hash": hasher.hexdigest(), "events": len(events), "us": spent / len(events) * 1e6}
    print(json.dumps(told))


def _in(folder: Path, listings: int) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.bench.compiled", "--alone", "--listings", str(listings)]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True)
    told: dict[str, object] = json.loads(done.stdout)
    return told


def main() -> None:
    """Prints the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=8_000)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        decide(options.listings)
        return
    if not list((REPOSITORY / "screener" / "judge").glob("names.*.so")):
        sys.exit("the core is not compiled here; run `make compiled` first (it needs a C compiler and Python's headers)")
    with tempfile.TemporaryDirectory(prefix="screener-plain-") as name:
        plain = Path(name)
        for folder in ("screener", "topics", "tests"):
            shutil.copytree(REPOSITORY / folder, plain / folder, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        pairs = [(_in(REPOSITORY, options.listings), _in(plain, options.listings)) for _ in range(ROUNDS)]
    assert all((compiled["file"], other["file"]) == (".so", ".py") for compiled, other in pairs)
    ratio = statistics.median(float(str(compiled["us"])) / float(str(other["us"])) for compiled, other in pairs)
    same = len({one["hash"] for pair in pairs for one in pair}) == 1
    compiled, other = pairs[-1]
    print(machine())
    print(f"{compiled['events']} events: {compiled['us']:.1f} us each compiled, {other['us']:.1f} plain; ratio {ratio:.3f}")
    print("every record is the same, byte for byte" if same else "the records DIFFER")
    sys.exit(not same)


if __name__ == "__main__":
    main()
