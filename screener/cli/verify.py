"""`screener verify`."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import click
import msgspec

from screener import topics
from screener.catalog import JUDGE
from screener.cli.common import ExitCode, bootstrap_option, connect, fail, json_option, printable
from screener.cli.fold import fold
from screener.judge.version import JUDGE_VERSION
from screener.processor import Incoming, Origin
from screener.reader import Record, TopicReader, Undecided, committed_offsets
from screener.verify.changelog import Misfit
from screener.verify.findings import INVARIANTS, PROMISES, Findings
from screener.verify.heads import META_KEY
from screener.verify.partition import EFFECTS, Checked, PartitionCheck
from screener.verify.replay import Difference, Irreproducible, Replayed

SHOWN_MAX = 5
"""Findings of one invariant that people are shown; `--json` has more."""

TAIL_RECORDS = 4_096
"""How far back in the changelog the newest `m` is looked for at first: every round ends with one, and a round has at most 2,000 inputs."""

FIRST_COMMIT_S = 5.0
"""A busy broker writes the markers of one transaction within this time."""

TRIES = 3
"""Retention may delete the beginning of a topic while it is read; then the partition is read anew."""

application_option = click.option(
    "--application",
    envvar="SCREENER_APPLICATION",
    default="screener",
    show_default=True,
    show_envvar=True,
    help="The workers' application: whose committed offsets count.",
)


@click.command()
@bootstrap_option
@application_option
@click.option("--no-fold", is_flag=True, help="Leave out deciding the whole trace again: reading alone is some ten times quicker.")
@json_option
def verify(bootstrap: str, application: str, no_fold: bool, as_json: bool) -> None:
    """Read the topics of a running or stopped system and name every broken promise: exit 1 if there is any.

    Checked is what was committed when it starts: inputs against the trace, the trace against decisions, holds, blocks, dead letters and the
    changelog; then trace and changelog against all inputs decided again, as far as this judge version wrote them. Not read is
    screening.brand-hit, from which only counts are made. Reads only; workers may run meanwhile.
    """
    findings, folded = Findings(), _Folded()
    try:
        checked = _verify(bootstrap, application, findings)
        if not no_fold:
            fold(connect(bootstrap), False, folded)
            findings.take(folded.findings)
    except Undecided as error:
        fail(str(error), ExitCode.NOT_READY)
    if as_json:
        click.echo(json.dumps(_report(findings, checked, folded), ensure_ascii=False))
    else:
        _print(findings, checked, folded)
    raise SystemExit(int(ExitCode.FINDING if findings.counts else ExitCode.FINE))


class _Folded:
    """What deciding again met, as findings. What cannot be decided again breaks no promise: it is counted by its reason."""

    def __init__(self) -> None:
        self.findings = Findings()
        self.reasons: Counter[str] = Counter()
        self.records = self.states = 0

    def add(self, number: int, one: Replayed) -> None:
        """One trace record more."""
        match one.problem:
            case Difference() as differs:
                self.findings.add("trace_not_the_fold", topics.TRACE, number, differs.offset, f"record {differs.sequence}: {differs.detail}")
            case Irreproducible() as cannot:
                self.reasons[cannot.reason] += 1
            case None if one.skipped:
                self.reasons["the trace begins after record 1, and nobody kept the state before"] += 1
            case None if one.other_version:
                self.reasons[f"another judge than {JUDGE_VERSION} wrote the trace record"] += 1
            case None:
                self.records += 1

    def compared(self, states: int, misfits: Mapping[bytes, Misfit]) -> None:
        """One changelog partition more."""
        self.states += states
        for misfit in misfits.values():
            self.findings.add("state_not_the_fold", topics.JUDGE_CHANGELOG, misfit.partition, misfit.offset, f"key {misfit.key}: {misfit.detail}")

    def not_compared(self, number: int, reason: str) -> None:
        """A changelog partition that cannot be compared."""
        self.reasons[f"{topics.JUDGE_CHANGELOG} {number}: {reason}"] += 1


def _verify(bootstrap: str, application: str, findings: Findings) -> dict[int, Checked]:
    config = connect(bootstrap)
    group = f"{application}-{JUDGE.name}"
    committed = committed_offsets(config, group, *JUDGE.inputs)
    with (
        TopicReader(config, topics.TRACE, *EFFECTS, topics.JUDGE_CHANGELOG, *JUDGE.inputs) as reader,
        TopicReader(config, topics.TRACE, *EFFECTS, committed_only=False) as sent,
    ):
        numbers = [place.partition for place in reader.partitions if place.topic == topics.TRACE]
        traced = any(reader.bounds((topics.TRACE, number))[1] for number in numbers)
        if traced and not any(committed.values()) and not _has_committed(config, group):
            fail(f"group {group} has committed nothing, and there is a trace; name the workers' application with --application", ExitCode.USAGE)
        checked: dict[int, Checked] = {}
        for number in numbers:
            for _ in range(TRIES):
                one = Findings()
                checked[number], unmoved = _partition(reader, sent, number, committed, one)
                if unmoved:
                    break
            findings.take(one)
        return checked


def _has_committed(config: Mapping[str, Any], group: str) -> bool:
    """Whether the group ever committed. The offsets of its first round of all may be visible a moment later than that round's trace."""
    until = time.monotonic() + FIRST_COMMIT_S
    while not any(committed_offsets(config, group, *JUDGE.inputs).values()):
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def _partition(
    reader: TopicReader, sent: TopicReader, number: int, committed: Mapping[tuple[str, int], int], findings: Findings
) -> tuple[Checked, bool]:
    """One partition number in the order that `verify.partition` asks for, and whether nothing was deleted meanwhile."""
    trace, read = (topics.TRACE, number), [(topic, number) for topic in (topics.TRACE, *EFFECTS)]
    starts = {place: reader.bounds(place)[0] for place in read}
    check = PartitionCheck(number, findings, {topic: start for (topic, _), start in starts.items()})
    cut = {trace: reader.bounds(trace)[1]}
    cut |= {place: sent.bounds(place)[1] for place in read if place != trace}
    changelog_end = sent.bounds((topics.JUDGE_CHANGELOG, number))[1]
    for record in reader.between(starts, cut):
        check.record(_incoming(record))
    check.settle(_newest_m(reader, number, changelog_end))
    for record in reader.between(cut, {trace: sent.bounds(trace)[1]}):
        check.record(_incoming(record))
    unread: dict[str, int] = {}
    for gap in check.gaps({topic: committed.get((topic, number), 0) for topic in JUDGE.inputs}):
        place = (gap.topic, number)
        low = reader.bounds(place)[0]
        if gap.start < low:
            unread[gap.topic] = low  # whether something was lost there, nobody can tell any more
        for record in reader.between({place: max(low, gap.start)}, {place: gap.stop}):
            check.lost(record.topic, record.offset)
    checked = check.finish()
    unmoved = all(reader.bounds(place)[0] == start for place, start in starts.items())
    return msgspec.structs.replace(checked, begins={**checked.begins, **unread}), unmoved


def _newest_m(reader: TopicReader, number: int, end: int) -> bytes | None:
    """The newest `m` before `end` in the changelog, looked for from its end backwards."""
    place = (topics.JUDGE_CHANGELOG, number)
    low, back = reader.bounds(place)[0], TAIL_RECORDS
    while True:
        start = max(low, end - back)
        newest = None
        for record in reader.between({place: start}, {place: end}):
            if record.key == META_KEY:
                newest = record.value
        if newest is not None or start <= low:
            return newest
        back *= 4


def _incoming(record: Record) -> Incoming:
    return Incoming(Origin(record.topic, record.partition, record.offset, record.timestamp_ms), record.key, record.value, record.headers)


def _report(findings: Findings, checked: Mapping[int, Checked], folded: _Folded) -> dict[str, Any]:
    begins: dict[str, dict[str, int]] = {}
    outcomes: Counter[str] = Counter()
    records: Counter[str] = Counter()
    for number, one in checked.items():
        outcomes.update(one.outcomes)
        records.update(one.records)
        for topic, first in one.begins.items():
            begins.setdefault(topic, {})[str(number)] = first
    return {
        "broken": [msgspec.to_builtins(finding) for finding in findings.kept],
        "counts": {invariant: findings.counts[invariant] for invariant in INVARIANTS if findings.counts[invariant]},
        "checked": {
            "partitions": len(checked),
            "outcomes": dict(sorted(outcomes.items())),
            "records": dict(sorted(records.items())),
            "states": sum(one.states for one in checked.values()),
            "folded": {"records": folded.records, "states": folded.states},
        },
        "not_folded": dict(folded.reasons.most_common()),
        "from": begins,
    }


def _print(findings: Findings, checked: Mapping[int, Checked], folded: _Folded) -> None:
    report = _report(findings, checked, folded)
    for invariant, count in report["counts"].items():
        click.echo(f"broken  {invariant}  {count} times: {PROMISES[invariant]}")
        for finding in [one for one in findings.kept if one.invariant == invariant][:SHOWN_MAX]:
            where = f"{finding.topic} {finding.partition}" + ("" if finding.offset is None else f" offset {finding.offset}")
            click.echo(printable(f"        {where}: {finding.detail}"))
    for topic, numbers in report["from"].items():
        what = "offset" if topic in JUDGE.inputs else "trace sequence"
        listed = ", ".join(f"{first} in {number}" for number, first in numbers.items())
        click.echo(f"from    {topic}: its beginning was deleted, checked from {what} {listed}")
    outcomes = ", ".join(f"{name} {count}" for name, count in report["checked"]["outcomes"].items())
    for topic, count in report["checked"]["records"].items():
        click.echo(f"read    {count:>10} {topic}" + (f" ({outcomes})" if topic == topics.TRACE and outcomes else ""))
    for reason, count in folded.reasons.most_common(SHOWN_MAX):
        click.echo(printable(f"unsure  {count} times: {reason}; see `screener replay --verify`"))
    click.echo(
        f"folded  {folded.records:>10} trace records, and {folded.states} states on {topics.JUDGE_CHANGELOG}: compared with the inputs decided again"
    )
    click.echo(f"{len(report['counts'])} of {len(INVARIANTS)} invariants are broken in {len(checked)} partitions")
