"""Sentences with slots and variants: `[a|b|]` is one of the variants, `{slot}` one of the slot's values."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Final

_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")
_SLOT: Final = re.compile(r"\{(\w+)\}")
_SPACES: Final = re.compile(r" {2,}")

Slots = Mapping[str, str | Sequence[str]]


def say(chance: random.Random, pattern: str, slots: Slots | None = None) -> str:
    """The pattern with every choice made, innermost first; a slot's value may hold choices and slots itself.

    Raises `KeyError` for a slot that nothing fills.
    """
    text = pattern
    while True:
        made = _CHOICE.sub(lambda found: chance.choice(found.group(1).split("|")), text)
        made = _SLOT.sub(lambda found: _value(chance, (slots or {})[found.group(1)]), made)
        if made == text:
            return _SPACES.sub(" ", text).strip()
        text = made


def _value(chance: random.Random, value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else chance.choice(value)
