"""Engines side by side: this one, Quix Streams exactly-once, stock Faust, and a bare consumer as the limit. Same job, same broker, same run.

    python -m tests.bench.engines [--json] [--engines screener,traced,quix,faust,bare] [--records 120000] [--repeats 3] [--latency]

The job is `tests/bench/job.py`. All inputs lie on one topic before any engine starts; each engine is a process of its own, one after the other, with
topics of its own. Only what a read_committed reader (one for all engines, in this process) sees counts. Starting up does not: the clock runs from the
moment the reader has seen the warm-up records to the moment it has seen the measured ones, and more inputs lie behind those, so that no engine waits
for its last commit. Every output is compared with what the inputs must give. CPU is the engine's own process (user + system).

Engines that gather changes until a commit write one changelog record a key and commit, stock Faust one an input: how many is printed.
Quix Streams needs other versions of our dependencies, so it gets an environment of its own: a throw-away one made by pip, or `--quix-python`.
The ratios are those of the medians, against the interval that did best.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from screener.embedded import EmbeddedBroker
from screener.runtime.settings import Settings
from tests.bench.job import PARTITIONS, Load, Reader, Seen, create_topics, differences, fill, load
from tests.bench.pace import paced
from tests.bench.setting import machine
from tests.harness import Cluster

HERE = Path(__file__).parent
INPUT = "bench.in"
RUN_TIMEOUT_S = 120.0

QUIX = "quixstreams==3.28.1"
"""Pinned, so that figures of two days compare."""

LATENCY_RATE, LATENCY_S = 2_000.0, 10.0
"""Inputs a second, and for how long."""

FAUST_RECORDS_MAX = 6_000
"""Stock Faust does 1,000 to 3,000 a second: more inputs would only take longer. It is stopped when the reader has seen these and the warm-up."""

CLIENT = {"fetch.queue.backoff.ms": 5, "fetch.wait.max.ms": 50}
"""What this engine sets for its own consumer; the default backoff of a second leaves any fast librdkafka reader waiting."""

PRODUCER = {"linger.ms": 5, "compression.type": "lz4", "retry.backoff.ms": 2, "retry.backoff.max.ms": 10}
"""Likewise for the producer: with the default backoff a transaction waits 100 ms for the markers of the one before."""


@dataclass(frozen=True)
class Contender:
    """An engine with one set of settings. `command` starts it; it is given one argument, JSON of its settings and places."""

    name: str
    guarantee: str
    command: tuple[str, ...]
    settings: Mapping[str, Any]
    changelog: str
    """Its changelog topic; `{run}` stands for the name of the run."""
    makes_topics: bool = False
    stopped_early: bool = False
    traced: bool = False


@dataclass
class Runs:
    """What the runs of a contender gave, in order."""

    contender: Contender
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    changelog_per_input: float | None = None
    latency_ms: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Records a second, the median."""
        return statistics.median(self.rates)

    @property
    def cpu(self) -> float:
        """CPU microseconds a record, the median: a loaded machine moves it less than the rate."""
        return statistics.median(self.cpu_us)


def contenders(chosen: Sequence[str], intervals_s: Sequence[float], quix_python: str | None) -> list[Contender]:
    """The engines asked for, bare consumer first; Quix Streams once an interval."""
    python, defaults = sys.executable, Settings().model_dump()
    ours = {name: defaults[name] for name in ("round_max_inputs", "round_max_bytes", "round_max_judging_ms", "backlog_max_records")}
    worker = (python, "-m", "tests.bench.bare_worker")
    reader = {**CLIENT, "group.id": "bench-bare", "enable.auto.commit": False, "isolation.level": "read_committed"}
    found = [
        Contender("bare", "none", (python, "-m", "tests.bench.bare_consumer"), {"consumer": reader}, ""),
        Contender("screener", "exactly once", worker, {"traced": False, "defaults": ours}, "{run}.changelog"),
        Contender("traced", "exactly once", worker, {"traced": True, "defaults": ours}, "{run}.changelog", traced=True),
    ]
    for interval_s in intervals_s if quix_python else ():
        application = {
            "processing_guarantee": "exactly-once",
            "commit_interval": interval_s,
            "consumer_poll_timeout": interval_s,
            "consumer_extra_config": CLIENT,
            "producer_extra_config": PRODUCER,
        }
        command = (str(quix_python), str(HERE / "quix_worker.py"))
        changelog = f"changelog__{{run}}--{INPUT}--default"
        found.append(Contender(f"quix {interval_s:g} s", "exactly once", command, {"application": application}, changelog, makes_topics=True))
    app = {"processing_guarantee": "at_least_once", "table_standby_replicas": 0}
    command, changelog = (python, str(HERE / "stock_faust_worker.py")), "{run}-known-changelog"
    found.append(Contender("faust", "at least once, with holes", command, {"app": app}, changelog, makes_topics=True, stopped_early=True))
    return [one for one in found if one.name.split()[0] in chosen]


class Bench:
    """One broker with the inputs on it, and runs of contenders against it."""

    def __init__(self, bootstrap: str, folder: Path, inputs: Load, warm_up: int, records: int) -> None:
        self.bootstrap, self.folder, self.inputs = bootstrap, folder, inputs
        self.warm_up, self.records = warm_up, records
        self._runs = 0
        create_topics(bootstrap, INPUT)
        fill(bootstrap, INPUT, inputs.events)

    def run(self, runs: Runs) -> None:
        """One run of a contender, added to its figures. Raises AssertionError when its outputs are not what they must be."""
        contender = runs.contender
        rate, cpu_us = self._bare(contender) if contender.name == "bare" else self._engine(runs)
        runs.rates.append(rate)
        runs.cpu_us.append(cpu_us)

    def _given(self, contender: Contender, run: str, source: str) -> str:
        places = {"bootstrap": self.bootstrap, "run": run, "input": source, "partitions": PARTITIONS, "state_dir": str(self.folder / run)}
        return json.dumps({**places, **contender.settings})

    def _bare(self, contender: Contender) -> tuple[float, float]:
        until = self.warm_up + self.records
        given = {**json.loads(self._given(contender, "bare", INPUT)), "after": self.warm_up, "until": until, "records": len(self.inputs.events)}
        done = subprocess.run([*contender.command, json.dumps(given)], capture_output=True, check=True, timeout=RUN_TIMEOUT_S)
        figures = json.loads(done.stdout)
        assert figures["totals"] == {key: totals[-1] for key, totals in self.inputs.totals.items()}, "the bare consumer read something else"
        return figures["records_per_s"], figures["cpu_us"]

    def _engine(self, runs: Runs) -> tuple[float, float]:
        contender = runs.contender
        with self.started(contender, INPUT) as running:
            until = self.warm_up + (min(self.records, FAUST_RECORDS_MAX) if contender.stopped_early else self.records)
            wanted = until if contender.stopped_early else len(self.inputs.events)
            seen = running.read(wanted)
            wrong = differences(self.inputs, seen.values, whole=not contender.stopped_early)
            assert not wrong, f"{contender.name}: {len(wrong)} outputs are wrong, the first: {wrong[0]}"
            if not contender.stopped_early:
                cluster = Cluster(self.bootstrap)
                assert cluster.count(f"{running.run}.out") == wanted, f"{contender.name} sent more outputs than it had inputs"
                runs.changelog_per_input = cluster.count(contender.changelog.format(run=running.run)) / wanted
            return seen.rate(self.warm_up, until)

    def measure_latency(self, runs: Runs, rate: float, seconds: float) -> None:
        """p50 and p99 in milliseconds from an input's hand-over to its producer to a read_committed reader, at `rate` a second."""
        source = f"{INPUT}.paced.{self._runs}"
        create_topics(self.bootstrap, source)
        with self.started(runs.contender, source) as running:
            runs.latency_ms = paced(self.bootstrap, source, self.inputs, rate, seconds, running.read)

    def started(self, contender: Contender, source: str) -> Running:
        """The engine as a child process with new topics, state and group, reading `source`."""
        self._runs += 1
        run = f"{contender.name.replace(' ', '-')}-{self._runs}"
        create_topics(self.bootstrap, f"{run}.out", *([f"{run}.trace"] if contender.traced else []))
        if not contender.makes_topics:
            create_topics(self.bootstrap, contender.changelog.format(run=run), compacted=True)
        return Running(self.bootstrap, run, (*contender.command, self._given(contender, run, source)), self.folder / f"{run}.log")


class Running:
    """An engine's process and the reader of its outputs, as a context manager."""

    def __init__(self, bootstrap: str, run: str, command: Sequence[str], log: Path) -> None:
        self.run, self._log = run, log
        self._reader = Reader(bootstrap, f"{run}.out")
        with log.open("wb") as file:
            self._process = subprocess.Popen(command, stdout=file, stderr=file)
        self._cpu = psutil.Process(self._process.pid)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.close()

    def read(self, count: int) -> Seen:
        """What the reader saw once it saw `count` outputs. Raises AssertionError when the engine ends before."""
        return self._reader.read(count, RUN_TIMEOUT_S, self._cpu_s, self._ended)

    def _cpu_s(self) -> float:
        times = self._cpu.cpu_times()
        return float(times.user + times.system)

    def _ended(self) -> str:
        code = self._process.poll()
        return "" if code is None else f"{self.run} ended with {code}: {self._log.read_text(errors='replace')[-3000:]}"


def quix_environment(folder: Path) -> str:
    """The interpreter of a new environment with Quix Streams in it; takes half a minute."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", QUIX], check=True)
    return str(folder / "bin" / "python")


def report(measured: Sequence[Runs], records: int, keys: int) -> dict[str, Any]:
    """The figures as they are printed with --json."""
    engines = {
        runs.contender.name: {
            "guarantee": runs.contender.guarantee,
            "records_per_s": round(runs.rate),
            "runs_records_per_s": [round(rate) for rate in runs.rates],
            "cpu_us_per_record": round(runs.cpu, 1),
            "changelog_records_per_input": runs.changelog_per_input,
            "latency_ms": runs.latency_ms,
            "settings": runs.contender.settings,
        }
        for runs in measured
    }
    ours, quix, faust = _best(measured, "screener"), _best(measured, "quix"), _best(measured, "faust")
    return {
        "records": records,
        "keys": keys,
        "partitions": PARTITIONS,
        "outputs_equal": True,
        "engines": engines,
        "records_per_s": {name: figures["records_per_s"] for name, figures in engines.items()},
        "best_quix": quix.contender.name if quix else None,
        "ratio_to_quix_exactly_once": round(ours.rate / quix.rate, 2) if ours and quix else None,
        "ratio_to_stock_faust": round(ours.rate / faust.rate, 1) if ours and faust else None,
        "cpu_ratio_to_quix_exactly_once": round(quix.cpu / ours.cpu, 2) if ours and quix else None,
        "cpu_ratio_to_stock_faust": round(faust.cpu / ours.cpu, 1) if ours and faust else None,
    }


def _best(measured: Sequence[Runs], engine: str) -> Runs | None:
    """The fastest contender of an engine that has a rate."""
    return max((runs for runs in measured if runs.contender.name.split()[0] == engine and runs.rate), key=lambda runs: runs.rate, default=None)


def show(figures: Mapping[str, Any]) -> None:
    """The same for a person."""
    print(f"{figures['machine']}; {figures['records']} records measured, {figures['keys']} keys, {figures['partitions']} partitions; outputs equal")
    for name, engine in figures["engines"].items():
        changes = engine["changelog_records_per_input"]
        tail = "" if changes is None else f"  {changes:.2f} changelog records an input"
        print(f"  {name:12} {engine['records_per_s']:>8}/s  {engine['cpu_us_per_record']:>6} us CPU a record  {engine['guarantee']}{tail}")
        print(f"  {'':12} runs {engine['runs_records_per_s']}  settings {json.dumps(engine['settings'])}")
        if engine["latency_ms"]:
            print(f"  {'':12} latency {engine['latency_ms']}")
    rates = figures["records_per_s"]
    if rates.get("screener") and rates.get("traced"):
        print(f"trace and hashes cost {1e6 / rates['traced'] - 1e6 / rates['screener']:.1f} us an input of one worker's time")
    for engine in ("quix_exactly_once", "stock_faust"):
        print(f"ratio to {engine}: {figures[f'ratio_to_{engine}']} by records a second, {figures[f'cpu_ratio_to_{engine}']} by CPU a record")


def measure(bench: Bench, wanted: Sequence[Contender], repeats: int, latency: tuple[float, float] | None) -> list[Runs]:
    """Every contender in turn, `repeats` times, so that what else the machine does meets all of them; those stopped early once."""
    measured = [Runs(contender) for contender in wanted]
    for repeat in range(repeats):
        for runs in measured:
            if not (repeat and runs.contender.stopped_early):
                bench.run(runs)
    if latency is not None:
        quix = [runs for runs in measured if runs.contender.name.startswith("quix")]
        # Of Quix Streams the shortest interval: the best one for throughput is not the best one here.
        for runs in [*(one for one in measured if one.contender.name == "screener"), *quix[:1]]:
            bench.measure_latency(runs, *latency)
    return measured


def main() -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="figures as one JSON object on stdout")
    parser.add_argument("--engines", default="bare,screener,traced,quix,faust")
    parser.add_argument("--records", type=int, default=120_000, help="inputs that are measured; a tenth more is warm-up, a fifth more lies behind")
    parser.add_argument("--keys", type=int, default=5_000)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each but stock Faust; the median counts")
    parser.add_argument("--quix-intervals", default="0.05,0.2,1.0", help="commit intervals in seconds, the shortest first")
    parser.add_argument("--quix-python", help="an interpreter that has Quix Streams, instead of a throw-away environment")
    parser.add_argument("--latency", action="store_true", help="p50 and p99 at 2,000/s too")
    options = parser.parse_args()
    figures = compare(options)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        show(figures)


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Starts a broker, fills it, runs the engines asked for, stops everything; returns the figures."""
    chosen, intervals_s = options.engines.split(","), [float(one) for one in options.quix_intervals.split(",")]
    machine_before = machine()
    warm_up, tail = options.records // 10, options.records // 5
    latency = (LATENCY_RATE, LATENCY_S) if options.latency else None
    with tempfile.TemporaryDirectory(prefix="screener-bench-") as name, EmbeddedBroker() as broker:
        folder = Path(name)
        quix_python = (options.quix_python or quix_environment(folder / "quix")) if "quix" in chosen else None
        wanted = contenders(chosen, intervals_s, quix_python)
        inputs = load(warm_up + options.records + tail, options.keys)
        bench = Bench(broker.bootstrap, folder, inputs, warm_up, options.records)
        # One run is not counted: a new JVM interprets its first transactions, which then cost several times as much.
        for contender in [one for one in wanted if one.name == "screener"]:
            bench.run(Runs(contender))
        return {"machine": machine_before, **report(measure(bench, wanted, options.repeats, latency), options.records, options.keys)}


if __name__ == "__main__":
    main()
