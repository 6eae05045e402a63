"""Files of one JSON object per line, plain or gzipped, `-` for standard input."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable, Iterator


def lines_of(path: str) -> Iterator[bytes]:
    """The non-empty lines without their newline. Raises `OSError` (also for a broken gzip file)."""
    if path == "-":
        yield from _stripped(sys.stdin.buffer)
    elif path.endswith(".gz"):
        with gzip.open(path, "rb") as file:
            yield from _stripped(file)
    else:
        with open(path, "rb") as file:
            yield from _stripped(file)


def _stripped(lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        if text := line.strip():
            yield text
