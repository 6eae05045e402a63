"""Whatever goes wrong, in whatever order: nothing is lost, nothing is doubled, and state is the fold of what was applied.

Goal: promises 1 and 2 of the design, over thousands of seeds. The engine, poller, restore, rounds, side-log follower and partition are the real ones
(`screener/runtime/`), and so is the judge; Kafka, disks, threads and the clock are simulated, and a seed decides what they do: who runs next,
kill -9 and power cuts between any two numbered effects and between two WriteBatches, processes stopped past their session, commits whose answer is
lost or late, records that reach the broker early, fencing, rebalances with one to three workers, compaction, hours that pass, new registries and
rulebooks, producers that retry or abort. `oracle.py` has the invariants; they are checked at every commit and every write to a local database. A
third of the worlds has a closing: when all is at rest new versions are published and hours pass, and then those versions must be in force everywhere
and nothing may be left that is due.
Blind spot: what librdkafka, the broker and RocksDB really do (`tests/broker`, `tests/faults`), time within a step, what Faust does with a batch
beyond handing it on late. One broker that never loses what it acknowledged.

    pytest tests/simulation/test_seeds.py --seeds 2000          so many seeds
    pytest tests/simulation/test_seeds.py --first-seed 17 --seeds 1   one again, with its log
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.oracle import OUTCOMES, Broken
from tests.simulation.world import World

CHUNKS = 20
LOG_LINES = 60
DIED_AT = ("JUDGE", "PRODUCE", "COMMIT", "STORE", "NEXT", "a write")

_seen: Counter[str] = Counter()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per chunk of seeds."""
    if "seeds" in metafunc.fixturenames:
        first, count = metafunc.config.getoption("--first-seed"), metafunc.config.getoption("--seeds")
        size = max(1, -(-count // CHUNKS))
        chunks = [range(start, min(start + size, first + count)) for start in range(first, first + count, size)]
        metafunc.parametrize("seeds", chunks, ids=[f"{chunk.start}-{chunk.stop - 1}" for chunk in chunks])


def run(seed: int) -> World:
    """A seed to its end; a failure says how to see it again."""
    world = World(seed)
    try:
        return world.run()
    except Broken as broken:
        tail = "\n".join(world.log[-LOG_LINES:])
        pytest.fail(
            f"seed {seed}: {broken}\n{world.plan}\n{tail}\nagain: pytest tests/simulation/test_seeds.py --first-seed {seed} --seeds 1", pytrace=False
        )


def test_every_seed_keeps_every_promise(seeds: range) -> None:
    for seed in seeds:
        world = run(seed)
        _seen.update(f"died at {where}" for where in world.crashes)
        _seen.update(f"outcome {outcome}" for outcome in world.oracle.outcomes)
        _seen["aborted"] += any("broker aborted" in line for line in world.log)
        _seen["a tick"] += any(folded.tick_ms for folded in world.oracle.partitions.values())
        _seen["fenced"] += any("ends itself" in line for line in world.log)
        _seen["a static seat taken back"] += any(line.endswith("goes on") for line in world.log)


def test_the_seeds_met_what_they_are_for(request: pytest.FixtureRequest) -> None:
    """Runs last in this file: a simulation in which nothing happens proves nothing."""
    if request.config.getoption("--seeds") < 500:
        pytest.skip("so few seeds need not meet everything")
    wanted = [f"died at {where}" for where in DIED_AT] + [f"outcome {outcome}" for outcome in OUTCOMES]
    missing = [what for what in [*wanted, "aborted", "a tick", "fenced", "a static seat taken back"] if not _seen[what]]
    assert not missing, f"no seed met: {missing}; seen: {_seen}"


def test_the_same_seed_has_the_same_log() -> None:
    for seed in (3, 14, 159):
        assert run(seed).log == run(seed).log
