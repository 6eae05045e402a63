"""Writes figures into a rulebook's text and leaves everything else as a person wrote it: comments, order, rules. Pure."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Final

from screener.judge.rulebook import RulebookError, parse_rulebook
from screener.judge.rulebook_text import is_older, upgraded

_WEIGHT: Final = re.compile(r"^(?P<head>\s*[a-z_]+\s*=\s*\{)(?P<inside>[^}]*)\}\s*(?:#\s*(?P<comment>.*))?$")
_FIGURE: Final = re.compile(r"\bweight\s*=\s*[0-9.]+")
_ODDS: Final = re.compile(r"^(?:odds × [0-9.]+(?:, not fitted: [0-9]+ seen)?)(?:; |$)")
RECORD: Final = "# Fitted"
"""How each line of the training record begins."""


def with_figure(text: str, table: str, key: str, value: float) -> str:
    """The text with `key = value` in `[table]`; a comment behind it stays. A missing line or table is added."""
    lines = text.split("\n")
    start, end = _table(lines, table)
    if start < 0:
        at = _first_table(lines)
        return "\n".join([*lines[:at], f"[{table}]", f"{key} = {value}", "", *lines[at:]])
    for number in range(start + 1, end):
        if found := re.match(rf"^(\s*{re.escape(key)}\s*=\s*)[^#\s]+(.*)$", lines[number]):
            lines[number] = f"{found.group(1)}{value}{found.group(2)}"
            return "\n".join(lines)
    lines.insert(_behind_last(lines, start, end), f"{key} = {value}")
    return "\n".join(lines)


def with_weights(text: str, weights: Mapping[str, float], unfitted: Mapping[str, int]) -> str:
    """The text with these weights in `[signals]` and what each does to the odds in the comment behind it. A signal without a line gets one.

    `unfitted` says of signals whose weight a person chose how often they were seen. Raises `RulebookError`.
    """
    lines = text.split("\n")
    start, end = _table(lines, "signals")
    if start < 0:
        raise not_lines()
    missing = dict(weights)
    for number in range(start + 1, end):
        name = lines[number].partition("=")[0].strip()
        found = _WEIGHT.match(lines[number])
        if found and name in missing:
            weight = missing.pop(name)
            others = [part.strip() for part in found.group("inside").split(",") if part.strip() and not _FIGURE.match(part.strip())]
            inside = ", ".join([f"weight = {weight}", *others])
            lines[number] = f"{found.group('head')} {inside} }} {_comment(weight, unfitted.get(name), found.group('comment') or '')}"
    added = [f"{name} = {{ weight = {weight} }} {_comment(weight, unfitted.get(name), '')}" for name, weight in missing.items()]
    at = _behind_last(lines, start, end)
    return "\n".join([*lines[:at], *added, *lines[at:]])


def with_record(text: str, record: Sequence[str]) -> str:
    """The text with these lines as its training record, in place of an earlier one, else before `[score]`."""
    lines = [line for line in text.split("\n") if not line.startswith(RECORD)]
    at = next((number for number, line in enumerate(lines) if line.strip() == "[score]"), 0)
    return "\n".join([*lines[:at], *(f"{RECORD} {line}" for line in record), *lines[at:]])


def converted(text: str) -> str:
    """A rulebook from before the scorecard as one of today: at full strength it holds where it held. Raises `RulebookError`."""
    parse_rulebook(text, older=True)
    raw = tomllib.loads(text)
    if not is_older(raw):
        raise RulebookError("rulebook: [score] is there: nothing to convert; use it as it is")
    new = upgraded(raw)
    weights = {name: one["weight"] for name, one in new["signals"].items()}
    written = with_weights(with_figure(text, "score", "intercept", new["score"]["intercept"]), weights, {})
    if parse_rulebook(written) != parse_rulebook(text, older=True):
        raise not_lines()
    return written


def not_lines() -> RulebookError:
    """What is raised where figures have no line of their own to stand in."""
    return RulebookError("rulebook: [signals] is not written one `name = { weight = … }` a line; write it so, and say the same again")


def _comment(weight: float, seen: int | None, comment: str) -> str:
    kept = _ODDS.sub("", comment.strip())
    odds = f"odds × {math.exp(weight):.3g}" if weight < math.log(1_000) else f"odds × {math.exp(weight):.0f}"
    told = odds if seen is None else f"{odds}, not fitted: {seen} seen"
    return f"# {told}; {kept}" if kept else f"# {told}"


def _table(lines: Sequence[str], name: str) -> tuple[int, int]:
    """(line of its head, line behind its last); the head is -1 where it is missing."""
    start = next((number for number, line in enumerate(lines) if re.match(rf"^\[{re.escape(name)}\]\s*(#.*)?$", line)), -1)
    end = next((number for number in range(start + 1, len(lines)) if lines[number].startswith("[")), len(lines))
    return start, end


def _first_table(lines: Sequence[str]) -> int:
    return next((number for number, line in enumerate(lines) if line.startswith("[")), len(lines))


def _behind_last(lines: Sequence[str], start: int, end: int) -> int:
    """Behind the table's last line that says something."""
    return next(number for number in range(end, start, -1) if lines[number - 1].strip())
