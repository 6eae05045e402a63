"""Innocent readings of single words. A signal says which reading its kind has; for the best-known words more can be said than that."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

from screener.contracts import Signal
from screener.judge.explain.words import Language


class Reading(NamedTuple):
    """The innocent reading of a word, why it fell, and what would have upheld it."""

    innocent: str
    fell: str
    cleared: str


class _Word(NamedTuple):
    pattern: re.Pattern[str]
    readings: Mapping[Language, Reading]


def _word(pattern: str, english: Reading, chinese: Reading) -> _Word:
    return _Word(re.compile(pattern), {"en": english, "zh": chinese})


_SLANG: Final = (
    _word(
        r"莆田(?!鞋|纯原)",
        Reading(
            "Putian is a city in Fujian", "nothing near it speaks of the place or its local goods", "words of the place or its local goods beside it"
        ),
        Reading("莆田是福建的一座城市", "附近没有提到这个地方或当地特产", "旁边写明是地名或当地特产"),
    ),
    _word(
        r"(?<!a)a货|超a",
        Reading(
            "grade A of jadeite, which means untreated stone", "nothing near it speaks of jade or of jewellery", "jade or jewellery named beside it"
        ),
        Reading("翡翠的“A货”，指未经处理的天然玉石", "附近没有提到玉石或珠宝", "旁边写明是玉石或珠宝"),
    ),
    _word(
        r"1\s*[:：比∶]\s*1|一比一",
        Reading(
            "a scale or a mixing ratio, as of a model, a lens or a liquid",
            "nothing near it is measured by such a scale",
            "a model, a lens or a mixture beside it",
        ),
        Reading("模型、镜头或液体配比的比例", "附近没有按这种比例计量的东西", "旁边写明是模型、镜头或配比"),
    ),
    _word(
        r"复刻|復刻",
        Reading(
            "a maker's own reissue of an old model, or a toy",
            "nothing near it speaks of a toy or a model, and nothing shows that the maker itself reissued it",
            "the brand's own shop, or a toy or model named beside it",
        ),
        Reading(
            "品牌自己推出的复刻款，或者玩具、模型", "附近没有提到玩具或模型，也看不出是品牌自己推出的", "由品牌授权店铺发布，或者写明是玩具、模型"
        ),
    ),
    _word(
        r"仿|彷",
        Reading(
            "a lifelike plant, an artificial fur, or a facsimile of a work of art",
            "nothing near it speaks of such goods",
            "the material or the kind of facsimile named beside it",
        ),
        Reading("仿真花草、人造皮毛，或者书画的仿制品", "附近没有提到这类商品", "旁边写明材质或仿制的是什么"),
    ),
    _word(
        r"[原尾跟]单",
        Reading(
            "left-over stock of an export order without a brand, or a flat shoe",
            "a protected brand is named in the same listing",
            "no protected brand in the listing, or proof of where the goods come from",
        ),
        Reading("不带品牌的外贸余货，或者“平跟单鞋”之类的说法", "同一商品里提到了受保护的品牌", "不涉及受保护的品牌，或者有进货凭证"),
    ),
    _word(
        r"replica",
        Reading("a scale model, a prop, a coin or a fan's jersey", "no such article is named beside it", "the kind of model or prop named beside it"),
        Reading("模型、道具、纪念币或球迷服", "旁边没有提到这类商品", "旁边写明是哪一种模型或道具"),
    ),
)
"""The first that fits counts, so the more particular stand first."""


def reading_of(signal: Signal, language: Language) -> Reading | None:
    """The innocent reading of the very word that was found; None when only the kind of signal is known."""
    if signal.name != "replica_slang":
        return None
    named = unicodedata.normalize("NFKC", f"{signal.fact}\n{signal.quote}").casefold()
    return next((word.readings[language] for word in _SLANG if word.pattern.search(named)), None)
