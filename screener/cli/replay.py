"""`screener replay --verify`."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import click
import msgspec

from screener import topics
from screener.catalog import JUDGE
from screener.cli.common import ExitCode, bootstrap_option, connect, fail, json_option, printable
from screener.judge.version import JUDGE_VERSION
from screener.reader import TopicReader, Undecided
from screener.verify.replay import Difference, Irreproducible, Replay, Replayed, Sides

SHOWN_MAX = 20
"""Differences that are named; all are counted."""


@click.command()
@click.option("--verify", "verifying", is_flag=True, help="Decide everything again and compare.")
@click.option("--any-version", is_flag=True, help="Compare also what another judge version decided; by default it is only counted.")
@bootstrap_option
@json_option
def replay(verifying: bool, any_version: bool, bootstrap: str, as_json: bool) -> None:
    """Decide again what the trace holds, with the side logs as they were, and compare every decision, outcome and state hash.

    Exit 1 if any differs. Reads only; workers may run meanwhile. One partition after the other, each with its whole state in memory.
    """
    if not verifying:
        fail("say --verify: nothing else is replayed yet", ExitCode.USAGE)
    try:
        answer = _Answer()
        _replay(bootstrap, any_version, answer)
    except Undecided as error:
        fail(str(error), ExitCode.NOT_READY)
    if as_json:
        click.echo(json.dumps(answer.report(), ensure_ascii=False))
    else:
        answer.print()
    raise SystemExit(int(ExitCode.FINDING if answer.differ else ExitCode.FINE))


class _Answer:
    """What was replayed, counted."""

    def __init__(self) -> None:
        self.records = self.decisions = self.differ = self.other_version = 0
        self.skipped: Counter[int] = Counter()
        self.differences: list[Difference] = []
        self.reasons: Counter[str] = Counter()
        """Why what could not be reproduced could not."""
        self.irreproducible: list[Irreproducible] = []

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
        click.echo(f"{self.decisions} decisions, {self.differ} differ ({self.records} trace records)")


def _replay(bootstrap: str, any_version: bool, answer: _Answer) -> None:
    config = connect(bootstrap)
    with TopicReader(config, topics.TRACE) as reader, TopicReader(config, *JUDGE.sides) as side_logs:
        stops = reader.ends()
        # Every side log version that the trace names up to there lies before these ends.
        sides = Sides()
        for record in side_logs.between({}, side_logs.ends()):
            sides.feed(record.topic, record.offset, record.value)
        for place, stop in stops.items():
            low = reader.bounds(place)[0]
            one = Replay(place[1], sides, any_version=any_version)
            for record in reader.between({place: low}, {place: stop}):
                answer.add(place[1], one.feed(record.offset, record.value, may_begin_late=low > 0))
