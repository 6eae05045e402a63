"""Goal: no bytes that anyone can put on a topic or into a file end in a traceback: each door answers with a value or with words that say what to do.

Method: hypothesis with any bytes, and with damaged copies of what the door expects, at every door (more of intake's: test_intake, of side logs':
test_sidelog). Commands run in this process as the console script does; what stands for the broker's records are `Record` values.
Blind spot: librdkafka and the broker before these doors (tests/broker/test_bad_input), and how long a hostile file takes.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from screener import topics
from screener.catalog import JUDGE, PROCESSORS
from screener.cli.common import ExitCode, fail, printable
from screener.cli.decisions import decision_of
from screener.cli.dlq import _row
from screener.cli.main import cli
from screener.client.events import EventCheck, InvalidEvent
from screener.codecs import canonical
from screener.contracts import Brand, Decision
from screener.deadletters import text as shown
from screener.judge.rulebook import Rulebook, RulebookError, parse_rulebook
from screener.offline import Offline
from screener.processor import UNREADABLE_HEADERS, Compiled, Incoming, Input, Malformed, NotReady, Origin, SideRejected
from screener.reader import Record
from screener.sidelog import SideReader, encode_version
from screener.topicfiles import load_topics, shipped_folder
from screener.tracing import Glance, NoTrace, glance, split
from tests.streams import BRANDS, write_registry

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)

EXAMPLES = [path.read_bytes() for path in sorted(shipped_folder().glob("examples/*/*/*.json"))]
"""Good and bad values of every topic."""

DEEP = [b"[" * 100_000, b'{"a":' * 100_000, b'{"event_id":' + b"[" * 300 + b"]" * 300 + b"}"]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A value that some topic takes, with a few bytes of it changed, added or cut."""
    value = bytearray(draw(st.sampled_from(EXAMPLES)))
    for _ in range(draw(st.integers(0, 3))):
        if not value:
            break
        at = draw(st.integers(0, len(value) - 1))
        value[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(value)


values = st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode()) | damaged() | st.sampled_from(DEEP)
names = st.text(max_size=12) | st.sampled_from(["schema", "traceparent", "tracestate", "ce_id", "screener.dlq.reason"])
headers = st.lists(st.tuples(names, st.none() | st.binary(max_size=40)), max_size=4).map(tuple) | st.just(UNREADABLE_HEADERS)
keys = st.none() | st.binary(max_size=20)


def record(value: bytes, key: bytes | None = None, header: Any = ()) -> Record:
    return Record(topics.DEAD_LETTER, 0, 7, 1_700_000_000_000, key, value, header)


SCORER = Offline([msgspec.convert(brand, Brand) for brand in BRANDS])


# Topics.


@given(st.sampled_from([(one, topic) for one in PROCESSORS.values() for topic in one.inputs]), values, keys, headers)
def test_intake_answers(door: tuple[Any, str], value: bytes, key: bytes | None, header: Any) -> None:
    processor, topic = door
    item = processor.read(Incoming(Origin(topic, 0, 7, 1_700_000_000_000), key, value, header))
    assert isinstance(item, Input | Malformed)
    if isinstance(item, Input):
        assert all(isinstance(name, str) for name, _ in item.carried)


@given(st.lists(st.none() | values, max_size=8))
def test_side_logs_count_what_they_cannot_read(log: list[bytes | None]) -> None:
    reader = SideReader(topics.REGISTRY)
    assert [reader.feed(offset, value) for offset, value in enumerate(log)].count(True) <= len(log)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["brand_id", "name", "aliases", "categories", "price_floors", "text", "x"]), ANY_JSON), max_size=3))
def test_a_whole_version_of_anything_is_in_force_or_refused_by_name(parts: list[dict[str, Any]]) -> None:
    """What `runtime/side.py` handles by name: anything else would end the worker."""
    for topic in JUDGE.sides:
        reader = SideReader(topic)
        try:
            log = encode_version(parts)
        except (TypeError, ValueError):  # no writer could have encoded it
            return
        for offset, value in enumerate(log):
            reader.feed(offset, value)
        newest = reader.newest
        if newest is None:  # it cannot be read again as it was written: a number beyond 64 bits
            return
        with contextlib.suppress(SideRejected):
            assert isinstance(JUDGE.compile_side({topics.REGISTRY: brands(), topic: newest}), Compiled | NotReady)


def brands() -> Any:
    reader = SideReader(topics.REGISTRY)
    for offset, value in enumerate(encode_version(BRANDS)):
        reader.feed(offset, value)
    return reader.newest


@given(values | st.binary(max_size=100).map(lambda rest: b"{}\n" + rest))
def test_a_trace_is_read_or_named(value: bytes) -> None:
    for read in (glance, split):
        with contextlib.suppress(NoTrace):
            assert isinstance(read(value), Glance | tuple)


@given(values)
def test_a_decision_is_read_or_ends_the_command(value: bytes) -> None:
    with contextlib.suppress(SystemExit):
        assert isinstance(decision_of(record(value)), Decision)


@given(values, keys, headers)
def test_a_dead_letter_is_shown_whatever_it_is(value: bytes, key: bytes | None, header: Any) -> None:
    row = _row(record(value, key, header))
    for text in (*map(str, row.values()), shown(key), shown(value)):
        assert printable(text).isprintable()
    json.dumps(row, ensure_ascii=False).encode()


@given(values, st.sampled_from(JUDGE.inputs))
def test_the_publisher_takes_an_event_or_names_what_is_wrong(value: bytes, topic: str) -> None:
    """`screener publish` passes every line of its file through here before it sends anything."""
    with contextlib.suppress(InvalidEvent):
        assert EventCheck(topic).seller_of(value)


def test_what_is_no_trace_and_no_decision_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NoTrace, match=r"a record of screening.trace is no trace .*; find out who else writes"):
        glance(b"{}")
    with pytest.raises(SystemExit, match="1"):
        decision_of(record(b"\xff"))
    assert "0:7 holds no decision" in capsys.readouterr().err


def test_a_head_of_the_right_shape_is_still_read() -> None:
    head = {"cause": {"topic": "t", "partition": 0, "offset": 1}, "outcome": "judged", "reason": "", "sequence": 1}
    assert glance(canonical(head) + b"\n\xff").sequence == 1


# Files.

FILE_COMMANDS: dict[str, Callable[[Path, Path], list[str]]] = {
    **{f"validate {spec.name}": lambda file, _, name=spec.name: ["validate", str(file), "--topic", name] for spec in load_topics() if spec.contract},  # type: ignore[misc]
    "score": lambda file, registry: ["score", str(file), "--registry", str(registry)],
    "score with a registry of anything": lambda file, registry: ["score", str(registry), "--registry", str(file)],
    "score with a rulebook of anything": lambda file, registry: ["score", str(registry), "--registry", str(registry), "--rulebook", str(file)],
    "registry check": lambda file, _: ["registry", "check", str(file)],
    "rulebook check": lambda file, _: ["rulebook", "check", str(file)],
    "decisions diff": lambda file, registry: ["decisions", "diff", str(file), "--against", str(file)],
}


def ends_well(arguments: list[str]) -> None:
    """The command ends with a documented code, and with words if it is not 0."""
    done = CliRunner().invoke(cli, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), (arguments, done.exception)
    assert done.exit_code in (0, 1, 2)
    assert done.exit_code == 0 or done.output.strip()
    assert "Traceback" not in done.output
    assert "\x1b" not in done.output


@pytest.mark.parametrize("command", FILE_COMMANDS.values(), ids=FILE_COMMANDS)
@settings(max_examples=15, deadline=None)
@given(content=st.lists(values, max_size=4).map(b"\n".join) | st.binary(max_size=60).map(lambda rest: b"\x1f\x8b" + rest))
def test_a_command_answers_to_any_file(command: Callable[[Path, Path], list[str]], content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, registry = Path(folder) / "file", write_registry(Path(folder) / "brands.jsonl")
        file.write_bytes(content)
        ends_well(command(file, registry))


HOSTILE: dict[str, bytes] = {
    "deep id": b'{"event_id": ' + b"[" * 300 + b"]" * 300 + b"}",
    "ids that are lists": b'{"seller_id": [1], "listing_id": {}, "revision": [], "decision": "hold", "risk": 1, "brands": [], "signals": []}',
    "terminal escapes": json.dumps({"type": "\x1b]0;owned\x07", "brand_id": "\x1b[31m", "name": "\x1b[2J"}).encode(),
    "terminal escapes in values": b'{"type":"\x1b[31m"}',
    "cut gzip": gzip.compress(b"{}" * 5_000)[:40],
    "NUL": bytes(1_000),
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "not UTF-8": b"mode = '\xff'",
    "number beyond double": b'{"risk": 1e999}',
    "number of 5,000 digits": b'{"revision": ' + b"9" * 5_000 + b"}",
    "lone surrogate": rb'{"brand_id": "\ud800", "name": "\udc00"}',
}


@pytest.mark.parametrize("command", FILE_COMMANDS.values(), ids=FILE_COMMANDS)
@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_command_answers_to_a_hostile_file(tmp_path: Path, command: Callable[[Path, Path], list[str]], content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    ends_well(command(file, write_registry(tmp_path / "brands.jsonl")))


def test_an_error_moves_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        fail("quoting \x1b]0;owned\x07\nsecond line", ExitCode.USAGE)
    assert capsys.readouterr().err == "error: quoting \\x1b]0;owned\\x07\nsecond line\n"


@given(values)
def test_the_scorer_answers_to_any_line(value: bytes) -> None:
    if value.strip():
        assert SCORER.judge(value)[0].outcome.kind in ("judged", "recorded", "repeated", "stale", "dead_letter")


@given(
    st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("utf-8", "replace")) | damaged().map(lambda raw: raw.decode("latin-1"))
)
def test_any_text_is_a_rulebook_or_named(text: str) -> None:
    with contextlib.suppress(RulebookError):
        assert isinstance(parse_rulebook(text), Rulebook)
