"""Goal: a decision can be read without a broker: from what `score` wrote and from what `decisions export` wrote.

Method: the commands in process over files.
Blind spot: reading from a broker, which `tests/broker/test_cli.py` does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from screener.cli.main import cli
from screener.codecs import canonical
from tests.told import CASES, FIRST


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture
def scored(tmp_path: Path) -> str:
    event: dict[str, Any] = {
        "type": "published", "event_id": "e-1", "occurred_at": "2026-01-01T00:00:00Z", "listing_id": "l-1", "revision": 1, "seller_id": "s-1",
        "title": "Ｖｅｌｍｏｒａ 莆田 高仿", "description": "", "category": [],
    }  # fmt: skip
    edited = {**event, "type": "edited", "event_id": "e-2", "occurred_at": "2026-01-01T01:00:00Z", "revision": 2, "title": "Velmora 高仿"}
    events, brands, output = (tmp_path / name for name in ("events.jsonl", "brands.jsonl", "scored.jsonl"))
    events.write_text("".join(json.dumps(one) + "\n" for one in (event, event, edited)), encoding="utf-8")
    brands.write_text('{"brand_id": "velmora", "name": "Velmora"}\n', encoding="utf-8")
    done = run("score", str(events), "--registry", str(brands), "--output", str(output))
    assert done.exit_code == 0, done.output
    return str(output)


def test_what_was_scored_is_explained_with_the_sellers_characters_and_the_rules_reason(scored: str) -> None:
    done = run("explain", "l-1", "--decisions", scored)
    assert done.exit_code == 0, done.output
    assert 'The seller wrote: "Ｖｅｌｍｏｒａ"' in done.output
    assert "not at hand" not in done.output
    assert done.output.count("of listing l-1, revision") == 2
    assert "  revision 1, number 1: " in done.output
    assert "卖家原文：“Ｖｅｌｍｏｒａ”" in run("explain", "e-1", "--decisions", scored, "--lang", "zh").output


def test_a_seller_is_told_the_decision_that_stands_and_nothing_more(scored: str) -> None:
    done = run("explain", "l-1", "--decisions", scored, "--for", "seller", "--json")
    (row,) = json.loads(done.output)
    assert row.keys() == {"decision_id", "listing_id", "revision", "explanation"}
    assert row["explanation"].startswith("About your listing l-1 (revision 2)\n")


def test_exported_decisions_are_explained_with_their_own_rulebook_if_it_is_given(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    file.write_bytes(canonical(FIRST) + b"\n" + canonical(CASES["12-block-brand-sold-as-copy"][0]) + b"\n")
    done = run("explain", "lamp-7", "--decisions", str(file))
    assert done.exit_code == 0, done.output
    assert "  brand-sold-as-copy (its reason stands in rulebook abcdef012345, which is not at hand)\n" in done.output


def test_what_cannot_be_explained_is_said(scored: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"record": null}\n{"no": "decision"}\n', encoding="utf-8")
    cases = {
        ("explain", "never", "--decisions", scored): (1, "no decision about never in"),
        ("explain", "l-1", "--decisions", str(broken)): (2, "line 2 is no decision"),
        ("explain", "l-1", "--decisions", str(tmp_path / "none")): (2, "cannot read"),
        ("explain", "l-1", "--rulebook", scored): (2, "--rulebook goes with --decisions"),
    }
    for arguments, (code, message) in cases.items():
        done = run(*arguments)
        assert (done.exit_code, message in done.output) == (code, True), done.output
