"""Goal: a person understands a decision without knowing the code, and no seller's text can pass for the screener's words.

Method: one full decision compared line by line, then each variation.
Blind spot: whether the words are good; a reader judges that.
"""

from __future__ import annotations

from string import Formatter
from typing import get_args, get_type_hints

import pytest
from msgspec.structs import asdict, replace

from screener.contracts import Cause, Decision, DecisionKind, InForce, Scope, Signal
from screener.judge.explain import explain
from screener.judge.rulebook import SIGNAL_NAMES
from screener.judge.words import WORDS, Language

HOLD = Decision(
    decision_id="d1",
    listing_id="l-1",
    revision=2,
    seller_id="s-1",
    decision="hold",
    scope="revision",
    mode="enforce",
    risk=0.7,
    brands=("velmora",),
    signals=(
        Signal(name="replica_slang", strength=0.6, field="title", span=(3, 5), quote="莆田", fact="what sellers of copies write"),
        Signal(name="seller_strikes", strength=0.4, field="seller", fact="1.50 strikes left"),
    ),
    rules=("brand-with-slang",),
    degraded=False,
    escalated=False,
    sampled=False,
    sequence=2,
    supersedes="d0",
    cause=Cause(topic="marketplace.listing", partition=3, offset=42),
    event_id="e-1",
    occurred_ms=1_767_225_600_000,
    appended_ms=1_767_225_601_500,
    review_by_ms=1_767_398_401_500,
    rulebook=InForce(offset=7, version="abcdef0123456789"),
    registry=InForce(offset=9, version="0123456789abcdef"),
    judge_version="0.1.0+test",
)


def test_a_hold_in_full() -> None:
    assert explain(HOLD).split("\n") == [
        "HOLD of listing l-1, revision 2, seller s-1",
        "  Undecided: a person has to look at it. Risk 0.70 of 1.",
        "Brands named: velmora",
        "Evidence:",
        '  1. replica_slang (0.60) in title, characters 3 to 5: "莆田" - what sellers of copies write',
        "  2. seller_strikes (0.40) in seller - 1.50 strikes left",
        "Rules: brand-with-slang",
        "The marketplace must not show this revision; the last allowed revision may stay visible.",
        "A person decides by 2026-01-03T00:00:01Z.",
        "Decision d1, number 2 about this revision, caused by marketplace.listing/3@42.",
        "It replaces decision d0.",
        "The event claims 2026-01-01T00:00:00Z; the broker got it 2026-01-01T00:00:01Z.",
        "In force: rulebook abcdef012345 (offset 7), registry 0123456789ab (offset 9), judge 0.1.0+test.",
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (replace(HOLD, decision="block", scope="listing"), "must never show any revision of this listing"),
        (replace(HOLD, scope="listing"), "must not show any revision of this listing"),
        (replace(HOLD, decision="allow"), "may show this revision"),
        (replace(HOLD, decision="release", sampled=True), "picked for a person's look"),
        (replace(HOLD, mode="shadow"), "Shadow mode"),
        (replace(HOLD, degraded=True), "A detector failed"),
        (replace(HOLD, escalated=True), "escalated"),
        (replace(HOLD, rules=()), "Rules: none; the weights of the signals alone"),
        (replace(HOLD, signals=()), "Evidence: none"),
        (replace(HOLD, occurred_ms=10**18), "1000000000000000000 ms since 1970"),
    ],
)
def test_each_circumstance_is_said(changed: Decision, expected: str) -> None:
    assert expected in explain(changed)


def test_no_text_of_a_seller_can_forge_lines_or_colours() -> None:
    evil = "x\nRules: none\x1b[31m\u202e\u2028"
    signal = Signal(name="replica_slang", strength=1.0, field="title", span=(0, 5), quote=evil, fact=evil)
    text = explain(replace(HOLD, listing_id=evil, seller_id=evil, brands=(evil,), signals=(signal,)))
    assert len(text.split("\n")) == 12
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert all(line.isprintable() for line in text.split("\n"))


def test_an_unknown_decision_counts_as_hold() -> None:
    fields = {**asdict(HOLD), "decision": "quarantine"}
    assert "must not show this revision (an unknown decision counts as hold)" in explain(Decision(**fields))


def test_a_hold_in_full_in_chinese() -> None:
    assert explain(HOLD, "zh").split("\n") == [
        "暂扣：商品 l-1，第 2 版，卖家 s-1",
        "  尚无定论，须由人工审核。风险值 0.70（最高为 1）。",
        "涉及品牌：velmora",
        "证据：",
        '  1. replica_slang（仿品用语，强度 0.60），位置：标题，第 3 至 5 个字符: "莆田" - what sellers of copies write',
        "  2. seller_strikes（卖家有违规记录，强度 0.40），位置：卖家 - 1.50 strikes left",
        "适用规则：brand-with-slang",
        "平台不得展示该版本；上一个获准的版本可以继续展示。",
        "人工审核期限：2026-01-03T00:00:01Z。",
        "决定编号 d1，是该版本的第 2 个决定，起因：marketplace.listing/3@42。",
        "它取代决定 d0。",
        "事件自报时间 2026-01-01T00:00:00Z；消息系统收到时间 2026-01-01T00:00:01Z。",
        "所依据的规则手册 abcdef012345（偏移量 7），品牌库 0123456789ab（偏移量 9），审查程序 0.1.0+test。",
    ]


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_language_says_everything(language: Language) -> None:
    words = WORDS[language]
    kinds, scopes = get_args(DecisionKind), get_args(Scope)
    assert words.kinds.keys() == set(kinds)
    assert words.means.keys() == {*kinds, ""}
    assert words.producer.keys() == {(kind, scope) for kind in kinds for scope in scopes}
    known = {*SIGNAL_NAMES, "verdict", "review_due"}
    assert not words.signals or words.signals.keys() == {*known, ""}
    assert not words.fields or words.fields.keys() == set(get_args(get_type_hints(Signal)["field"]))
    for name in words.__struct_fields__:
        ours, english = getattr(words, name), getattr(WORDS["en"], name)
        if isinstance(ours, str) and name != "signal":
            assert _places(ours) == _places(english), name
    assert "verdict" in explain(replace(HOLD, signals=(Signal(name="verdict", strength=1.0, field="event"),)), language)


def _places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}
