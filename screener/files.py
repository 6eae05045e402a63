"""Files of one JSON object per line, plain or gzipped (told by their first two bytes, not by their name), `-` for standard input."""

from __future__ import annotations

import errno
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, cast

STDIN = "-"
_GZIP_MAGIC = b"\x1f\x8b"


def lines_of(path: str) -> Iterator[bytes]:
    """The lines that are not blank, without their line end. Raises `OSError`, also for damaged gzip data; its `strerror` says what is wrong."""
    return (line for _, line in numbered_lines_of(path))


def numbered_lines_of(path: str) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, without their line end, each with its number in the file (blank ones count). Raises as `lines_of`."""
    try:
        with nullcontext(sys.stdin.buffer) if path == STDIN else Path(path).open("rb") as stream:
            for number, line in enumerate(_unpacked(stream), 1):
                if line.strip():
                    yield number, line.rstrip(b"\r\n")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise OSError(errno.EIO, f"the gzip data are cut off or damaged ({error}), write the file again") from error


def _unpacked(stream: IO[bytes]) -> IO[bytes]:
    buffered = io.BufferedReader(cast(io.RawIOBase, stream))  # stdin may be any kind of stream; this one can be looked at ahead
    return cast(IO[bytes], gzip.open(buffered, "rb")) if buffered.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC) else buffered
