"""`screener dlq replay`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import click

from screener import topics
from screener.catalog import PROCESSORS
from screener.cli.common import ExitCode, RateType, bootstrap_option, connect, fail, json_option, printable
from screener.client.replay import BATCH_BYTES_MAX, NotReplayed, Pace, Replayer, fits, marks
from screener.contracts import DeadLetterReplayed
from screener.deadletters import Letter, Place, Selection, letter_of, number, replayed_bytes, text
from screener.intake import milliseconds
from screener.reader import NotPermitted, TopicReader, require

INPUTS = tuple(dict.fromkeys(topic for processor in PROCESSORS.values() for topic in processor.inputs))


class _Instant(click.ParamType):
    """An RFC 3339 time or a date, UTC unless it says otherwise; milliseconds since 1970."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; write it like 2026-05-04T10:00:00Z or 2026-05-04", param, ctx)
        return milliseconds(instant if instant.tzinfo else instant.replace(tzinfo=UTC))


class PlaceType(click.ParamType):
    """A letter's id, as `dlq list` prints it; converted to a `Place`."""

    name = "PARTITION:OFFSET"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """The place, or a usage error that says what one looks like."""
        partition, _, offset = (number(part) if index != 1 else None for index, part in enumerate(value.partition(":")))
        if partition is None or offset is None:
            self.fail(f"{value!r} is no PARTITION:OFFSET; `screener dlq list` prints the ids", param, ctx)
        return Place(partition, offset)


@dataclass
class Tally:
    """What became of the letters."""

    selected: int = 0
    sent: int = 0
    replayed_before: int = 0
    too_large: list[str] = field(default_factory=list)
    not_replayable: list[str] = field(default_factory=list)
    found: set[Place] = field(default_factory=set)
    would_send: list[dict[str, Any]] = field(default_factory=list)


@click.command()
@click.option("--reason", "reasons", multiple=True, help="Only letters of this reason; may be given several times.")
@click.option("--topic", "from_topics", multiple=True, type=click.Choice(INPUTS), help="Only letters that came from this topic; several times.")
@click.option("--since", "since_ms", type=_Instant(), help="Only letters written to the DLQ at this time or later, e.g. 2026-05-04T10:00:00Z.")
@click.option("--until", "until_ms", type=_Instant(), help="Only letters written to the DLQ before this time.")
@click.option("--id", "places", multiple=True, type=PlaceType(), help="Only this letter, as `dlq list` prints it; several times.")
@click.option("--all", "everything", is_flag=True, help="Every letter; needed when nothing else selects.")
@click.option("--limit", type=click.IntRange(min=1), help="Send at most so many; run it again for the next.")
@click.option("--rate", type=RateType("letters"), default=100.0, show_default=True, help="At most so many letters a second.")
@click.option("--dry-run", is_flag=True, help="Send nothing; say what would be sent.")
@click.option("--again", is_flag=True, help="Also send letters that were replayed before.")
@bootstrap_option
@json_option
def replay(
    reasons: Sequence[str],
    from_topics: Sequence[str],
    since_ms: int | None,
    until_ms: int | None,
    places: Sequence[Place],
    everything: bool,
    limit: int | None,
    rate: float,
    dry_run: bool,
    again: bool,
    bootstrap: str,
    as_json: bool,
) -> None:
    """Publish dead letters again to the topic they came from, once their cause is mended.

    Key, value and headers are the original ones; the partition is murmur2 of the key. The screener.dlq.* headers stay, and
    screener.dlq.replayed_from names the letter: one that dies again tells in screener.dlq.first_origin where it lay first.

    Replay mends nothing by itself. A letter of reason key_mismatch or unknown_schema dies again, and so does any whose bytes are what
    is wrong, unless a newer screener accepts them; conflict stays a conflict while the other content's revision is remembered. And an
    old event does not overtake a newer one: a listing edited meanwhile makes it stale.

    Every letter that is sent is marked on screening.dlq-replay, in the transaction that sends it; marked letters are passed over, so that
    running this twice, or again after a failure, sends nothing twice. The marks know replays by this command only, not what a producer
    published again by itself (the screener counts that as repeated, it judges nothing twice). Of two replays at once the later one wins.

    Exit codes: 0 done, 1 a letter asked for is not there or cannot be replayed, 2 a right is missing, 3 the broker did not take everything.
    """
    selection = Selection(reasons, from_topics, places, since_ms, until_ms)
    if selection == Selection((), (), ()) and not everything:
        fail("nothing selects the letters; say --reason, --topic, --since, --until or --id, or --all for every one", ExitCode.USAGE)
    if since_ms is not None and until_ms is not None and since_ms >= until_ms:
        fail("--since is not before --until, so no letter is between them; swap them", ExitCode.USAGE)
    config = connect(bootstrap)
    require(config, topics.DEAD_LETTER, topics.DEAD_LETTER_REPLAY)
    tally, pace = Tally(), Pace(rate)
    try:
        replay_letters(config, selection, tally, pace, limit=limit, dry_run=dry_run, again=again)
    except NotReplayed as error:
        _print(tally, dry_run, as_json)
        fail(str(error), ExitCode.UNREACHABLE)
    except NotPermitted as error:
        _print(tally, dry_run, as_json)
        fail(str(error), ExitCode.USAGE)
    _print(tally, dry_run, as_json)
    missing = [str(place) for place in places if place not in tally.found]
    if missing:
        fail(f"no dead letter {', '.join(missing)}; `screener dlq list` prints the ids", ExitCode.FINDING)
    if not tally.selected and reasons:
        click.echo(f"note: no letter has a reason of {', '.join(reasons)}; `screener dlq list` prints the reasons there are", err=True)
    if tally.too_large:
        fail(f"larger with their headers than the topic takes: {', '.join(tally.too_large)}; publish them by hand, see `dlq show`", ExitCode.FINDING)
    if tally.not_replayable:
        fail(f"not written by the screener, or from a topic it no longer reads: {', '.join(tally.not_replayable)}; see `dlq show`", ExitCode.FINDING)


def replay_letters(config: dict[str, Any], selection: Selection, tally: Tally, pace: Pace, *, limit: int | None, dry_run: bool, again: bool) -> None:
    """Counts into `tally` and sends, batch by batch. Raises `NotReplayed` or `NotPermitted`; what `tally` counts as sent was sent."""
    replayer: Replayer | None = None
    if not dry_run:
        replayer = Replayer(config)
        replayer.take_over()
    done = set() if again else marks(config)
    batch: list[Letter] = []

    def send() -> None:
        if replayer is not None and batch:
            pace.wait(len(batch))
            replayer.send(batch)
            tally.sent += len(batch)
            batch.clear()

    for letter in _chosen(config, selection, tally, done):
        tally.would_send += [_row(letter)] if dry_run else []
        batch.append(letter)
        if len(batch) >= pace.batch or sum(map(replayed_bytes, batch)) >= BATCH_BYTES_MAX:
            send()
            batch.clear()
        if limit is not None and (len(tally.would_send) if dry_run else tally.sent + len(batch)) >= limit:
            break
    send()


def _chosen(config: dict[str, Any], selection: Selection, tally: Tally, done: set[DeadLetterReplayed]) -> Iterator[Letter]:
    """The letters to send, in their order within a partition: of those that are there now, for one that dies again meanwhile is a new one."""
    with TopicReader(config, topics.DEAD_LETTER) as reader:
        ends = reader.ends()
        reader.start()
        for record in reader.to_end():
            if record.offset >= ends[record.topic, record.partition]:
                continue
            letter, place = letter_of(record), Place(record.partition, record.offset)
            if letter is None:
                if place in selection.places or selection == Selection((), (), ()):
                    tally.found.add(place)
                    tally.not_replayable.append(str(place))
                continue
            if not selection.takes(letter):
                continue
            tally.found.add(place)
            tally.selected += 1
            if letter.origin.topic not in INPUTS:
                tally.not_replayable.append(str(place))
            elif letter.mark in done:
                tally.replayed_before += 1
            elif not fits(letter):
                tally.too_large.append(str(place))
            else:
                yield letter


def _row(letter: Letter) -> dict[str, Any]:
    origin = letter.origin
    return {
        "id": str(letter.place),
        "reason": letter.reason,
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "key": None if letter.key is None else text(letter.key),
        "length": len(letter.value),
    }


def _print(tally: Tally, dry_run: bool, as_json: bool) -> None:
    counts: dict[str, Any] = {
        "selected": tally.selected,
        "sent": tally.sent,
        "replayed_before": tally.replayed_before,
        "too_large": tally.too_large,
        "not_replayable": tally.not_replayable,
        "dry_run": dry_run,
    }
    if as_json:
        click.echo(json.dumps(counts | ({"would_send": tally.would_send} if dry_run else {}), ensure_ascii=False))
        return
    for row in tally.would_send:
        key = "no key" if row["key"] is None else f"key {row['key']}"
        click.echo(printable(f"would send {row['id']:10} {row['reason']:16} to {row['topic']}, {key}, {row['length']} bytes"))
    sent = f"{len(tally.would_send)} would be sent" if dry_run else f"{tally.sent} sent"
    click.echo(f"{tally.selected} selected, {sent}, {tally.replayed_before} replayed before")
