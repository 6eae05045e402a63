"""`screener replay --verify`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import click
import msgspec

from screener import topics
from screener.cli.common import ExitCode, bootstrap_option, connect, fail, json_option, printable
from screener.cli.fold import fold
from screener.judge.version import JUDGE_VERSION
from screener.reader import Undecided
from screener.verify.changelog import Misfit
from screener.verify.replay import Difference, Irreproducible, Replayed

SHOWN_MAX = 20
"""Differences that are named; all are counted."""


@click.command()
@click.option("--verify", "verifying", is_flag=True, help="Decide everything again and compare.")
@click.option("--any-version", is_flag=True, help="Compare also what another judge version decided; by default it is only counted.")
@bootstrap_option
@json_option
def replay(verifying: bool, any_version: bool, bootstrap: str, as_json: bool) -> None:
    """Decide again what the trace holds, with the side logs as they were, and compare every decision, outcome and state hash, and at the end the
    changelog key by key.

    Exit 1 if any differs. Reads only; workers may run meanwhile. One partition after the other, each with its whole state in memory.
    """
    if not verifying:
        fail("say --verify: nothing else is replayed yet", ExitCode.USAGE)
    try:
        answer = _Answer()
        fold(connect(bootstrap), any_version, answer)
    except Undecided as error:
        fail(str(error), ExitCode.NOT_READY)
    if as_json:
        click.echo(json.dumps(answer.report(), ensure_ascii=False))
    else:
        answer.print()
    raise SystemExit(int(ExitCode.FINDING if answer.differ or answer.misfits else ExitCode.FINE))


class _Answer:
    """What was replayed, counted."""

    def __init__(self) -> None:
        self.records = self.decisions = self.differ = self.other_version = 0
        self.skipped: Counter[int] = Counter()
        self.differences: list[Difference] = []
        self.reasons: Counter[str] = Counter()
        """Why what could not be reproduced could not."""
        self.irreproducible: list[Irreproducible] = []
        self.states = self.misfits = 0
        """Keys of the changelog compared, and those that do not fit."""
        self.misfitting: list[Misfit] = []
        self.uncompared: dict[int, str] = {}
        """Partitions whose changelog cannot be compared, and why."""

    def add(self, number: int, one: Replayed) -> None:
        """One trace record more."""
        self.records += 1
        self.decisions += one.decisions
        self.other_version += one.other_version
        self.skipped[number] += one.skipped
        match one.problem:
            case Difference():
                self.differ += 1
                self.differences += [one.problem] if len(self.differences) < SHOWN_MAX else []
            case Irreproducible():
                self.reasons[one.problem.reason] += 1
                self.irreproducible += [one.problem] if len(self.irreproducible) < SHOWN_MAX else []
            case None:
                pass

    def compared(self, states: int, misfits: Mapping[bytes, Misfit]) -> None:
        """One changelog partition more."""
        self.states += states
        self.misfits += len(misfits)
        self.misfitting += list(misfits.values())[: SHOWN_MAX - len(self.misfitting)]

    def not_compared(self, number: int, reason: str) -> None:
        """A changelog partition that cannot be compared."""
        self.uncompared[number] = reason

    def report(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "decisions": self.decisions,
            "differ": self.differ,
            "records": self.records,
            "other_version": self.other_version,
            "skipped": {str(number): count for number, count in self.skipped.items() if count},
            "not_reproducible": dict(self.reasons.most_common(SHOWN_MAX)),
            "judge_version": JUDGE_VERSION,
            "differences": msgspec.to_builtins(self.differences),
            "first_not_reproducible": msgspec.to_builtins(self.irreproducible),
            "states": self.states,
            "states_differ": self.misfits,
            "state_differences": msgspec.to_builtins(self.misfitting),
            "states_not_compared": {str(number): reason for number, reason in self.uncompared.items()},
        }

    def print(self) -> None:
        """For people."""
        for one in self.differences:
            where = f"{topics.TRACE} {one.partition} offset {one.offset}, record {one.sequence}"
            click.echo(printable(f"differs           {where}: {', '.join(one.fields)}: {one.detail}"))
        for reason, count in self.reasons.most_common(SHOWN_MAX):
            click.echo(printable(f"not reproducible  {count} records: {reason}"))
        for number, count in self.skipped.items():
            if count:
                click.echo(
                    f"skipped           {count} records of partition {number}: its trace begins after record 1, and nobody kept the state before"
                )
        if self.other_version:
            click.echo(
                f"other version     {self.other_version} records were written by another judge than {JUDGE_VERSION}; --any-version compares them"
            )
        for misfit in self.misfitting:
            where = f"{topics.JUDGE_CHANGELOG} {misfit.partition}" + ("" if misfit.offset is None else f" offset {misfit.offset}")
            click.echo(printable(f"state differs     {where}, key {misfit.key}: {misfit.detail}"))
        for number, reason in self.uncompared.items():
            click.echo(printable(f"not compared      {topics.JUDGE_CHANGELOG} {number}: {reason}"))
        click.echo(f"{self.states} states on the changelog, {self.misfits} differ")
        click.echo(f"{self.decisions} decisions, {self.differ} differ ({self.records} trace records)")
