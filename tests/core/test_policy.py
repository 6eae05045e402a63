"""Goal: only combinations block, no score blocks without two kinds of evidence, and the order of signals never matters.

Method: small rulebooks and tables; properties over arbitrary signals under the shipped rulebook, the index compared with looking at every rule.
Blind spot: whether weights are calibrated; `screener train` measures that on labelled listings. The sum itself: test_scorecard.py.
"""

from __future__ import annotations

from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts import Signal
from screener.judge.policy import Ruling, rule_on
from screener.judge.rulebook import SIGNAL_NAMES, Rule, Rulebook, parse_rulebook
from screener.judge.scorecard import risk_of

SHIPPED = parse_rulebook((resources.files("screener.judge") / "rulebook.toml").read_text(encoding="utf-8"))

SMALL = parse_rulebook(
    """
mode = "enforce"
[score]
intercept = -4
[thresholds]
hold = 0.5
block = 0.9
[signals]
replica_slang = { weight = 4, kind = "text" }
relisted = { weight = 4, kind = "history" }
contact_diversion = { weight = 3, kind = "contact" }
clock_skew = { weight = 9 }
[[rule]]
id = "two-of-three"
any = ["replica_slang>=0.5", "relisted", "price_floor"]
at_least = 2
not = ["clock_skew"]
decision = "hold"
risk = 0.6
owner = "o"
reason = "r"
[[rule]]
id = "block-revision"
all = ["replica_slang>=0.9", "protected_brand"]
decision = "block"
risk = 0.8
owner = "o"
reason = "r"
[[rule]]
id = "block-listing"
all = ["relisted", "protected_brand"]
decision = "block"
scope = "listing"
risk = 0.7
owner = "o"
reason = "r"
"""
)

_STRENGTHS = st.integers(0, 1_000_000).map(lambda millionths: millionths / 1_000_000)
_SIGNALS = st.lists(st.builds(lambda name, strength: signal(name, strength), st.sampled_from(SIGNAL_NAMES), _STRENGTHS), max_size=14)


def signal(name: str, strength: float) -> Signal:
    return Signal(name=name, strength=strength, field="title")


def rule(*signals: tuple[str, float], rulebook: Rulebook = SMALL) -> Ruling:
    return rule_on(tuple(signal(name, strength) for name, strength in signals), rulebook)


def test_no_signal_is_clean() -> None:
    ruling = rule_on((), SHIPPED)
    assert ruling == Ruling(decision="allow", scope="revision", risk=risk_of(SHIPPED.scorecard.intercept), rules=())
    assert ruling.risk < 0.01


def test_the_threshold_holds_without_a_rule() -> None:
    assert rule(("replica_slang", 0.4)).risk == 0.083173  # 1 / (1 + exp(4 - 1.6))
    assert rule(("replica_slang", 0.499), ("clock_skew", 0.222)).decision == "allow"
    assert rule(("contact_diversion", 1.0), ("clock_skew", 0.12)) == Ruling(decision="hold", scope="revision", risk=0.519989, rules=())


def test_a_score_blocks_only_with_two_kinds_of_evidence() -> None:
    assert rule(("contact_diversion", 1.0), ("clock_skew", 1.0)) == Ruling(decision="hold", scope="revision", risk=0.999665, rules=())
    two = rule(("contact_diversion", 1.0), ("clock_skew", 0.4), ("replica_slang", 0.4))
    assert two == Ruling(decision="block", scope="revision", risk=0.985226, rules=("score",))
    assert rule(("contact_diversion", 1.0), ("clock_skew", 1.0), ("replica_slang", 0.1)).decision == "hold"  # it does not even double the odds


def test_a_score_that_blocks_still_names_the_rules_that_matched() -> None:
    ruling = rule(("replica_slang", 0.8), ("price_floor", 0.1), ("contact_diversion", 1.0))
    assert ruling == Ruling(decision="block", scope="revision", risk=0.90025, rules=("two-of-three", "score"))


def test_without_a_threshold_for_it_no_score_blocks() -> None:
    everything = tuple(signal(name, 1.0) for name in ("replica_slang", "contact_diversion", "clock_skew"))
    assert rule_on(everything, replace(SMALL, block_threshold=None)).decision == "hold"


def test_at_least_and_not() -> None:
    assert rule(("replica_slang", 0.5), ("price_floor", 0.1)).rules == ("two-of-three",)
    assert rule(("replica_slang", 0.4), ("price_floor", 0.1)).rules == ()
    assert rule(("replica_slang", 0.5), ("price_floor", 0.1), ("clock_skew", 1.0)).rules == ()


def test_a_rule_raises_the_risk_and_never_lowers_it() -> None:
    assert rule(("replica_slang", 0.5), ("price_floor", 0.1)).risk == 0.6
    assert rule(("replica_slang", 0.5), ("price_floor", 0.1), ("contact_diversion", 0.9)).risk == 0.668188
    assert rule(("replica_slang", 0.9), ("protected_brand", 0.1)) == Ruling(decision="block", scope="revision", risk=0.8, rules=("block-revision",))


def test_the_widest_scope_of_the_deciding_rules_counts() -> None:
    both = rule(("replica_slang", 0.9), ("protected_brand", 0.1), ("relisted", 0.1))
    assert both == Ruling(decision="block", scope="listing", risk=0.8, rules=("two-of-three", "block-revision", "block-listing"))


def test_of_two_signals_of_one_name_the_stronger_counts() -> None:
    assert rule(("replica_slang", 0.2), ("replica_slang", 0.4)).risk == 0.083173


@pytest.mark.parametrize("name", SIGNAL_NAMES)
def test_under_the_shipped_rulebook_no_signal_blocks_alone(name: str) -> None:
    assert rule((name, 1.0), rulebook=SHIPPED).decision != "block"


def test_weak_lone_signals_are_allowed_under_the_shipped_rulebook() -> None:
    for name in ("protected_brand", "oversized_text", "clock_skew", "seller_strikes", "edited_while_held"):
        assert rule((name, 0.9), rulebook=SHIPPED).decision == "allow"


@given(_SIGNALS, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_risk_is_bounded(signals: list[Signal], shuffle: object) -> None:
    ruling = rule_on(tuple(signals), SHIPPED)
    shuffled = list(signals)
    getattr(shuffle, "shuffle")(shuffled)  # noqa: B009
    assert rule_on(tuple(shuffled), SHIPPED) == ruling
    assert 0.0 <= ruling.risk <= 1.0
    assert ruling.risk == round(ruling.risk, 6)


@given(_SIGNALS)
def test_the_index_misses_no_rule(signals: list[Signal]) -> None:
    strengths: dict[str, float] = {}
    for one in signals:
        strengths[one.name] = max(one.strength, strengths.get(one.name, 0.0))

    def holds(candidate: Rule) -> bool:
        met = {
            part: [strengths.get(one.signal, -1.0) >= one.strength for one in getattr(candidate, part)] for part in ("all_of", "any_of", "none_of")
        }
        return all(met["all_of"]) and sum(met["any_of"]) >= candidate.at_least and not any(met["none_of"])

    ruling = rule_on(tuple(signals), SHIPPED)
    expected = tuple(candidate.id for candidate in SHIPPED.rules if holds(candidate))
    assert tuple(one for one in ruling.rules if one != "score") == expected


@given(_SIGNALS, st.sampled_from(SIGNAL_NAMES), _STRENGTHS)
def test_more_evidence_never_helps_under_the_shipped_rulebook(signals: list[Signal], name: str, strength: float) -> None:
    severity = ("allow", "hold", "block")
    less, more = rule_on(tuple(signals), SHIPPED), rule_on((*signals, signal(name, strength)), SHIPPED)
    assert severity.index(more.decision) >= severity.index(less.decision)
    assert more.risk >= less.risk
