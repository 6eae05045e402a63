"""`screener demo` as a user starts it.

Goal: it ends by itself with stdin closed, writes its files, says what was found, missed and wrongly hit, agrees with the offline judge, and leaves no
process and no temporary file behind, also when it is interrupted or killed.
Method: the command as a child process with a temporary folder of its own; every process that runs in or names that folder is looked for with psutil.
Blind spot: the live display on a real terminal, and the first run, which fetches the jars.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest

from screener.cli.registry import read_brands
from screener.files import lines_of
from screener.offline import Offline

LISTINGS = 1_500

DEMO_S_MAX = 120.0
"""20 s on two idle cores; a loaded CI machine gets six times that."""

GONE_S_MAX = 15.0
"""The kernel ends the children of a killed demo at once; java takes up to 2 s to be gone."""

_SCREENER = [sys.executable, "-c", "from screener.cli.main import main; main()"]


@contextmanager
def _demo(folder: Path, *arguments: str, stdout: IO[bytes] | int = subprocess.PIPE) -> Iterator[subprocess.Popen[bytes]]:
    """A demo whose temporary files and output lie in `folder`; killed at the end if it still runs."""
    temporary = folder / "tmp"
    temporary.mkdir()
    child = subprocess.Popen(
        [*_SCREENER, "demo", "--out", str(folder / "out"), *arguments],
        env={**os.environ, "TMPDIR": str(temporary), "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        preexec_fn=_hear_interrupts,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def _hear_interrupts() -> None:
    """A shell starts what it sends to the background with SIGINT ignored, a CI's too, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _left(folder: Path) -> list[str]:
    """Command lines of processes that work in the folder or name it."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.cwd()]
        except psutil.Error:
            continue
        if any(str(folder) in word for word in words):
            found.append(" ".join(words))
    return found


def _assert_nothing_is_left(folder: Path) -> None:
    deadline = time.monotonic() + GONE_S_MAX
    while (left := _left(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def _await_decisions(folder: Path, child: subprocess.Popen[bytes]) -> None:
    """Until the first decisions were written: broker and worker are at work."""
    decisions, deadline = folder / "out" / "decisions.jsonl", time.monotonic() + DEMO_S_MAX
    while not (decisions.exists() and decisions.stat().st_size):
        assert child.poll() is None, "the demo ended before it decided anything"
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_demo_ends_by_itself_and_reports(tmp_path: Path) -> None:
    with _demo(tmp_path, "--listings", str(LISTINGS), "--no-wait") as child:
        printed, progress = child.communicate(timeout=DEMO_S_MAX)
    text = " ".join(printed.decode().split())
    assert child.returncode == 0, progress.decode()
    for word in ("found ", "missed ", "wrongly hit ", "Blocked, the most telling", "plain_slang", "p99", "truth.jsonl", "screener broker run"):
        assert word in text
    assert "published" in progress.decode()
    out = tmp_path / "out"
    assert {"truth.jsonl", "listings.jsonl", "brands.jsonl", "decisions.jsonl", "worker.log"} == {file.name for file in out.iterdir()}
    _assert_live_is_offline(out)
    _assert_nothing_is_left(tmp_path)
    assert list((tmp_path / "tmp").glob("screener-*")) == []


def _assert_live_is_offline(out: Path) -> None:
    """Every decision that the offline judge takes came from the worker too, and no other."""
    offline = Offline(read_brands(str(out / "brands.jsonl")), None)
    expected = {}
    for line in lines_of(str(out / "listings.jsonl")):
        for decision in offline.judge(line)[1]:
            expected[decision.listing_id, decision.revision] = (decision.decision, decision.risk, [signal.name for signal in decision.signals])
    live = {}
    for line in lines_of(str(out / "decisions.jsonl")):
        row = json.loads(line)
        live[row["listing_id"], row["revision"]] = (row["decision"], row["risk"], [signal["name"] for signal in row["signals"]])
    assert live == expected


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_ended_demo_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    with _demo(tmp_path, "--listings", "20000", "--no-wait", stdout=subprocess.DEVNULL) as child:
        _await_decisions(tmp_path, child)
        child.send_signal(number)
        child.communicate(timeout=GONE_S_MAX + 15)
    assert child.returncode != 0
    _assert_nothing_is_left(tmp_path)
    if number != signal.SIGKILL:
        assert list((tmp_path / "tmp").glob("screener-*")) == []


def test_own_listings_are_run_without_truth(tmp_path: Path) -> None:
    event = {"type": "published", "occurred_at": "2026-01-01T00:00:00Z", "revision": 1, "seller_id": "s-1"}
    own = tmp_path / "own.jsonl"
    titles = ["高仿 Velloro 维洛罗 跑鞋", "纯棉短袖"]
    rows = [{**event, "event_id": f"e{number}", "listing_id": f"l{number}", "title": title} for number, title in enumerate(titles)]
    own.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with _demo(tmp_path, "--input", str(own), "--json") as child:
        printed, progress = child.communicate(timeout=DEMO_S_MAX)
    assert child.returncode == 0, progress.decode()
    report = json.loads(printed)
    assert report["decisions"] == {"allow": 1, "block": 1}
    assert report["score"] is None
    assert report["blocks"][0]["title"] == titles[0]
    assert not (tmp_path / "out" / "truth.jsonl").exists()


def test_write_only_writes_the_market_and_starts_nothing(tmp_path: Path) -> None:
    with _demo(tmp_path, "--listings", "50", "--write-only") as child:
        child.communicate(timeout=DEMO_S_MAX)
    assert child.returncode == 0
    assert {"truth.jsonl", "listings.jsonl", "brands.jsonl"} == {file.name for file in (tmp_path / "out").iterdir()}


def test_an_invalid_event_ends_the_demo_before_anything_is_started(tmp_path: Path) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text('{"type": "published"}\n', encoding="utf-8")
    with _demo(tmp_path, "--input", str(own)) as child:
        _, said = child.communicate(timeout=DEMO_S_MAX)
    assert child.returncode == 1
    assert "event 1: missing_field" in said.decode()
    assert "starting" not in said.decode()
