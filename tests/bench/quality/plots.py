"""Two kinds of plot as SVG, written by hand: no plotting library is worth a dependency here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final

_WIDTH: Final = 860
_FONT: Final = 'font-family="sans-serif" font-size="12" fill="#24292f"'
_COLOURS: Final = ("#b42318", "#e8a33d", "#2f6fab", "#57606a")
"""Blocks, holds, and two more; told apart in grey as well."""


def _svg(height: int, body: Sequence[str], title: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img">'
    ground = f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
    return "\n".join((head, f"<title>{escape(title)}</title>", ground, *body, "</svg>", ""))


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {_FONT}>{escape(text)}</text>'


def bars(title: str, legend: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]], floor: float) -> str:
    """Stacked horizontal bars of shares in [0, 1], one a row in the order given, with a line at `floor`."""
    left, step, top = 170, 20, 54
    scale, height = _WIDTH - left - 60, top + step * len(rows) + 24
    body = [_text(10, 20, title)]
    for place, name in enumerate(legend):
        body += [f'<rect x="{left + 150 * place}" y="30" width="12" height="12" fill="{_COLOURS[place]}"/>', _text(left + 150 * place + 17, 40, name)]
    for number, (name, shares) in enumerate(rows):
        y, x = top + number * step, float(left)
        body.append(_text(left - 8, y + 12, name, "end"))
        for place, share in enumerate(shares):
            body.append(f'<rect x="{x:.1f}" y="{y}" width="{share * scale:.1f}" height="{step - 5}" fill="{_COLOURS[place]}"/>')
            x += share * scale
        body.append(_text(x + 5, y + 12, f"{sum(shares):.0%}"))
    line = left + floor * scale
    body.append(f'<line x1="{line:.1f}" y1="{top - 4}" x2="{line:.1f}" y2="{height - 20}" stroke="#24292f" stroke-dasharray="4 3"/>')
    body.append(_text(line, height - 6, f"{floor:.0%}", "middle"))
    return _svg(height, body, title)


def curves(title: str, lines: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """Recall (up, 0 to 1) against false alarms per 10,000 (right, logarithmic), one line for each set of cases."""
    left, top, width, height = 60, 40, _WIDTH - 240, 260
    marks = sorted({alarms for _, points in lines for alarms, _ in points})
    low, high = math.log10(marks[0]), math.log10(marks[-1])

    def at(alarms: float, share: float) -> tuple[float, float]:
        return left + (math.log10(alarms) - low) / ((high - low) or 1) * width, top + (1 - share) * height

    body = [_text(10, 20, title)]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        _, y = at(marks[0], share)
        body += [f'<line x1="{left}" y1="{y:.1f}" x2="{left + width}" y2="{y:.1f}" stroke="#d0d7de"/>', _text(left - 8, y + 4, f"{share:.0%}", "end")]
    body += [_text(at(alarms, 0)[0], top + height + 18, f"{alarms:g}", "middle") for alarms in marks]
    body.append(_text(left + width / 2, top + height + 38, "false alarms per 10,000 genuine titles", "middle"))
    for place, (name, points) in enumerate(lines):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
        body.append(f'<polyline points="{path}" fill="none" stroke="{_COLOURS[2 - place]}" stroke-width="2.5"/>')
        x, y = at(*points[-1])
        body.append(_text(x + 8, y + 4 + 16 * place, name))
    return _svg(top + height + 50, body, title)
