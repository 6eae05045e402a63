"""What a person sees of the demo: steps and a live line while it runs, then the report. On a terminal with colour, elsewhere as plain lines."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from screener.demo.report import Case, Kind, Latency, Report, Score
from screener.demo.tally import Glimpse

PLAIN_WIDTH: Final = 120
"""Columns when the output is no terminal; rich's own 80 would break titles and reasons into ribbons."""

PLAIN_EVERY_S: Final = 5.0
"""Between two progress lines when the output is no terminal."""

FIRST_LINE_S: Final = 1.0
"""When the first of these lines comes."""

UNSEEN: Final = "▯"
"""Stands for a character that nobody sees, such as a zero-width space; a control character could also rewrite the terminal."""

_COLOUR: Final = {"block": "red", "hold": "yellow", "allow": "green"}


def console(stream: TextIO) -> Console:
    """A console on the stream, wide enough for titles when it is no terminal."""
    if stream.isatty() or "COLUMNS" in os.environ:
        return Console(file=stream, highlight=False)
    return Console(file=stream, highlight=False, width=PLAIN_WIDTH)


def visible(text: str) -> str:
    """The text with every invisible or control character as `UNSEEN`."""
    return "".join(UNSEEN if unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs") or letter == "\ufe0f" else letter for letter in text)


@contextmanager
def progress(shown: Console, total: int) -> Iterator[Callable[[Glimpse], None]]:
    """A function that shows the state of the run: figures and the latest cases on a terminal, a line now and then elsewhere."""
    if shown.is_terminal:
        with Live(console=shown, auto_refresh=False, transient=True) as live:
            yield lambda glimpse: live.update(Group(_live_table(glimpse, total), *_live_lines(glimpse)), refresh=True)
        return
    due_s, told, last = FIRST_LINE_S, None, None

    def line(glimpse: Glimpse) -> None:
        nonlocal due_s, told, last
        last = glimpse
        if glimpse.seconds >= due_s:
            due_s, told = glimpse.seconds + PLAIN_EVERY_S, glimpse
            shown.print(_line(glimpse, total), markup=False)

    yield line
    if last is not None and last is not told:
        shown.print(_line(last, total), markup=False)


def _line(glimpse: Glimpse, total: int) -> str:
    return ", ".join(f"{name} {value}" for name, value in _figures(glimpse, total))


def _live_table(glimpse: Glimpse, total: int) -> Table:
    table = Table(title=f"judging, {glimpse.seconds:.0f} s", title_justify="left")
    figures = _figures(glimpse, total)
    for name, _ in figures:
        table.add_column(name, justify="right", style=_COLOUR.get({"blocked": "block", "held": "hold"}.get(name, ""), ""))
    table.add_row(*(value for _, value in figures))
    return table


def _live_lines(glimpse: Glimpse) -> list[Text]:
    return [Text(visible(line), style=_COLOUR.get(line.partition(" ")[0], ""), no_wrap=True, overflow="ellipsis") for line in glimpse.latest]


def _figures(glimpse: Glimpse, total: int) -> list[tuple[str, str]]:
    p99 = "-" if glimpse.p99_ms is None else f"{glimpse.p99_ms} ms"
    return [
        ("published", f"{glimpse.published:,} of {total:,}"),
        ("decided", f"{glimpse.decided:,}"),
        ("blocked", f"{glimpse.blocked:,}"),
        ("held", f"{glimpse.held:,}"),
        ("lag", f"{glimpse.waiting:,}"),
        ("p99", p99),
    ]


def print_report(shown: Console, report: Report) -> None:
    """The whole report, the most telling first."""
    shown.print()
    for line in summary(report):
        shown.print(line, markup=False, soft_wrap=True)
    _print_cases(shown, "Blocked, the most telling", report.blocks)
    _print_cases(shown, "Held for a person, the most telling", report.holds)
    if report.score is not None:
        _print_score(shown, report.score)
        _print_cases(shown, "Missed: what was let through", report.missed)
        _print_cases(shown, "Wrongly hit: innocent, and stopped all the same", report.wrongly_hit)
        for line in verdict(report.score):
            shown.print(line, markup=False, soft_wrap=True)


def summary(report: Report) -> list[str]:
    """Counts and latency in two or three lines."""
    outcomes = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in report.outcomes.items())
    decisions = ", ".join(f"{name} {count:,}" for name, count in report.decisions.items())
    lines = [f"{report.events:,} events in {report.seconds:.1f} s, sent at {report.per_second:,}/s: {outcomes}", f"decisions: {decisions or 'none'}"]
    return lines + ([_latency_words(report.latency)] if report.latency else [])


def _latency_words(latency: Latency) -> str:
    figures = f"p50 {latency.p50}, p90 {latency.p90}, p99 {latency.p99}, p99.9 {latency.p999}, largest {latency.max} ms"
    return f"from the broker's append to the decision read (committed): {figures}"


def verdict(score: Score) -> list[str]:
    """Found, missed, wrongly hit; and what such figures are worth."""
    return [
        "",
        f"found {score.found:,} of {score.counterfeits:,} counterfeits ({_share(score.found, score.counterfeits)}), "
        f"missed {score.missed:,} ({_share(score.missed, score.counterfeits)}), "
        f"wrongly hit {score.wrongly_hit:,} of {score.innocents:,} innocent revisions ({_share(score.wrongly_hit, score.innocents)}), "
        f"{score.wrongly_blocked:,} of them blocked.",
        "The counterfeits are of our own making: they show how the screener works, not how much it finds on a market of yours.",
    ]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _print_cases(shown: Console, title: str, cases: Sequence[Case]) -> None:
    if not cases:
        return
    table = Table(title=f"\n{title}", title_justify="left", show_lines=True, expand=True)
    table.add_column("listing", ratio=4, overflow="fold")
    table.add_column("why", ratio=6, overflow="fold")
    for case in cases:
        table.add_row(_listing(case), _why(case))
    shown.print(table)


def _listing(case: Case) -> Text:
    text = Text(visible(case.title))
    text.append(f"\n{case.price or 'no price'}, {case.listing_id} r{case.revision}", style="dim")
    if case.truth:
        text.append(f"\ntruth: {case.truth}", style="dim")
    return text


def _why(case: Case) -> Text:
    text = Text(f"{case.decision}, risk {case.risk:.2f}", style=_COLOUR.get(case.decision, ""))
    if case.rules:
        text.append(f", rules {', '.join(case.rules)}", style="default")
    for reason in case.reasons:
        text.append(f"\n{visible(reason)}", style="default")
    return text


def _print_score(shown: Console, score: Score) -> None:
    fakes = [group for group in score.groups if group.counterfeit]
    innocents = [group for group in score.groups if not group.counterfeit]
    _print_groups(shown, "Counterfeits by technique, against the planted truth", fakes, ("found", "missed"))
    _print_groups(shown, "Innocent revisions by kind", innocents, ("wrongly hit", "let through"))


def _print_groups(shown: Console, title: str, groups: Sequence[Kind], names: tuple[str, str]) -> None:
    table = Table(title=f"\n{title}", title_justify="left")
    table.add_column("kind")
    for name in ("revisions", "blocked", "held", *names, "share"):
        table.add_column(name, justify="right")
    for group in groups:
        counts = (group.revisions, group.blocked, group.held, group.stopped, group.allowed)
        table.add_row(group.name, *(f"{count:,}" for count in counts), _share(group.stopped, group.revisions))
    shown.print(table)
