"""Tables of characters and words, made by `tests/tables/make.py` from material that NOTICE names.

Each line is a key, a space, and what belongs to it.
"""

from __future__ import annotations

import importlib.resources
from typing import Final

NAMES: Final = ("skeleton", "sounds", "shapes", "rare", "twins", "halves", "pairs", "everyday", "english", "latin", "goods")
"""Every table, in the order in which `judge/version.py` hashes them."""


def read(name: str) -> str:
    """The text of a table."""
    return importlib.resources.files(__package__).joinpath(f"{name}.txt").read_text("utf-8")


def lines(name: str) -> list[list[str]]:
    """The lines of a table as the fields between their single spaces; a field may be empty."""
    return [line.split(" ") for line in read(name).splitlines()]
