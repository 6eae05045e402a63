"""Real listings of ordinary shops, beside the repository where they are there: the negatives. Split by source and seller, never by row.

Development: the shops of listings-b2c with an even number, and listings-priced. Held out: the shops with an odd one, and listings-taobao. A few may
be fakes that nobody labelled, so that every false-alarm rate measured on them is an upper bound.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from tests.bench.quality.brands import DATA

Split = Literal["development", "held_out"]

_WHOLE: Final[dict[str, Split]] = {"listings-priced": "development", "listings-taobao": "held_out"}
"""Sources whose sellers are unknown: each is on one side as a whole."""


class _Seller(msgspec.Struct):
    seller_id: str


_seller = msgspec.json.Decoder(_Seller).decode


def there() -> bool:
    """Whether the real data is beside the repository."""
    return DATA.is_dir()


def rows(name: str) -> Iterator[bytes]:
    """The lines of one file of the data, without their line ends; none if it is absent."""
    file = DATA / f"{name}.jsonl.gz"
    if file.is_file():
        with gzip.open(file) as lines:
            for line in lines:
                yield line.rstrip()


def decoded(name: str) -> Iterator[dict[str, Any]]:
    """The same as JSON objects."""
    return map(msgspec.json.decode, rows(name))


def side_of(seller_id: str) -> Split:
    """The side a known shop is on."""
    return "held_out" if zlib.crc32(seller_id.encode()) % 2 else "development"


def listings(split: Split, limit: int | None = None) -> Iterator[tuple[str, bytes]]:
    """(source, listing event) of one side, in the files' order; at most `limit` of a source."""
    for name in ("listings-b2c", *_WHOLE):
        kept = 0
        if _WHOLE.get(name, split) != split:
            continue
        for row in rows(name):
            if name not in _WHOLE and side_of(_seller(row).seller_id) != split:
                continue
            if limit is not None and kept >= limit:
                break
            kept += 1
            yield name, row
