"""Goal: a phrase of the tables is found however it is written, chance makes none, and the tables mean what they seem to say.

Method: disguises with the seller's own characters as the quote; every phrase of the tables, as it stands and dressed up by rules that the tables do
not share; words that only hold a short one; the tables read strictly, their names checked against each other.
Blind spot: disguises that nobody here thought of; which innocent words sound like a phrase is only known as far as the dictionary and real titles go.
"""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.judge.claims import grammar
from screener.judge.claims.disguises import disguises
from screener.judge.claims.finder import claims_in
from screener.judge.claims.forms import FORMS
from screener.judge.claims.grammar import CLAIMS, CONTEXTS, PHRASES, expand
from screener.judge.claims.innocent import takebacks
from screener.judge.sounds import is_word
from screener.judge.views import views_of
from tests.core.test_claims import said
from tests.core.test_detectors import listing, ruling_of

# --- disguise, by mechanism


@pytest.mark.parametrize(
    ("title", "quote"),
    [
        ("Velmora 高-仿 包", "高-仿"),
        ("Velmora 高\u200b仿 包", "高\u200b仿"),
        ("Velmora 高🔥仿 包", "高🔥仿"),
        ("Velmora 高访 包", "高访"),
        ("Velmora 糕仿 包", "糕仿"),
        ("Velmora 羔访 包", "羔访"),
        ("Velmora 高亻方 包", "高亻方"),
        ("Velmora gaofang 包", "gaofang"),
        ("Velmora Gao Fang 包", "Gao Fang"),
        ("Velmora gao仿 包", "gao仿"),
        ("Velmora 高ｆａｎｇ 包", "高ｆａｎｇ"),
        ("Velmora gaofang1:1 包", "gaofang"),
        ("Velmora g仿 包", "g仿"),
        ("Velmora 高の仿 包", "高の仿"),
        ("Velmora putian 鞋", "putian"),
        ("Velmora 付刻 鞋", "付刻"),
        ("Velmora yibiyi 包", "yibiyi"),
        ("Velmora A huo 包", "A huo"),
        ("Velmora 🅰️货 包", "🅰️货"),
        ("Velmora 1️⃣:1️⃣ 包", "1️⃣:1"),
        ("Velmora ①比① 包", "①比①"),
        ("Velmora １：１ 包", "１：１"),
        ("Velmora 1;1 包", "1;1"),
        ("Velmora r e p l i c a", "r e p l i c a"),
        ("Velmora r3plica bag", "r3plica"),
        ("Velmora rерliса bag", "rерliса"),  # Cyrillic
        ("Velmora repplica bag", "repplica"),
        ("Velmora мirror-quality", "мirror-quality"),
        ("Velmora m.i.r.r.o.r quality", "m.i.r.r.o.r quality"),
        ("Velmora 鏡面 複刻1∶1", "1∶1"),
        ("Velmora 厡啴 包", "厡啴"),  # more masks than are compiled
        ("Velmora 趫滈ミ仿 包", "滈ミ仿"),  # and an ornament
        ("Velmora 厡单品质 包", "厡单品质"),
        ("Velmora 原丹品志 包", "原丹品志"),  # two characters by ear
        ("Velmora 局厂同款 包", "局厂同款"),  # by eye
        ("Velmora r3pl1c4 bag", "r3pl1c4"),
        ("Velmora m1rr0r qu4l1ty bag", "m1rr0r qu4l1ty"),
        ("Velmora s4me fact0ry 4s orig1n4l", "s4me fact0ry"),
        ("Velmora mirror qualiity bag", "mirror qualiity"),
        ("Velmora ѕαmе fαctоrу аs оrigіnаl", "ѕαmе fαctоrу"),
        ("Velmora Yuan.Dan.Pin.Zhi 包", "Yuan.Dan.Pin.Zhi"),
        ("Velmora 外贸原dan 包", "原dan"),
        ("Velmora 同chang同款 包", "同chang同款"),
    ],
)
def test_disguised_claims_are_quoted_as_written(title: str, quote: str) -> None:
    signal = said(title)["replica_slang"]
    assert signal.quote == quote
    assert signal.span is not None
    assert title[slice(*signal.span)] == quote
    assert ruling_of(listing(title, category=())).decision in ("hold", "block")


def test_what_is_only_heard_or_seen_never_blocks() -> None:
    signal = said("Velmora 高访 包")["replica_slang"]
    assert signal.strength == 0.675
    assert signal.fact == '"高仿", written otherwise, is what sellers of copies write'
    assert ruling_of(listing("Velmora 高访 包", category=())).decision == "hold"


@pytest.mark.parametrize(
    "title",
    [
        "Velmora 睫毛膏防水",
        "Velmora 提高访问速度",
        "Velmora 元旦 新年",
        "复课 书 Velmora",
        "Velmora 搞怪 防水",
        "Velmora 高F1 赛车",
        "Velmora gaofangle",
        "Velmora class 4 16g",
        "Velmora pinata",  # a letter from pirata
        "Velmora 羊绒縿 包",  # a character that nobody uses, and no claim under it
        "Velmora T恤 V领 A字裙",
    ],
)
def test_chance_makes_no_disguise(title: str) -> None:
    assert said(title) == {}


_PLAIN = [
    phrase
    for phrase in PHRASES
    if not CLAIMS[phrase.claim].extend and phrase.text.isalpha() and not (phrase.text.isascii() and len(phrase.text) <= 4)
]
"""Phrases of one word; short Latin ones are only looked for as they stand."""


@given(st.sampled_from(_PLAIN), st.sampled_from(("\u200b", "*", "★", "~", "·", "🔥")))
def test_every_open_phrase_is_found_with_a_sign_between_all_its_letters(phrase: grammar.Phrase, sign: str) -> None:
    assert any(found.form.said == phrase.text for found in claims_in(views_of(f"前 {sign.join(phrase.text)} 后")))


@given(st.sampled_from(PHRASES))
def test_every_phrase_of_the_tables_is_found(phrase: grammar.Phrase) -> None:
    if not CLAIMS[phrase.claim].extend:
        plain = views_of(phrase.text).plain
        assert any(found.form.plain == plain for found in claims_in(views_of(f"「 {phrase.text.upper()} 」")))


def test_a_short_word_is_no_part_of_another_or_of_a_number() -> None:
    for text in ("repair", "grep", "rep2", "x-rep", "UA-100", "squad", "copybook", "cloned"):
        assert not any(found.form.short for found in claims_in(views_of(text))), text


def test_disguises_are_no_words() -> None:
    forms = set(disguises("高仿", 1))
    assert {"高访", "糕仿", "高人方", "高亻方", "gaofang", "gao仿"} <= forms
    assert not any(is_word(form) for form in forms if len(form) == 2)
    assert "高仿" not in forms


def test_no_form_is_another_phrase_said_openly() -> None:
    openly = {form.plain for form in FORMS if not form.disguised}
    assert not any(form.plain in openly for form in FORMS if form.disguised)


# --- the tables


def test_a_slot_makes_a_product() -> None:
    assert expand("<a>x<b>", {"a": ("1", "2"), "b": ("", "3")}) == ["1x", "1x3", "2x", "2x3"]
    with pytest.raises(KeyError):
        expand("<c>", {})


def test_every_claim_names_contexts_that_are_there_and_every_context_is_named() -> None:
    named = {name for claim in CLAIMS for name in claim.innocent}
    assert named == CONTEXTS.keys()
    for claim in CLAIMS:
        takebacks(claim, CONTEXTS)
        re.compile(claim.extend)


def test_a_misspelt_key_of_a_table_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "copy", "strength": 0.5, "say": ["x"], "inocent": []}, grammar.Claim)


def test_a_decoy_of_thousands_of_claims_costs_no_more_than_its_reading() -> None:
    found = claims_in(views_of("高仿 1:1 rep " * 2_000))
    assert len(found) <= 1_200  # 400 matches of each automaton, each with up to a few forms
    assert said("Velmora " + "高仿 1:1 rep 复刻 原单 " * 80)["replica_slang"].strength == 0.9
