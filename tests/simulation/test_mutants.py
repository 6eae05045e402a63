"""The simulation finds bugs: each of these, put into the engine on purpose, is caught by some seed.

Goal: the seeds that pass on the engine fail on every mutant of it, so that `test_seeds.py` is no test that cannot fail.
Method: `mutants.py` patches named lines of `screener/runtime/` in a process of its own and runs seeds until one fails. A mutant that no seed may
catch, because a second line of defence holds, says so, and is run all the same: it must pass. Where that line can be taken away too, it is, and then
a seed must notice.
Blind spot: bugs that nobody thought of; bugs outside what a simulation can see, which have their tests in `tests/faults/` and `tests/broker/`.

    pytest tests/simulation -k mutants -s      lists each mutant with the seed that caught it
"""

from __future__ import annotations

import pytest

from tests.simulation.mutants import MUTANTS, Mutant, bare, hunt

SEEDS = range(4_000)
HELD_SEEDS = range(40)


CAUGHT = [m for m in MUTANTS if not m.held_by] + [bare(m) for m in MUTANTS if m.without]


@pytest.mark.parametrize("mutant", CAUGHT, ids=lambda m: m.name)
def test_mutants_are_caught(mutant: Mutant, record_property: pytest.FixtureRequest) -> None:
    found = hunt(mutant, SEEDS)
    assert found is not None, f"no seed of {len(SEEDS)} notices that {mutant.name}"
    seed, how = found
    assert hunt(Mutant("nothing is wrong", ()), range(seed, seed + 1)) is None, f"seed {seed} fails on the engine as it is"
    print(f"\n{mutant.name}: seed {seed}, {how[:120]}")
    record_property("seed", seed)  # type: ignore[operator]


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.held_by], ids=lambda m: m.name)
def test_mutants_that_a_second_line_holds_do_no_harm(mutant: Mutant) -> None:
    found = hunt(mutant, HELD_SEEDS)
    assert found is None, f"{mutant.name} was to be held by {mutant.held_by}, but: {found}"
