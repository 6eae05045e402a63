"""`screener publish`."""

from __future__ import annotations

import json
import time
from collections import Counter

import click

from screener import topics
from screener.cli.common import ExitCode, RateType, bootstrap_option, connect, fail, json_option
from screener.client.events import InvalidEvent
from screener.client.publisher import ListingPublisher, NotDelivered
from screener.files import numbered_lines_of
from screener.intake import INPUT_CONTRACTS
from screener.reader import TopicReader, require
from screener.tracing import glance

Place = tuple[int, int]


@click.command()
@click.argument("file")
@bootstrap_option
@click.option("--topic", type=click.Choice(sorted(INPUT_CONTRACTS)), default=topics.LISTING, show_default=True, help="Input topic to publish to.")
@click.option("--backfill", is_flag=True, help="Publish to the backfill topic, which workers read only when nothing else waits.")
@click.option("--wait", is_flag=True, help="Wait until every event is decided, recorded or a dead letter.")
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0), default=600.0, show_default=True, help="Seconds to wait at most; then exit 4.")
@click.option("--rate", type=RateType("events"), help="At most so many events a second.")
@json_option
def publish(file: str, bootstrap: str, topic: str, backfill: bool, wait: bool, timeout_s: float, rate: float | None, as_json: bool) -> None:
    """Publish the events of FILE (JSON lines, .gz or - for stdin), keyed by their seller.

    Every line is checked first; an invalid one ends the command with its number before it is sent, and what was sent before stays sent
    (publishing the file again is safe: repeats are counted, not judged twice).
    """
    topic = topics.LISTING_BACKFILL if backfill else topic
    require(connect(bootstrap), topic)
    places: set[Place] = set()
    reader: TopicReader | None = None
    if wait:
        reader = TopicReader(connect(bootstrap), topics.TRACE)
        reader.start(reader.ends())
    published = _publish(file, bootstrap, topic, rate, places)
    counts: Counter[str] = Counter()
    if reader is not None:
        counts = _wait(reader, topic, places, timeout_s)
        reader.close()
    answer = {"published": published}
    if wait:
        answer |= {"decided": counts["judged"], "dead_letters": counts["dead_letter"]}
        answer |= {kind: counts[kind] for kind in ("recorded", "repeated", "stale") if counts[kind]}
    click.echo(json.dumps(answer) if as_json else ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in answer.items()))
    if wait and counts.total() < published:
        fail(
            f"{published - counts.total()} events were not decided within {timeout_s:g} s; is a worker ready? (/readyz says why not)",
            ExitCode.NOT_READY,
        )


def _publish(file: str, bootstrap: str, topic: str, rate: float | None, places: set[Place]) -> int:
    published, started = 0, time.monotonic()

    def delivered(partition: int, offset: int) -> None:
        places.add((partition, offset))

    try:
        with ListingPublisher(bootstrap, config=connect(bootstrap), topic=topic) as publisher:
            for number, line in numbered_lines_of(file):
                try:
                    publisher.publish_bytes(line, delivered=delivered)
                except InvalidEvent as error:
                    fail(f"{file} line {number}: {error}; the {published} events before it were published", ExitCode.FINDING)
                published += 1
                if rate and (ahead_s := published / rate - (time.monotonic() - started)) > 0:
                    time.sleep(ahead_s)
    except NotDelivered as error:
        fail(str(error), ExitCode.UNREACHABLE)
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror or error}; name a readable file of JSON lines", ExitCode.USAGE)
    return published


def _wait(reader: TopicReader, topic: str, places: set[Place], timeout_s: float) -> Counter[str]:
    counts: Counter[str] = Counter()
    if not places:
        return counts
    for record in reader.follow(timeout_s):
        head = glance(record.value)
        place = (head.cause.partition, head.cause.offset)
        if head.cause.topic == topic and place in places:
            places.discard(place)
            counts[head.outcome] += 1
            if not places:
                break
    return counts
