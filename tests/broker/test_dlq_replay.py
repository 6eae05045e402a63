"""`screener dlq replay`, against a real broker: letters whose cause was mended are judged, the others die again and still name their first origin.

Goal: a letter is published where it came from with its own key, value and headers, once, at a pace, and only when it was asked for; a failure on the
way loses and doubles nothing.
Method: listings are published to a worker of an older release, which does not know their schema version yet and makes dead letters of them; the
worker of this release takes over its state, and the letters are replayed by the command. Topics are read back by a plain consumer. The pace is
tested with a clock of the test's own: what counts is how many letters have been sent when the clock says so.
Blind spot: a command killed by SIGKILL between produce and commit (the broker's transaction is what it relies on; here a refused batch and a fenced
replay stand for it), millions of letters, and a producer that publishes a mended event again by itself.
"""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from screener import topics
from screener.cli.dlq_replay import Tally, replay_letters
from screener.cli.main import cli
from screener.client.partitioner import partition_of
from screener.client.replay import NotReplayed, Pace, Replayer
from screener.deadletters import Letter, Selection, letter_of
from screener.embedded import EmbeddedBroker
from screener.intake import INPUT_CONTRACTS
from screener.reader import TopicReader
from tests.harness import TIMEOUT_S, Cluster, Worker, read_all, until
from tests.streams import write_registry

PARTITIONS = 2
MENDED = 24
"""Listings that the older release cannot read and this one can."""

ROTTEN = "rotten"
"""Seller of the letters that no release reads."""

OLDER_RELEASE = """\
#!{python}
# The release before this one, as far as intake goes: schema version 0 was the newest it knew.
from screener import intake
from screener.cli.main import main
intake._KNOWN_SCHEMA = b"0"
main()
"""

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass
class Shop:
    """A broker with dead letters whose cause is mended, and the worker that would judge them now."""

    bootstrap: str
    cluster: Cluster
    worker: Worker

    def run(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """`screener dlq replay ARGUMENTS --json`, which must end with `code`."""
        result = CliRunner().invoke(cli, ["dlq", "replay", "--bootstrap", self.bootstrap, "--json", *arguments])
        assert result.exit_code == code, result.output
        told: dict[str, Any] = json.loads(result.stdout)
        return told

    @property
    def published(self) -> int:
        """Records on the listing topic that a plain reader sees."""
        return self.cluster.count(topics.LISTING)

    def letters(self) -> list[Letter]:
        """All dead letters."""
        with TopicReader({"bootstrap.servers": self.bootstrap}, topics.DEAD_LETTER) as reader:
            reader.start()
            found = [letter_of(record) for record in reader.to_end()]
        assert None not in found
        return [letter for letter in found if letter is not None]

    def letter(self, listing: str) -> Letter:
        """The newest dead letter with this text in its value."""
        return max((letter for letter in self.letters() if listing.encode() in letter.value), key=lambda letter: letter.timestamp_ms)

    def marks(self) -> list[dict[str, Any]]:
        """What is remembered."""
        found = read_all(self.bootstrap, topics.DEAD_LETTER_REPLAY)
        return [json.loads(value) for records in found.values() for _, value in records]

    def settle(self) -> None:
        """Until the worker has traced every input. The group's offset says less: behind the last record lies the transaction's own mark."""
        until(
            lambda: self.cluster.count(topics.TRACE) >= self.cluster.count(*INPUT_CONTRACTS),
            TIMEOUT_S,
            lambda: f"not every input has a trace: {self.worker.tail()}",
        )

    def decisions(self, listing: str) -> list[dict[str, Any]]:
        """All decisions about a listing."""
        found = read_all(self.bootstrap, topics.DECISION)
        decoded = [json.loads(value) for records in found.values() for _, value in records]
        return [decision for decision in decoded if decision["listing_id"] == listing]

    def newest(self, partition: int) -> Message:
        """The last record of a partition of the listing topic, as a plain reader sees it."""
        consumer = Consumer(
            {"bootstrap.servers": self.bootstrap, "group.id": "plain", "isolation.level": "read_committed", "enable.partition.eof": True}
        )
        consumer.assign([TopicPartition(topics.LISTING, partition, 0)])
        last: Message | None = None
        while (message := consumer.poll(TIMEOUT_S)) is not None and message.error() is None:
            last = message
        consumer.close()
        assert last is not None
        return last


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Dead letters by the older release, and the worker of this one."""
    folder = tmp_path_factory.mktemp("replay")
    older = folder / "screener-of-the-release-before"
    older.write_text(OLDER_RELEASE.format(python=sys.executable), encoding="utf-8")
    older.chmod(older.stat().st_mode | stat.S_IXUSR)
    with EmbeddedBroker() as broker, Worker(broker.bootstrap, folder / "w1") as worker:
        cluster = Cluster(broker.bootstrap)
        cluster.set_up(write_registry(folder / "brands.jsonl"), PARTITIONS)
        this_release, worker.program = worker.program, (str(older), "worker")
        worker.start().wait_ready()
        publish(broker.bootstrap)
        cluster.wait_caught_up(worker)
        assert worker.terminate() == 0, worker.tail()
        worker.program = this_release
        worker.start().wait_ready()
        yield Shop(broker.bootstrap, cluster, worker)
        assert worker.terminate() == 0, worker.tail()


def publish(bootstrap: str) -> None:
    """What the older release cannot read, and two records that nobody can."""
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    for number in range(MENDED):
        headers: list[tuple[str, str | bytes | None]] = [("schema", b"1"), ("traceparent", b"00-%d" % number), ("x", None), ("x", b"\xff")]
        producer.produce(topics.LISTING, value=encoded(f"l-{number:02}", f"s-{number}"), key=f"s-{number}".encode(), headers=headers)
    producer.produce(topics.LISTING, value=b'{"listing_id": "cut-off', key=ROTTEN.encode())
    producer.produce(topics.LISTING, value=encoded("keyless", ROTTEN))
    assert producer.flush(TIMEOUT_S) == 0


def encoded(listing: str, seller: str) -> bytes:
    """A good listing event."""
    common = {"type": "published", "event_id": f"e-{listing}", "occurred_at": "2026-05-04T10:00:00Z", "revision": 1, "title": "a wool scarf"}
    return json.dumps({**common, "listing_id": listing, "seller_id": seller}).encode()


def own(headers: Headers) -> Mapping[str, str]:
    """The headers of a dead letter."""
    return {name.removeprefix("screener.dlq."): (value or b"").decode() for name, value in headers if name.startswith("screener.dlq.")}


def kept(headers: Headers) -> Headers:
    """The headers that the producer gave it."""
    return tuple(header for header in headers if not header[0].startswith("screener.dlq."))


# Asking.


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(shop: Shop) -> None:
    before, letter = shop.published, shop.letter("l-00")
    told = shop.run("--reason", "unknown_schema", "--dry-run")
    assert (told["selected"], told["sent"], len(told["would_send"]), told["dry_run"]) == (MENDED, 0, MENDED, True)
    row = {"id": str(letter.place), "reason": "unknown_schema", "topic": topics.LISTING, "key": "s-0", "length": len(letter.value)}
    assert row | {"partition": letter.origin.partition, "offset": letter.origin.offset} in told["would_send"]
    assert (shop.published, shop.marks()) == (before, [])


def test_the_list_gives_places_as_numbers(shop: Shop) -> None:
    listed = json.loads(CliRunner().invoke(cli, ["dlq", "list", "--json", "--bootstrap", shop.bootstrap]).stdout)
    letter = shop.letter("l-00")
    (row,) = [row for row in listed if row["id"] == str(letter.place)]
    assert (row["partition"], row["offset"], row["timestamp_ms"]) == (letter.origin.partition, letter.origin.offset, letter.origin.timestamp_ms)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "or --all for every one"),
        (["--id", "0-1"], 2, "is no PARTITION:OFFSET"),
        (["--id", "0:1:2"], 2, "is no PARTITION:OFFSET"),
        (["--since", "yesterday"], 2, "write it like"),
        (["--all", "--rate", "0"], 2, "--rate"),
        (["--all", "--rate", "nan"], 2, "is no rate"),
        (["--all", "--rate", "inf"], 2, "is no rate"),
        (["--topic", topics.DECISION, "--all"], 2, "is not one of"),
        (["--id", "0:999999"], 1, "no dead letter 0:999999"),
    ],
)
def test_what_selects_nothing_is_told(shop: Shop, arguments: list[str], code: int, words: str) -> None:
    before = shop.published
    result = CliRunner().invoke(cli, ["dlq", "replay", "--bootstrap", shop.bootstrap, *arguments])
    assert (result.exit_code, words in result.stderr) == (code, True), result.output
    assert shop.published == before


def test_letters_are_selected_by_reason_topic_and_time(shop: Shop) -> None:
    def ids(*arguments: str) -> set[str]:
        return {row["id"] for row in shop.run("--dry-run", *arguments)["would_send"]}

    letters = shop.letters()
    everything = {str(letter.place) for letter in letters}
    assert ids("--all") == ids("--topic", topics.LISTING) == ids("--since", "2020-01-01", "--until", "2999-01-01T00:00:00+08:00") == everything
    assert ids("--topic", topics.SELLER) == ids("--since", "2999-01-01") == ids("--until", "2020-01-01") == set()
    assert ids("--reason", "not_json", "--reason", "key_mismatch") == {str(shop.letter(text).place) for text in ("cut-off", "keyless")}
    assert len(ids("--all", "--limit", "3")) == 3


# Sending.


def test_a_letter_whose_cause_is_mended_becomes_a_decision_once(shop: Shop) -> None:
    letter, before = shop.letter("l-01"), shop.published
    told = shop.run("--id", str(letter.place))
    assert (told["selected"], told["sent"], told["replayed_before"], told["dry_run"]) == (1, 1, 0, False)
    shop.settle()
    home = partition_of(b"s-1", PARTITIONS)
    record = shop.newest(home)
    headers: Headers = tuple(record.headers() or ())  # type: ignore[arg-type]  # its hints allow a dict, which it never gives
    assert (record.key(), record.value()) == (b"s-1", letter.value)
    assert kept(headers) == kept(letter.headers) == (("schema", b"1"), ("traceparent", b"00-1"), ("x", None), ("x", b"\xff"))
    first = f"{letter.origin.topic}:{letter.origin.partition}:{letter.origin.offset}"
    assert own(headers) == {**own(letter.headers), "replayed_from": str(letter.place), "first_origin": first}
    (decision,) = shop.decisions("l-01")
    assert decision["cause"] == {"topic": topics.LISTING, "partition": home, "offset": record.offset()}
    again = shop.run("--id", str(letter.place))
    assert (again["sent"], again["replayed_before"], shop.published) == (0, 1, before + 1)
    forced = shop.run("--id", str(letter.place), "--again")
    assert (forced["sent"], shop.published) == (1, before + 2)
    shop.settle()
    assert len(shop.decisions("l-01")) == 1, "a repeat was judged"


@pytest.mark.parametrize(("text", "reason"), [("cut-off", "not_json"), ("keyless", "key_mismatch")])
def test_a_letter_that_dies_again_still_names_its_first_origin(shop: Shop, text: str, reason: str) -> None:
    letters = [shop.letter(text)]
    first = f"{letters[0].origin.topic}:{letters[0].origin.partition}:{letters[0].origin.offset}"
    for _ in range(2):
        shop.run("--id", str(letters[-1].place))
        shop.settle()
        letters.append(shop.letter(text))
        before, after = letters[-2:]
        assert (after.key, after.value, kept(after.headers)) == (before.key, before.value, kept(before.headers))
        assert (after.reason, after.origin == before.origin) == (reason, False)
        assert own(after.headers)["replayed_from"] == str(before.place)
        assert own(after.headers)["first_origin"] == first
    assert len([name for name, _ in letters[-1].headers if name.startswith("screener.dlq.")]) == 8


def test_a_limit_goes_on_where_the_last_run_ended(shop: Shop) -> None:
    def sent(*arguments: str) -> int:
        marked = len(shop.marks())
        told = shop.run("--reason", "unknown_schema", "--limit", "3", *arguments)
        assert len(shop.marks()) == marked + 3
        return int(told["sent"])

    before = shop.published
    assert (sent(), sent()) == (3, 3)
    assert shop.published == before + 6
    marked = [(mark["partition"], mark["offset"]) for mark in shop.marks()]
    assert len(set(marked)) == len(marked) - 1, "only the letter of --again was sent twice"


def test_no_more_letters_are_sent_than_the_rate_allows(shop: Shop) -> None:
    seconds, counted = 0.0, []
    before = shop.published

    def sleep(ahead_s: float) -> None:
        nonlocal seconds
        counted.append((seconds, shop.published - before))
        seconds += ahead_s

    tally = Tally()
    pace = Pace(20.0, now=lambda: seconds, sleep=sleep)
    config = {"bootstrap.servers": shop.bootstrap}
    replay_letters(config, Selection(reasons=("unknown_schema",)), tally, pace, limit=9, dry_run=False, again=True)
    assert (tally.sent, shop.published - before) == (9, 9)
    assert counted == [(0.0, 2), (0.1, 4), (0.2, 6), (0.3, 8)], "two at a time, ten times a second"
    shop.settle()


# Failing.


def test_a_refused_batch_counts_as_nothing_and_is_sent_by_the_next_run(shop: Shop) -> None:
    letter, before, marked = shop.letter("l-20"), shop.published, len(shop.marks())
    limit_record_bytes(shop.bootstrap, 100)
    try:
        result = CliRunner().invoke(cli, ["dlq", "replay", "--bootstrap", shop.bootstrap, "--id", str(letter.place), "--again"])
    finally:
        limit_record_bytes(shop.bootstrap, 1_114_112)
    assert (result.exit_code, "MSG_SIZE_TOO_LARGE" in result.stderr) == (3, True), result.output
    assert "1 selected, 0 sent" in result.stdout
    assert (shop.published, len(shop.marks())) == (before, marked)
    assert shop.run("--id", str(letter.place), "--again")["sent"] == 1
    assert (shop.published, len(shop.marks())) == (before + 1, marked + 1)
    shop.settle()


def limit_record_bytes(bootstrap: str, size: int) -> None:
    """What the broker takes on the listing topic."""
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    with AdminClient({"bootstrap.servers": bootstrap}) as admin:
        resource = ConfigResource(ResourceType.TOPIC, topics.LISTING, incremental_configs=[entry])
        for future in admin.incremental_alter_configs([resource]).values():
            future.result(TIMEOUT_S)


def test_a_second_replay_ends_the_first_which_sends_nothing_any_more(shop: Shop) -> None:
    config = {"bootstrap.servers": shop.bootstrap}
    letter, before = shop.letter("l-22"), shop.published
    first, second = Replayer(config), Replayer(config)
    first.take_over()
    second.take_over()
    with pytest.raises(NotReplayed, match="has taken over"):
        first.send([letter])
    second.send([letter])
    assert shop.published == before + 1
    shop.settle()


def test_what_the_screener_did_not_write_is_no_letter(shop: Shop) -> None:
    producer = Producer({"bootstrap.servers": shop.bootstrap})
    producer.produce(topics.DEAD_LETTER, value=b"by hand", headers=[("screener.dlq.topic", b"x"), ("screener.dlq.offset", b"-1")], partition=0)
    assert producer.flush(TIMEOUT_S) == 0
    ((offset, _), *_) = reversed(read_all(shop.bootstrap, topics.DEAD_LETTER)[topics.DEAD_LETTER, 0])
    before = shop.published
    told = shop.run("--id", f"0:{offset}", code=1)
    assert (told["sent"], told["not_replayable"], shop.published) == (0, [f"0:{offset}"], before)
