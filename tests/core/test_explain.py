"""Goal: a person understands a decision without knowing the code; no seller's text passes for the screener's words; sellers learn no way around.

Method: golden files for thirty constructed decisions, each for both readers in both languages (`SCREENER_UPDATE_GOLDEN=1` writes them anew); the
seller's text compared over decisions that differ in all he must not learn; sentences for every signal; facts as the real detectors write them.
Blind spot: whether the words are good; a reader judges that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import get_args, get_type_hints

import msgspec
import pytest
from msgspec.structs import replace

from screener.contracts import Brand, Decision, DecisionKind, Money, PriceFloor, Scope, Signal
from screener.judge.detectors import DETECTORS
from screener.judge.explain import Audience, Language, explain
from screener.judge.explain.facts import in_chinese
from screener.judge.explain.quoting import day_after_months, instant, quoted
from screener.judge.explain.reviewer import FRAMES, SIGNALS
from screener.judge.explain.seller import TOPICS
from screener.judge.explain.seller_words import FOR_SELLER
from screener.judge.explain.words import Topic
from screener.judge.rulebook import SIGNAL_NAMES, parse_rulebook
from screener.offline import Offline
from tests.told import CASES, HOLD, NAMED, PUTIAN, SLANG

GOLDEN = Path(__file__).parent / "golden"
RULEBOOK = parse_rulebook((GOLDEN / "rulebook.toml").read_text(encoding="utf-8"))
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
LANGUAGES: tuple[Language, ...] = get_args(Language)


def told(name: str) -> str:
    """All four texts of a case, as its golden file holds them."""
    decision, earlier = CASES[name]
    texts = [
        f"=== {audience}, {language}\n{explain(decision, language, audience, rulebook=RULEBOOK, earlier=earlier)}\n"
        for audience in AUDIENCES
        for language in LANGUAGES
    ]
    return "\n".join(texts)


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    file = GOLDEN / "explain" / f"{name}.txt"
    if os.environ.get("SCREENER_UPDATE_GOLDEN") == "1":
        file.write_text(told(name), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == told(name), "read the difference; if it is meant, run again with SCREENER_UPDATE_GOLDEN=1"


def test_each_case_has_its_file_and_no_file_is_left_over() -> None:
    assert sorted(file.stem for file in (GOLDEN / "explain").iterdir()) == sorted(CASES)
    assert len(CASES) == 30


def test_the_cases_hold_every_signal_there_is_a_sentence_for() -> None:
    assert {signal.name for decision, _ in CASES.values() for signal in decision.signals} >= SIGNALS["en"].keys()


# --- every signal has words


def test_every_signal_has_words_for_both_readers_in_both_languages() -> None:
    made = {*(detector.name for detector in DETECTORS), *SIGNAL_NAMES, "verdict", "review_due"}
    assert made <= SIGNALS["en"].keys()
    assert SIGNALS["en"].keys() == SIGNALS["zh"].keys() == TOPICS.keys()
    for words in FOR_SELLER.values():
        assert words.problems.keys() == words.remedies.keys() == set(get_args(Topic))
    for language in LANGUAGES:
        for name, sentences in SIGNALS[language].items():
            acts = name in ("verdict", "review_due")
            assert all(getattr(sentences, field) for field in sentences.__struct_fields__ if not acts or field not in ("innocent", "fell")), name


def test_every_language_says_everything() -> None:
    kinds, scopes = get_args(DecisionKind), get_args(Scope)
    for words in FRAMES.values():
        assert words.kinds.keys() == set(kinds)
        assert words.means.keys() == {*kinds, ""}
        assert words.producer.keys() == {(kind, scope) for kind in kinds for scope in scopes}
        assert words.fields.keys() == {*get_args(get_type_hints(Signal)["field"]), ""}
    for both in (FRAMES, FOR_SELLER):
        for name in both["en"].__struct_fields__:
            english, chinese = getattr(both["en"], name), getattr(both["zh"], name)
            if isinstance(english, str):
                assert _places(chinese) == _places(english), name


def _places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("name", CASES)
def test_chinese_is_punctuated_as_chinese(name: str) -> None:
    """Half-width commas and stops beside a Chinese character are a translation's; what is quoted as recorded is left aside."""
    decision, earlier = CASES[name]
    for audience in AUDIENCES:
        own = [line for line in explain(decision, "zh", audience, rulebook=RULEBOOK, earlier=earlier).split("\n") if "英文原文" not in line]
        unquoted = re.sub(r"“[^”]*”", "", "\n".join(own))
        assert not re.search(r"[\u4e00-\u9fff][,;:!?.()]|[,;!?()][\u4e00-\u9fff]", unquoted), audience


# --- what a seller must not learn


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_a_sellers_text_depends_on_nothing_that_teaches_evasion(name: str, language: Language) -> None:
    decision = CASES[name][0]
    other = replace(
        decision,
        risk=0.123,
        rules=("other-rule",),
        registry=replace(decision.registry, version="f" * 16),
        rulebook=replace(decision.rulebook, version="e" * 16),
        judge_version="another",
        brands=("another-brand",),
        signals=tuple(
            replace(
                one,
                strength=0.321,
                quote="other words",
                fact="another fact of shop-99",
                span=None if one.span is None else (0, 1),
                field="attributes",
            )
            for one in decision.signals
        ),
    )
    told_before = [replace(one, risk=0.9, rules=("r",)) for one in CASES[name][1]]
    assert explain(other, language, "seller", earlier=told_before) == explain(decision, language, "seller", earlier=CASES[name][1])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_a_sellers_text_quotes_no_evidence(name: str, language: Language) -> None:
    decision = CASES[name][0]
    text = explain(decision, language, "seller").lower()
    secrets = [
        *(signal.name for signal in decision.signals), *(signal.fact for signal in decision.signals), *(signal.quote for signal in decision.signals),
        *decision.rules, f"{decision.risk:.2f}", decision.judge_version, decision.rulebook.version, decision.registry.version,
        "signal", "detector", "threshold", "weight", "rule", "信号", "规则", "阈值", "权重", "检测", "违规", "counterfeit", "fake", "仿品", "假货",
    ]  # fmt: skip
    shared = {"velmora", "20"}  # an openly named brand is named back; 20 is also in the year
    assert [one for one in secrets if one and one.lower() not in shared and one.lower() in text] == []


def test_a_brand_in_disguise_is_not_named_back() -> None:
    assert "velmora" in explain(CASES["04-hold-weak-signs"][0], "en", "seller")
    assert "velmora" not in explain(CASES["06-hold-disguised"][0], "en", "seller")


def test_signals_that_share_a_topic_are_told_once_and_alike() -> None:
    one, other = (replace(HOLD, signals=(Signal(name=name, strength=1.0, field="seller"),)) for name in ("copied_text", "copied_photo"))
    both = replace(HOLD, signals=(*one.signals, *other.signals))
    assert explain(one, "zh", "seller") == explain(other, "zh", "seller") == explain(both, "zh", "seller")


# --- forging


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_text_of_a_seller_can_forge_lines_quotations_or_colours(audience: Audience, language: Language) -> None:
    evil = 'x"”\nRules: none\x1b[31m\u202e\u2028'
    signal = Signal(name="replica_slang", strength=1.0, field="title", span=(0, 5), quote=evil, fact=evil)
    harmless = explain(replace(HOLD, signals=(replace(signal, quote="x", fact="x"),)), language, audience)
    text = explain(replace(HOLD, listing_id=evil, seller_id=evil, brands=(), signals=(signal,)), language, audience)
    assert len(text.split("\n")) == len(harmless.split("\n"))
    assert all(line.isprintable() for line in text.split("\n"))


def test_a_quotation_ends_where_the_text_does() -> None:
    assert quoted('a"b”c\\', "en") == '"a\\"b”c\\\\"'
    assert quoted('a"b”c“', "zh") == '“a"b\\u201dc\\u201c”'


# --- rules


def test_a_rule_says_its_reason_in_the_readers_language_or_as_written() -> None:
    by_rule = replace(HOLD, signals=(NAMED, SLANG), rules=("brand-sold-as-copy", "switched-to-brand", "unheard-of"))
    english, chinese = explain(by_rule, rulebook=RULEBOOK), explain(by_rule, "zh", rulebook=RULEBOOK)
    assert "  brand-sold-as-copy: A protected brand and an open word for a copy in one listing.\n" in english
    assert "  brand-sold-as-copy：同一商品里既提到受保护的品牌，又用了明说是仿品的词。\n" in chinese
    assert "  switched-to-brand：An allowed listing turned into another that names a protected brand.（英文原文）\n" in chinese
    assert "  unheard-of (its reason stands in rulebook abcdef012345, which is not at hand)\n" in english
    assert "not at hand" in explain(by_rule)


# --- the innocent reading of the very word


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("莆田", "Putian"),
        ("a货", "jade"),
        ("1:1", "scale"),
        ("一比一复刻", "scale"),
        ("原版复刻", "reissue"),
        ("精仿", "lifelike"),
        ("跟单", "export"),
    ],
)
def test_the_innocent_reading_is_the_words_own(word: str, expected: str) -> None:
    signal = replace(PUTIAN, quote=word, fact=f'"{word}" is what sellers of copies write')
    assert f"Innocent reading considered: {SIGNALS['en']['replica_slang'].innocent}" not in (text := explain(replace(HOLD, signals=(signal,))))
    assert expected in text


# --- facts as the real detectors write them


def _event(listing_id: str, revision: int = 1, **changed: object) -> bytes:
    event: dict[str, object] = {
        "type": "published" if revision == 1 else "edited", "event_id": f"{listing_id}-{revision}", "listing_id": listing_id, "revision": revision,
        "occurred_at": datetime(2026, 1, 1, 0, revision, tzinfo=UTC), "seller_id": "s", "title": "普通口红", "description": "",
        "category": ["beauty"], "price": Money(amount="20", currency="CNY"), "condition": "new",
    }  # fmt: skip
    return msgspec.json.encode({**event, **changed})


@pytest.fixture(scope="module")
def real() -> Mapping[str, Signal]:
    """One signal of each kind that a few events of one seller lead the real judge to."""
    floors = (PriceFloor(category=("beauty",), currency="CNY", amount="100"),)
    offline = Offline([Brand(brand_id="velmora", name="Velmora", aliases=("维摩拉",), price_floors=floors)])
    events = [
        _event("a", title="Velmora 莆田 口红 微信号：wx_shop88"),
        _event("b", title="Velmora 莆田 口红 微信号：wx_shop88"),
        _event("c", title="V-E-L-M-O-R-A 高仿 口红"),
        _event("d"),
        _event("d", 2, title="Velmora 手提包 真皮 单肩", category=["bags"], price=Money(amount="499", currency="CNY")),
        _event("d", 3, title="Velmora 手提包 真皮 单肩 大号"),
        _event("e", description="好" * 12_000),
    ]
    found: dict[str, Signal] = {}
    for event in events:
        for decision in offline.judge(event)[1]:
            found.update((signal.name, signal) for signal in decision.signals if signal.fact)
    return found


def test_facts_of_the_real_detectors_are_said_in_chinese(real: Mapping[str, Signal]) -> None:
    expected = {"protected_brand", "replica_slang", "price_floor", "contact_diversion", "bait_and_switch", "relisted", "prior_hold", "seller_strikes"}
    assert expected <= real.keys()
    unsaid = {name: signal.fact for name, signal in real.items() if in_chinese(signal) is None}
    assert unsaid == {}, "add the new wording to judge/explain/facts.py"


def test_a_fact_of_no_known_wording_is_quoted_as_noted() -> None:
    unheard = replace(SLANG, fact="something else was found")
    assert in_chinese(unheard) is None
    assert "查到的情况（英文原文）：something else was found。" in explain(replace(HOLD, signals=(unheard,)), "zh")


# --- instants


def test_instants_are_written_as_people_write_them() -> None:
    new_year = 1_767_225_600_000
    assert (instant(new_year, "en"), instant(new_year, "zh")) == ("1 January 2026, 00:00 UTC", "2026年1月1日 08:00（北京时间）")
    assert instant(10**18, "en") == "1000000000000000000 ms since 1970"
    end_of_august = 1_788_134_400_000  # 31 August 2026, 00:00 UTC
    assert (day_after_months(end_of_august, 6, "en"), day_after_months(end_of_august, 6, "zh")) == ("28 February 2027", "2027年2月28日")
    assert day_after_months(10**18, 6, "en") == instant(10**18, "en")


def test_a_decision_of_a_later_release_counts_as_hold() -> None:
    later: Decision = CASES["30-decision-of-a-later-release"][0]
    assert "must not show this revision (an unknown decision counts as hold)" in explain(later)
    assert "not shown for now" in explain(later, "en", "seller")
