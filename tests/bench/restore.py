"""How long a worker takes to be ready again: with nothing on its disk, and with the disk it left.

    python -m tests.bench.restore [--sellers 1000000] [--listings 0] [--json]

The changelog holds the judge's own states (`tests/bench/population.py`) on four partitions. The worker is the real one, with a registry in force.
Seconds to ready are counted from the start of the process, interpreter and imports included; the restore itself is what the worker's log says. CPU is
the worker's (user + system, all threads) while it restored.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import psutil

from tests.bench.population import populate
from tests.bench.setting import Setting, machine, published, setting
from tests.harness import Worker

READY_TIMEOUT_S = 300.0
LOOK_EVERY_S = 0.02


def started(worker: Worker) -> dict[str, Any]:
    """Starts the worker and waits until it is ready; the figures of its start."""
    began = time.monotonic()
    worker.start()
    process = psutil.Process(worker.running.pid)
    idle_cpu, idle_at = _cpu(process), began
    while (state := worker.readiness())[0] != 200:
        assert worker.running.poll() is None, worker.tail()
        assert time.monotonic() - began < READY_TIMEOUT_S, worker.tail()
        if state[1] != "restoring":
            idle_cpu, idle_at = _cpu(process), time.monotonic()
        time.sleep(LOOK_EVERY_S)
    ready = time.monotonic()
    log = [json.loads(line) for line in worker.log.read_text(encoding="utf-8").splitlines() if '"event": "restored"' in line][-1]
    return {
        "ready_s": round(ready - began, 2),
        "restore_s": log["seconds"],
        "records": log["records"],
        "restoring_seen_s": round(ready - idle_at, 2),
        "cpu_s": round(_cpu(process) - idle_cpu, 2),
        "start_cpu_s": round(_cpu(process), 2),
        "rss_mb": round(process.memory_info().rss / 1e6),
    }


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def measure(around: Setting, sellers: int, listings: int) -> dict[str, Any]:
    """All figures of one population."""
    began = time.monotonic()
    records = populate(around.bootstrap, sellers, listings)
    filled_s = time.monotonic() - began
    cold = started(around.worker)
    assert cold["records"] == records, f"{cold['records']} of {records} changelog records were restored"
    assert around.worker.terminate() == 0, around.worker.tail()
    warm = started(around.worker)
    assert warm["records"] == 0, "a warm disk restored something"
    around.worker.kill()
    killed = started(around.worker)
    return {
        "machine": machine(),
        "sellers": sellers,
        "listings_of_each": listings,
        "changelog_records": records,
        "filled_s": round(filled_s, 1),
        "records_per_s": round(records / max(cold["restore_s"], 0.01)),
        "records_per_cpu_s": round(records / max(cold["cpu_s"], 0.01)),
        "from_nothing": cold,
        "warm_after_sigterm": warm,
        "warm_after_kill_9": killed,
    }


def main() -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sellers", type=int, default=1_000_000)
    parser.add_argument("--listings", type=int, default=0, help="listings of each seller, one changelog record more each")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    brands, _events = published(10)
    with setting(brands) as around:
        figures = measure(around, options.sellers, options.listings)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    cold = figures["from_nothing"]
    print(f"{figures['machine']}; {figures['changelog_records']} changelog records, written in {figures['filled_s']} s")
    print(f"  {options.sellers} sellers restored from nothing in {cold['restore_s']} s, ready {cold['ready_s']} s after its start")
    print(f"  {figures['records_per_s']} records/s (wall)   {figures['records_per_cpu_s']} records per CPU second   RSS {cold['rss_mb']} MB")
    for name, figure in (("SIGTERM", figures["warm_after_sigterm"]), ("kill -9", figures["warm_after_kill_9"])):
        print(
            f"  warm disk, after {name}: ready {figure['ready_s']} s after its start ({figure['start_cpu_s']} s CPU), restore {figure['restore_s']} s"
        )


if __name__ == "__main__":
    main()
