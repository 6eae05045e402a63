"""The figures of a run as a page for people: quality.md and its plots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.bench.quality import plots

FAMILY_FLOOR: Final = 0.85
"""Recall that every family should reach (issue 5)."""

_SIDES: Final = (("development", "Development"), ("held_out", "Held out"))

_INTRO: Final = """# Quality of the judge

How many constructed copies the judge stops, and how many innocent listings it troubles.
Written by `python -m tests.bench.quality --held-out --report` on {machine}; {brands} brands in the registry.

**Read with care.** The attacks are *constructed*: seeded grammars of how sellers write, phrased by hand from trade usage, with brands of the registry
(real ones where the data is there, and invented ones that have price floors, photos and gates). Constructed positives flatter: real sellers know
tricks that nobody here thought of, and the author of the development grammars had read the judge's first lists of slang and of messengers, though
not those that came later. The held-out attacks are by another author, who did not see the development grammars. Pinyin and homophones use the
judge's own table of pronunciations; look-alike and Martian characters come partly from the source of the judge's tables: those families flatter.

The genuine titles are *real* ones of ordinary shops; a few may be fakes that nobody labelled, so false-alarm rates are upper bounds. They are split
by source and seller, never by row: thresholds are set on the development side and used unchanged on the other. An attack that cannot be seen in
the listing alone says what it needs beside it: the brand's floors, gate, photos or authorised sellers, or other sellers' blocked listings.

*Stopped* is held or blocked by the shipped rulebook. *At 1* and *at 10*: the share whose risk is above the threshold that 1 and 10 of 10,000 genuine
titles reach. *No lists*: stopped also when every signal that rests on a shipped word list is silent; tables of characters stay. *Left out*: recall
at 10 false alarms by the benchmark's own scorecard, fitted without the family (`tests/bench/quality/left_out.py`); detectors and lists stay.
*Naive*: the share in which a short list of open words fires.
"""


def _percent(share: float | None) -> str:
    return "n/a" if share is None else f"{share:.1%}"


def _side(told: dict[str, Any], name: str) -> Iterator[str]:
    genuine, attacked, innocent = told["real"], told["attacks"], told["hard_negatives"]
    yield f"## {name}\n"
    if genuine["titles"]:
        yield (
            f"{genuine['titles']:,} genuine titles: **{genuine['holds_per_10_000']} holds and {genuine['blocks_per_10_000']} blocks per 10,000**"
            f" (the naive list fires on {genuine['naive_per_10_000']} per 10,000)."
        )
        if "alarms_at" in genuine:
            yield "At the thresholds of the development side: " + ", ".join(f"{alarms} per 10,000" for alarms in genuine["alarms_at"].values()) + "."
    else:
        yield "The real titles were not there: no false-alarm rates, and no recall at a budget."
    everything = attacked["all"]
    yield f"\nMean over families: **{_percent(everything['stopped'])} stopped**, {_percent(everything['blocked'])} blocked.\n"
    yield f"![Stopped by family](quality-{name.lower().replace(' ', '-')}.svg)\n"
    yield "| family | listings | stopped | held | blocked | at 1 | at 10 | no lists | left out | naive | needs |\n" + "|---" * 11 + "|"
    for family, row in attacked["families"].items():
        at, rest = row["recall_at"], (row["without_lists"], row["left_out"], row["naive"])
        shares = (row["stopped"], row["held"], row["blocked"], at.get("1"), at.get("10"), *rest)
        yield f"| {family} | {row['listings']} | {' | '.join(map(_percent, shares))} | {', '.join(row['needs']).replace('_', ' ')} |"
    at, rest = everything["recall_at"], (everything["without_lists"], everything.get("left_out"), everything["naive"])
    shares = (everything["stopped"], everything["held"], everything["blocked"], at.get("1"), at.get("10"), *rest)
    yield f"| **mean** | | {' | '.join(map(_percent, shares))} | |"
    yield f"\n### Hard negatives\n\n{innocent['all']['listings']} innocent listings that look like attacks, constructed: "
    yield f"**{_percent(innocent['all']['allowed'])} allowed, {_percent(innocent['all']['not_blocked'])} not blocked**.\n"
    yield "| kind | listings | allowed | blocked |\n|---|---|---|---|"
    for kind, row in innocent["kinds"].items():
        yield f"| {kind} | {row['listings']} | {_percent(row['allowed'])} | {_percent(row['blocked'])} |"
    yield ""


def _single(told: dict[str, Any]) -> Iterator[str]:
    prices, edits, pairs, contacts = told["prices"], told["edits"], told["relisting_pairs"], told["contacts"]
    dressed = told["dressed_real_titles"]
    yield "## Single questions\n"
    yield "Stopped by price alone, at a share of the counter price (of used and parallel goods as measured on real offers, of copies guessed):\n"
    yield "| goods | " + " | ".join(f"share {number}" for number in range(1, 6)) + " |\n" + "|---" * 6 + "|"
    for kind, shares in prices.items():
        cells = [f"{float(share):.0%}: {_percent(stopped)}" for share, stopped in shares.items()]
        yield f"| {kind} | " + " | ".join((*cells, *[""] * (5 - len(cells)))) + " |"
    yield f"\n- Edits: {edits['edits']:,} honest price edits of a real stream, {edits['stopped']} stopped."
    same, different = pairs["same"], pairs["different"]
    yield f"- A blocked listing comes back in other words, by the same seller: noticed in {same['found']} of {same['pairs']} pairs of one product;"
    yield f"  also in {different['found']} of {different['pairs']} pairs of two products that look alike."
    yield f"- Contact words stand in {contacts['titles_with_a_word']:,} development titles; {contacts['called_a_diversion']} are called a diversion."
    yield f"- Real titles with a brand and an open word put in front: {_percent(dressed['stopped'])} of {dressed['listings']} stopped.\n"


def write(told: dict[str, Any], folder: Path) -> None:
    """Writes quality.md and the plots it shows into `folder`."""
    parts = [_INTRO.format(machine=told["machine"], brands=f"{told['brands']:,}")]
    lines = [(name, told[side]["curve"]) for side, name in _SIDES if side in told and told[side]["curve"]]
    if lines:
        (folder / "quality-curve.svg").write_text(plots.curves("Recall over all attacks", lines), "utf-8")
        parts.append("![Recall against false alarms](quality-curve.svg)\n")
    for side, name in _SIDES:
        if side in told:
            parts.extend(_side(told[side], name))
            rows = [(family, (row["blocked"], row["held"])) for family, row in told[side]["attacks"]["families"].items()]
            plot = plots.bars(f"{name}: attacks stopped, by family", ("blocked", "held"), rows, FAMILY_FLOOR)
            (folder / f"quality-{name.lower().replace(' ', '-')}.svg").write_text(plot, "utf-8")
    if "held_out" not in told:
        parts.append("## Held out\n\nNot part of this run.\n")
    parts.extend(_single(told["single"]))
    (folder / "quality.md").write_text("\n".join(parts), "utf-8")
