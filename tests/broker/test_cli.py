"""The commands, against a real broker and a real worker: what they print, what they end with, and what they say when something is wrong.

Goal: every command does what its help says on good input, and on bad input ends with the documented exit code and a sentence that says what to do.
Method: one embedded broker and one worker; a small market is published by the command itself. Commands run in this process through `main`, as the
console script does; three of them run as child processes, one for each way to fail. Exit codes and JSON are compared exactly, prose by its key words.
Blind spot: colours and widths on a terminal, `broker run` and `topics` (test_embedded, test_topics), `demo` (its own tests), the bytes of dead
letters (test_bad_input) and whether `score` equals the live system on much data (tests/system/test_score.py).
"""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import click
import pytest
from click.testing import CliRunner
from confluent_kafka import KafkaError

from screener import __version__, reader, topics
from screener.catalog import shipped_rulebook
from screener.cli.main import cli, main
from screener.embedded import EmbeddedBroker
from screener.reader import ReadFailed, Record, TopicReader
from tests.harness import SCREENER, Cluster, Worker, command, read_all
from tests.streams import BRANDS, Market, write_registry

NOBODY = "127.0.0.1:1"
"""Port 1 (tcpmux) listens nowhere these days: connections are refused at once."""

LISTINGS = 60
SEED = 5


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def run(*arguments: str, stdin: bytes = b"") -> Done:
    """Runs `screener ARGUMENTS` in this process, by the console script's own function."""
    code, given = 0, sys.argv
    with CliRunner().isolation(input=stdin) as (out, err, _):
        sys.argv = ["screener", *arguments]
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            sys.argv = given
        sys.stdout.flush()
        sys.stderr.flush()
        return Done(code, out.getvalue().decode(), err.getvalue().decode())


@dataclass(frozen=True)
class Shop:
    """A broker with a published market that was decided."""

    bootstrap: str
    folder: Path
    events: list[dict[str, Any]]
    published: Done
    before_topics: Done
    unreachable: Future[CompletedProcess[str]]

    def run(self, *arguments: str, stdin: bytes = b"") -> Done:
        """A command that talks to the broker."""
        return run(*arguments, "--bootstrap", self.bootstrap, stdin=stdin)

    def write(self, name: str, *lines: Any) -> str:
        """A file of lines: bytes as they are, anything else as JSON."""
        path = self.folder / name
        path.write_bytes(b"".join((line if isinstance(line, bytes) else _json(line)) + b"\n" for line in lines))
        return str(path)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Broker, worker, registry, and sixty listings published with `publish --wait`."""
    folder = tmp_path_factory.mktemp("cli")
    with ThreadPoolExecutor(1) as pool, EmbeddedBroker() as broker, Worker(broker.bootstrap, folder / "w1") as worker:
        unreachable = pool.submit(command, "decisions", "show", bootstrap=NOBODY)
        before_topics = run("publish", "/dev/null", "--bootstrap", broker.bootstrap)
        Cluster(broker.bootstrap).set_up(write_registry(folder / "brands.jsonl"), 2)
        worker.start().wait_ready()
        events = list(Market(SEED).listings(LISTINGS))
        path = folder / "market.jsonl"
        path.write_bytes(b"".join(_json(event) + b"\n" for event in events))
        published = run("publish", str(path), "--wait", "--json", "--bootstrap", broker.bootstrap)
        yield Shop(broker.bootstrap, folder, events, published, before_topics, unreachable)


def listing(listing_id: str, **more: Any) -> dict[str, Any]:
    """A listing event that is allowed."""
    common = {"type": "published", "event_id": f"e-{listing_id}", "occurred_at": "2026-05-04T10:00:00Z", "revision": 1, "title": "a wool scarf"}
    return {**common, "listing_id": listing_id, "seller_id": f"s-{listing_id}", **more}


# Help.


def _commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    if isinstance(group, click.Group):
        for name, child in group.commands.items():
            yield from _commands(child, (*path, name))


@pytest.mark.parametrize(("path", "found"), list(_commands(cli)), ids=lambda part: " ".join(part) if isinstance(part, tuple) else "")
def test_every_command_explains_itself_and_its_options(path: tuple[str, ...], found: click.Command) -> None:
    done = run(*path, "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: screener {' '.join(path)}".rstrip())
    assert len((found.help or "").split()) >= 5, "it has no help text"
    assert (found.help or "").split()[0] in done.out
    for parameter in found.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.opts} has no help text"


def test_the_version_is_told() -> None:
    assert run("--version").out == f"screener, version {__version__}\n"


# Exit codes.


def test_an_unreachable_broker_ends_the_script_with_3(shop: Shop) -> None:
    done = shop.unreachable.result(60)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"error: no Kafka broker answers at {NOBODY} (")
    assert done.stderr.endswith("start one with `screener broker run`, or say --bootstrap HOST:PORT\n")


def test_a_worker_that_meets_no_broker_ends_with_3_and_has_touched_nothing(shop: Shop) -> None:
    state_dir = shop.folder / "never"
    done = command(
        "worker", "--state-dir", str(state_dir), bootstrap=NOBODY, env={"SCREENER_TRANSACTION_TIMEOUT_MS": "1000", "SCREENER_LOG_LEVEL": "warning"}
    )
    assert (done.returncode, done.stdout, state_dir.exists()) == (3, "", False)
    assert done.stderr.startswith(f"error: no Kafka broker answers at {NOBODY} (")
    assert "Connection refused" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_script_ends_with_2_on_usage_and_with_1_on_a_finding() -> None:
    usage = command("decisions", "shw")
    assert (usage.returncode, "No such command 'shw'" in usage.stderr) == (2, True)
    finding = command("validate", "/dev/null")
    assert (finding.returncode, "holds no event" in finding.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        "decisions show", "decisions export {folder}/never.jsonl", "decisions diff {folder}/market.scored", "dlq list", "dlq show 0:0",
        "dlq replay --all",
        "explain l-1",
        "publish {folder}/market.jsonl", "publish {folder}/market.jsonl --wait", "registry diff {folder}/brands.jsonl",
        "registry load {folder}/brands.jsonl", "rulebook publish", "rulebook show",
    ],
)  # fmt: skip
def test_every_command_names_a_broker_that_does_not_answer(shop: Shop, monkeypatch: pytest.MonkeyPatch, arguments: str) -> None:
    monkeypatch.setattr(reader, "REQUEST_TIMEOUT_S", 0.2)
    scored = {"seller_id": "s-1", "listing_id": "l-1", "revision": 1, "decision": "allow", "risk": 0.0, "brands": [], "signals": []}
    shop.write("market.scored", scored)
    done = run(*arguments.format(folder=shop.folder).split(), "--bootstrap", NOBODY)
    assert (done.code, done.out) == (3, "")
    assert f"no Kafka broker answers at {NOBODY}" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [("dlq show abc", "is no PARTITION:OFFSET"), ("dlq show 1:", "is no PARTITION:OFFSET"), ("dlq show 9:9", "no dead letter 9:9")],
)
def test_what_is_no_dead_letter_is_said_so(shop: Shop, arguments: str, words: str) -> None:
    done = shop.run(*arguments.split())
    assert done.code == (1 if "9:9" in arguments else 2)
    assert words in done.err
    assert "screener dlq list" in done.err


def test_verify_asks_for_the_application_that_nobody_is(shop: Shop) -> None:
    done = shop.run("verify", "--application", "nosuch")
    assert done.code == 2
    assert "group nosuch-judge has committed nothing" in done.err
    assert "--application" in done.err


def test_missing_topics_end_with_4_and_the_command_that_makes_them(shop: Shop) -> None:
    assert shop.before_topics.code == 4
    assert shop.before_topics.err == f"error: topic {topics.LISTING} does not exist; run `screener topics apply`\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("publish {folder}/nowhere.jsonl", "cannot read"),
        ("publish {folder}/market.jsonl --topic screening.decision", "is not one of"),
        ("score {folder}/nowhere.jsonl --registry {folder}/brands.jsonl", "name a readable file"),
        ("score {folder}/market.jsonl", "--registry"),
        ("score {folder}/market.jsonl --registry {folder}/nowhere.jsonl", "name a readable file"),
        ("score {folder}/market.jsonl --registry {folder}/market.jsonl", "line 1"),
        ("registry check {folder}/nowhere.jsonl", "cannot read"),
        ("registry load /dev/null", "everything would be let through"),
        ("rulebook check {folder}/market.jsonl", "correct the line named"),
        ("rulebook check {folder}/binary.toml", "save it as UTF-8"),
        ("score {folder}/brands.jsonl --registry {folder}/brands.jsonl --rulebook {folder}/binary.toml", "save it as UTF-8"),
        ("decisions diff {folder}/brands.jsonl", "brands.jsonl line 1 is no scored decision"),
        ("decisions diff {folder}/nowhere.jsonl", "cannot read"),
        ("decisions export {folder}/no/such/folder.jsonl", "cannot write"),
        ("decisions show --limit 0", "--limit"),
        ("worker --group ring", "is not one of"),
    ],
)
def test_wrong_usage_ends_with_2_and_what_to_do(shop: Shop, arguments: str, words: str) -> None:
    (shop.folder / "binary.toml").write_bytes(b'mode = "\xff"')
    talks = arguments.startswith(("publish", "decisions", "registry load"))
    done = run(*arguments.format(folder=shop.folder).split(), *(["--bootstrap", shop.bootstrap] if talks else []))
    assert (done.code, done.out) == (2, "")
    assert words in done.err


# Publish.


def test_publish_counts_what_became_of_the_events(shop: Shop) -> None:
    assert (shop.published.code, shop.published.json) == (0, {"published": LISTINGS, "decided": LISTINGS, "dead_letters": 0})
    path = shop.write(
        "mixed.jsonl",
        listing("mixed"),
        b"",
        listing("mixed"),
        listing("mixed", title="another content"),
        listing("mixed", type="edited", revision=3),
        listing("mixed", type="edited", revision=2),
        {"type": "removed", "event_id": "e", "occurred_at": "2026-05-04T10:00:00Z", "listing_id": "mixed", "revision": 4, "seller_id": "s-mixed"},
    )
    done = shop.run("publish", path, "--wait", "--json")
    assert done.json == {"published": 6, "decided": 2, "dead_letters": 1, "recorded": 1, "repeated": 1, "stale": 1}
    assert shop.run("publish", path, "--wait").out == "published 6, decided 0, dead letters 0, repeated 1, stale 5\n"


def test_publish_reads_gzip_and_stdin(shop: Shop) -> None:
    packed = shop.folder / "packed-without-suffix"
    packed.write_bytes(gzip.compress(_json(listing("packed")) + b"\r\n"))
    assert shop.run("publish", str(packed), "--wait", "--json").json["decided"] == 1
    assert shop.run("publish", "-", "--wait", "--json", stdin=_json(listing("from-stdin"))).json["decided"] == 1
    assert shop.run("publish", "-", "--wait", "--json", stdin=gzip.compress(_json(listing("packed-stdin")))).json["decided"] == 1
    assert shop.run("publish", "-", "--json", stdin=b"").json == {"published": 0}
    packed.write_bytes(packed.read_bytes()[:-9])
    cut = shop.run("publish", str(packed))
    assert (cut.code, "cut off or damaged" in cut.err) == (2, True)


def test_publish_tells_the_line_that_is_invalid_and_sends_those_before_it(shop: Shop) -> None:
    path = shop.write("broken.jsonl", listing("before-it"), b"  ", listing("it", title=5), listing("after-it"))
    done = shop.run("publish", path, "--json")
    assert (done.code, done.out) == (1, "")
    assert f"{path} line 3: invalid_value: " in done.err
    assert "the 1 events before it were published" in done.err
    sent = b"".join(value for found in read_all(shop.bootstrap, topics.LISTING).values() for _, value in found)
    assert (b'"before-it"' in sent, b'"it"' in sent, b'"after-it"' in sent) == (True, False, False)


def test_publish_goes_to_other_topics_and_to_backfill(shop: Shop) -> None:
    sale = {"type": "sold", "event_id": "e", "occurred_at": "2026-05-04T10:00:00Z", "order_id": "o-1", "listing_id": "l-1", "seller_id": "s-1"}
    recorded = shop.run("publish", shop.write("sales.jsonl", sale), "--topic", topics.TRANSACTION, "--wait", "--json").json
    assert recorded == {"published": 1, "decided": 0, "dead_letters": 0, "recorded": 1}
    decided = shop.run("publish", shop.write("old.jsonl", listing("old")), "--backfill", "--wait", "--json").json
    assert decided == {"published": 1, "decided": 1, "dead_letters": 0}
    assert shop.run("decisions", "show", "old", "--json").json[0]["cause"]["topic"] == topics.LISTING_BACKFILL


def test_publish_ends_with_4_when_nobody_decides_in_time(shop: Shop) -> None:
    done = shop.run("publish", shop.write("late.jsonl", listing("late")), "--wait", "--timeout", "0")
    assert (done.code, done.out) == (4, "published 1, decided 0, dead letters 0\n")
    assert "1 events were not decided within 0 s; is a worker ready?" in done.err


# Decisions.


def test_decisions_are_shown_by_listing_seller_and_kind(shop: Shop) -> None:
    event = shop.events[0]
    (one,) = shop.run("decisions", "show", event["listing_id"], "--json").json
    assert (one["listing_id"], one["seller_id"], one["event_id"]) == (event["listing_id"], event["seller_id"], event["event_id"])
    shown = shop.run("decisions", "show", event["listing_id"]).out
    assert shown.startswith(f"{one['decision']:8} {one['risk']:.2f} {event['listing_id']} r1 #1 seller {event['seller_id']}: ")
    for kind in ("allow", "hold"):
        assert {row["decision"] for row in shop.run("decisions", "show", "--decision", kind, "--json", "--limit", "1000").json} == {kind}
    mine = shop.run("decisions", "show", "--seller", event["seller_id"], "--json").json
    assert {row["seller_id"] for row in mine} == {event["seller_id"]}
    assert len(shop.run("decisions", "show", "--limit", "3").out.splitlines()) == 3


def test_no_such_decision_ends_with_1(shop: Shop) -> None:
    done, as_json = shop.run("decisions", "show", "never"), shop.run("decisions", "show", "never", "--json")
    assert (done.code, done.out, as_json.code, as_json.json) == (1, "", 1, [])
    assert "`screener dlq list`" in done.err


def test_a_sellers_text_cannot_move_the_terminal(shop: Shop) -> None:
    evil = "l-\x1b[2J\nallow    0.00 forged"
    assert shop.run("publish", shop.write("evil.jsonl", listing(evil)), "--wait").code == 0
    shown = shop.run("decisions", "show", evil).out
    assert ("\x1b" in shown, len(shown.splitlines())) == (False, 1)
    assert shop.run("decisions", "show", evil, "--json").json[0]["listing_id"] == evil


def test_export_writes_every_decision(shop: Shop) -> None:
    path = shop.folder / "export.jsonl"
    done = shop.run("decisions", "export", str(path))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert done.out == f"{len(rows)} decisions written to {path}\n"
    assert {event["listing_id"] for event in shop.events} <= {row["listing_id"] for row in rows}
    assert sum(len(found) for found in read_all(shop.bootstrap, topics.DECISION).values()) == len(rows)


def test_diff_finds_what_differs_and_nothing_else(shop: Shop) -> None:
    live = shop.folder / "live.jsonl"
    assert shop.run("decisions", "export", str(live)).code == 0
    same = shop.run("decisions", "diff", str(live), "--json")
    rows = [json.loads(line) for line in live.read_bytes().splitlines()]
    assert (same.code, same.json["differences"], same.json["compared"]) == (0, 0, len(rows))
    assert shop.run("decisions", "diff", str(live)).out == f"0 differences in {len(rows)} decisions\n"
    wrong = shop.write("wrong.jsonl", {**rows[0], "risk": 0.123}, *rows[2:])
    fewer = shop.folder / "fewer.scored"
    first = json.loads(live.read_text(encoding="utf-8").splitlines()[0])
    mine = [line for line in live.read_text(encoding="utf-8").splitlines() if json.loads(line)["listing_id"] == first["listing_id"]]
    fewer.write_text("\n".join(mine), encoding="utf-8")
    beside = shop.run("decisions", "diff", str(fewer), "--json")
    assert (beside.code, beside.json["differences"], beside.json["compared"]) == (0, 0, len(mine))
    assert beside.json["of_other_listings"] == len(rows) - len(mine) > 0
    unjudged = shop.write("unjudged.jsonl", {**rows[0], "decision": None, "risk": None}, *rows[1:])  # a dead letter here, a decision there
    assert shop.run("decisions", "diff", unjudged, "--json").json["differences"] == 1
    found = run("decisions", "diff", wrong, "--against", str(live), "--json")
    assert (found.code, found.json["differences"]) == (1, 2)
    assert {one["listing_id"] for one in found.json["first"]} == {rows[0]["listing_id"], rows[1]["listing_id"]}
    in_words = run("decisions", "diff", wrong, "--against", str(live)).out
    assert f"{rows[1]['listing_id']} r1: scored None, live " in in_words
    assert f"2 differences in {len(rows) - 1} decisions" in in_words


def test_score_gives_a_line_for_every_event(shop: Shop) -> None:
    path = shop.write("to-score.jsonl", listing("scored"), listing("scored"), b"{", listing("scored", title="another"))
    done = run("score", path, "--registry", str(shop.folder / "brands.jsonl"))
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [(row["outcome"], row["reason"], row["decision"]) for row in rows] == [
        ("judged", "", "allow"),
        ("repeated", "", None),
        ("dead_letter", "not_json", None),
        ("dead_letter", "conflict", None),
    ]
    target = shop.folder / "scored.jsonl"
    assert run("score", "-", "--registry", str(shop.folder / "brands.jsonl"), "--output", str(target), stdin=Path(path).read_bytes()).out == ""
    assert target.read_text(encoding="utf-8") == done.out


# Explain.


def test_score_ends_quietly_when_its_reader_has_seen_enough(shop: Shop) -> None:
    many = shop.write("many.jsonl", *shop.events * 40)
    arguments = [SCREENER, "score", many, "--registry", str(shop.folder / "brands.jsonl")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_what_the_broker_refuses_to_give_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: TopicReader) -> Iterator[Record]:
        raise ReadFailed(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "not for you"))

    monkeypatch.setattr(TopicReader, "to_end", refuse)
    done = shop.run("dlq", "list")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("error: reading failed: not for you")


def test_explain_takes_a_listings_an_events_and_a_decisions_id(shop: Shop) -> None:
    (held, *_) = shop.run("decisions", "show", "--decision", "hold", "--json", "--limit", "1000").json
    texts = [shop.run("explain", held[name]) for name in ("listing_id", "decision_id", "event_id")]
    assert [done.code for done in texts] == [0, 0, 0]
    assert len({done.out for done in texts}) == 1
    assert texts[0].out.startswith(f"HOLD of listing {held['listing_id']}, revision 1, seller {held['seller_id']}\n")
    (row,) = shop.run("explain", held["decision_id"], "--json").json
    assert row.pop("explanation") + "\n" == texts[0].out
    assert row == held


def test_explain_speaks_chinese(shop: Shop) -> None:
    listing_id = shop.events[0]["listing_id"]
    done = shop.run("explain", listing_id, "--lang", "zh")
    assert done.code == 0
    assert f"商品 {listing_id}" in done.out
    assert "平台" in done.out


def test_explain_shows_a_listings_whole_chain(shop: Shop) -> None:
    assert shop.run("publish", shop.write("chain.jsonl", listing("chain"), listing("chain", type="edited", revision=7)), "--wait").code == 0
    explained = shop.run("explain", "chain").out
    assert [line.split(",")[1] for line in explained.splitlines() if "of listing chain" in line] == [" revision 1", " revision 7"]
    done = shop.run("explain", "never")
    assert (done.code, "`screener publish --wait`" in done.err) == (1, True)


# Validate.


def test_validate_tells_line_and_reason(shop: Shop) -> None:
    path = shop.write("lines.jsonl", listing("l"), b"", b"{", listing("l", revision=0))
    done = run("validate", path, "--json")
    assert done.code == 1
    *findings, summary = [json.loads(line) for line in done.out.splitlines()]
    assert [(one["line"], one["reason"]) for one in findings] == [(3, "not_json"), (4, "invalid_value")]
    assert summary == {"topic": topics.LISTING, "checked": 3, "invalid": 2}
    assert run("validate", "-", stdin=gzip.compress(_json(listing("l")))).code == 0
    assert run("validate", "-", "--topic", topics.SELLER, stdin=_json(listing("l"))).code == 1


# Registry and rulebook.


def test_registry_check_finds_what_is_weak(shop: Shop) -> None:
    fine = run("registry", "check", str(shop.folder / "brands.jsonl"))
    assert (fine.code, fine.out) == (0, "0 findings\n")
    path = shop.write("weak.jsonl", {"brand_id": "b-1", "name": "!"}, b"", {"brand_id": "b-2", "name": "Zorvane"})
    weak = run("registry", "check", path, "--json")
    assert (weak.code, {(one["brand_id"], one["level"]) for one in weak.json}) == (1, {("b-1", "refused")})
    assert run("registry", "check", path).out.startswith("refused: b-1: ")
    twice = shop.write("twice.jsonl", BRANDS[0], b"", BRANDS[0])
    done = run("registry", "check", twice)
    assert (done.code, f"line 3: brand_id {BRANDS[0]['brand_id']} stands in line 1 already" in done.err) == (2, True)


def test_registry_diff_and_load_say_what_changes(shop: Shop) -> None:
    path = shop.write("next.jsonl", {**BRANDS[0], "aliases": []}, *BRANDS[2:], {"brand_id": "b-new", "name": "Zorvane"})
    expected = {"added": ["b-new"], "changed": [BRANDS[0]["brand_id"]], "removed": [BRANDS[1]["brand_id"]]}
    before = shop.run("registry", "diff", path, "--json")
    assert (before.code, before.json) == (1, expected)
    loaded = shop.run("registry", "load", path, "--json")
    assert (loaded.code, loaded.json | {"version": ""}) == (0, {"version": "", "brands": 5, "added": 1, "changed": 1, "removed": 1})
    after = shop.run("registry", "diff", path)
    assert (after.code, after.out) == (0, "added: 0\nchanged: 0\nremoved: 0\n")
    assert f"registry {loaded.json['version'][:12]} with 5 brands is in force" in shop.run("registry", "load", path).out
    assert shop.run("registry", "load", str(shop.folder / "brands.jsonl")).code == 0


def test_rulebook_check_publish_and_show(shop: Shop) -> None:
    shipped = shipped_rulebook().parts[0]["text"]
    assert run("rulebook", "check").out.startswith("fine: mode enforce, ")
    assert shop.run("rulebook", "show").out == shipped, "before any was published, the shipped one is in force"
    broken = shop.folder / "broken.toml"
    broken.write_text(shipped.replace("[hold]", "[hald]"), encoding="utf-8")
    for arguments in (("check", str(broken)), ("publish", str(broken), "--bootstrap", shop.bootstrap)):
        done = run("rulebook", *arguments)
        assert (done.code, "hald" in done.err) == (2, True)
    assert shop.run("rulebook", "publish", "--mode", "shadow", "--json").json["mode"] == "shadow"
    assert shop.run("rulebook", "show").out == shipped.replace('mode = "enforce"', 'mode = "shadow"')
    own = shop.folder / "own.toml"
    own.write_text(shipped + "# ours, für uns\n", encoding="utf-8")
    assert shop.run("rulebook", "publish", str(own)).out.endswith(f"is in force: mode enforce, {shipped.count('[[rule]]')} rules\n")
    assert shop.run("rulebook", "show").out == own.read_text(encoding="utf-8")


def test_dlq_list_counts_by_reason(shop: Shop) -> None:
    assert shop.run("publish", shop.write("conflict.jsonl", listing("c"), listing("c", title="another")), "--wait").code == 0
    listed = shop.run("dlq", "list", "--reason", "conflict")
    assert (listed.code, "dead letters: conflict " in listed.out.splitlines()[-1]) == (1, True)
    nothing = shop.run("dlq", "list", "--reason", "never")
    assert (nothing.code, nothing.out) == (0, "0 dead letters\n")


def test_a_port_that_is_taken_is_named(broker: EmbeddedBroker, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command("worker", "--state-dir", str(tmp_path / "w1"), "--http", f"127.0.0.1:{port}", bootstrap=broker.bootstrap)
    assert done.returncode == 78, done.stderr
    assert f"no pages can be served at 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
