"""What a filter of open words does: the yardstick beside the judge. NFKC, lower case, is the word in it."""

from __future__ import annotations

import unicodedata
from typing import Final

import msgspec

_WORDS: Final = """
高仿 精仿 超仿 顶仿 a货 超a 顶a 原单 尾单 跟单 莆田 1:1 一比一 1比1 复刻 纯原 公司级 真标 过验 replica counterfeit knockoff superfake mirror clone aaa
微信 vx 加v qq whatsapp telegram
"""
WORDS: Final = tuple(_WORDS.split())
"""A first guess that anybody would write down."""


def hits(event: bytes) -> bool:
    """Whether title or description of a listing event has one of the words."""
    content = msgspec.json.decode(event)
    text = unicodedata.normalize("NFKC", f"{content['title']} {content['description']}").lower()
    return any(word in text for word in WORDS)
