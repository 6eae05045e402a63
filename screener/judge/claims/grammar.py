"""The tables of claims: phrases by kind of claim, each a product of classes, and the innocent contexts they name."""

from __future__ import annotations

import importlib.resources
import re
import tomllib
from collections.abc import Mapping
from itertools import product
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

TABLES: Final = ("chinese", "chinese_talk", "english", "world")
"""Tables of claims, in the order in which they are read; the first that has a phrase keeps it."""

Kind = Literal["copy", "grade", "ratio", "batch", "mold", "origin", "channel", "parity", "inspection", "denial", "coded", "hidden"]
"""What is claimed: that it is a copy; its class; that it is true to scale; whose batch it is; whose moulds were used; which town it comes from; how
it left the factory; that it equals the original; that it passes inspection; that it is not genuine; a hint for those who know; that the brand is on
the goods and not shown."""

Share = Annotated[float, Meta(gt=0, lt=1)]


class Claim(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One class of phrases. A phrase that ends in * is a stem: letters may follow."""

    kind: Kind
    strength: Share
    say: tuple[str, ...]
    needs_brand: bool = False
    """Says something only where a brand is named as well."""
    disguised: Literal[0, 1, 2] = 0
    """Sellers write it by ear, by eye, in pinyin or in pieces: those forms are compiled too, with so many characters replaced (2 only where chance
    makes no words of them)."""
    innocent: tuple[str, ...] = ()
    """Names of the contexts that take it back."""
    extend: str = ""
    """Regular expression of what must stand directly before and belongs to the claim: the letters of a batch or of a workshop."""


class Context(Struct, frozen=True, forbid_unknown_fields=True):
    """Words that give a claim its innocent sense: directly before it, directly after it, or near."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    claim: tuple[Claim, ...]
    slots: dict[str, tuple[str, ...]]


class Phrase(Struct, frozen=True):
    """One phrase as the tables spell it, without the star of a stem, and the number of its claim."""

    text: str
    claim: int
    stem: bool = False


def read(name: str) -> str:
    """The text of a table."""
    return importlib.resources.files(__package__).joinpath(f"{name}.toml").read_text("utf-8")


_SLOT: Final = re.compile(r"<([a-z_]+)>")


def expand(phrase: str, slots: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Every phrase that a pattern stands for. Raises `KeyError` for a slot that the table does not have."""
    pieces = _SLOT.split(phrase)  # text and slot names in turn
    ways = [slots[piece] if number % 2 else (piece,) for number, piece in enumerate(pieces)]
    return ["".join(way) for way in product(*ways)]


def load() -> tuple[tuple[Claim, ...], tuple[Phrase, ...], Mapping[str, Context]]:
    """All claims, all their phrases, each once, and the contexts by name. Raises on a table that is not well formed: a bug of this package."""
    claims: list[Claim] = []
    phrases: dict[str, Phrase] = {}
    for name in TABLES:
        table = msgspec.convert(tomllib.loads(read(name)), _Table)
        for claim in table.claim:
            for pattern in claim.say:
                for text in expand(pattern, table.slots):
                    stem = text.endswith("*")
                    bare = text.removesuffix("*")
                    phrases.setdefault(bare if not claim.extend else f"{claim.extend}{bare}", Phrase(bare, len(claims), stem))
            claims.append(claim)
    raw: dict[str, Any] = tomllib.loads(read("contexts"))
    return tuple(claims), tuple(phrases.values()), msgspec.convert(raw, dict[str, Context])


CLAIMS, PHRASES, CONTEXTS = load()
"""What the tables say, read once."""
