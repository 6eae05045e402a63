"""Goal: a rulebook is read exactly as written, and a wrong one is refused with a message that says where and what to do.

Method: the shipped rulebook, small changes to a minimal one, a table of errors.
Blind spot: whether the rules are wise; `test_detectors.py` measures that on real listings.
"""

from __future__ import annotations

from importlib import resources

import pytest

from screener.judge.detectors import DETECTORS
from screener.judge.rulebook import SIGNAL_NAMES, Condition, RulebookError, parse_rulebook

MINIMAL = """
mode = "enforce"
[signals]
replica_slang = { weight = 0.5 }
"""

RULE = """
[[rule]]
id = "a"
all = ["replica_slang>=0.8", "protected_brand"]
any = ["price_floor", "relisted>=0.5"]
not = ["clock_skew"]
at_least = 1
decision = "block"
scope = "listing"
risk = 0.9
owner = "team"
reason = "why"
"""


def shipped() -> str:
    return (resources.files("screener.judge") / "rulebook.toml").read_text(encoding="utf-8")


def test_shipped_rulebook_is_valid_weighs_every_signal_and_never_blocks_on_one() -> None:
    rulebook = parse_rulebook(shipped())
    assert tuple(rulebook.weights) == SIGNAL_NAMES
    assert (rulebook.mode, rulebook.hold_review_ms, rulebook.escalation_ms) == ("enforce", 48 * 3_600_000, 24 * 3_600_000)
    assert (rulebook.weak_below, rulebook.on_due_weak, rulebook.on_due_strong, rulebook.sample_one_in) == (0.75, "release", "escalate", 20)
    assert rulebook.hold_threshold == 0.5
    for rule in rulebook.rules:
        if rule.decision == "block":
            assert len(rule.all_of) + rule.at_least >= 2, rule.id


def test_signal_names_are_the_detectors_and_the_judges_own() -> None:
    assert (*(detector.name for detector in DETECTORS), "clock_skew", "prior_hold") == SIGNAL_NAMES


def test_defaults_of_a_minimal_rulebook() -> None:
    rulebook = parse_rulebook(MINIMAL)
    assert (rulebook.review_h, rulebook.escalation_h, rulebook.sample_one_in, rulebook.hold_threshold) == (48, 24, 20, 0.5)
    assert rulebook.rules == ()
    assert rulebook.weights == {"replica_slang": 0.5}


def test_a_rule_is_read_whole_and_indexed_by_what_it_needs() -> None:
    rulebook = parse_rulebook(MINIMAL + RULE)
    (rule,) = rulebook.rules
    assert rule.all_of == (Condition("replica_slang", 0.8), Condition("protected_brand", 0.0))
    assert rule.any_of == (Condition("price_floor", 0.0), Condition("relisted", 0.5))
    assert rule.none_of == (Condition("clock_skew", 0.0),)
    assert (rule.id, rule.at_least, rule.decision, rule.scope, rule.risk, rule.owner) == ("a", 1, "block", "listing", 0.9, "team")
    assert rulebook.rules_by_signal == {"replica_slang": (0,)}
    any_only = parse_rulebook(MINIMAL + RULE.replace('all = ["replica_slang>=0.8", "protected_brand"]', ""))
    assert any_only.rules_by_signal == {"price_floor": (0,), "relisted": (0,)}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("mode = ", "TOML"),
        ("", "mode"),
        (MINIMAL.replace("enforce", "off"), "mode"),
        ("surprise = 1\n" + MINIMAL, "surprise"),
        (MINIMAL + "[hold]\nreview_hours = 3\n", "review_hours"),
        (MINIMAL + "[hold]\nreview_h = 0\n", "hold.review_h"),
        (MINIMAL + '[hold]\non_due_weak = "forget"\n', "on_due_weak"),
        (MINIMAL + "[thresholds]\nhold = 0\n", "thresholds.hold"),
        (MINIMAL.replace("0.5", "1.5"), "signals"),
        (MINIMAL.replace("0.5", "-0.1"), "signals"),
        (MINIMAL.replace("0.5", "nan"), "signals"),
        (MINIMAL.replace("replica_slang", "replica_slank"), "replica_slank"),
        (MINIMAL + RULE + RULE, '"a"'),
        (MINIMAL + RULE.replace('"replica_slang>=0.8"', '"replica"'), '"replica"'),
        (MINIMAL + RULE.replace("replica_slang>=0.8", "replica_slang>0.8"), "replica_slang>0.8"),
        (MINIMAL + RULE.replace("replica_slang>=0.8", "replica_slang>=1.8"), "replica_slang>=1.8"),
        (MINIMAL + RULE.replace('"protected_brand"]', '"replica_slang"]'), "twice"),
        (MINIMAL + RULE.replace("at_least = 1", "at_least = 3"), "at_least"),
        (MINIMAL + RULE.replace('decision = "block"', 'decision = "allow"'), 'id "a"'),
        (MINIMAL + RULE.replace('id = "a"', 'id = "A b"'), "number 1"),
        (MINIMAL + RULE.replace("risk = 0.9", "risk = 9"), "risk"),
        (MINIMAL + RULE.replace('owner = "team"', ""), "owner"),
        (MINIMAL + RULE.replace("owner", "oner"), "oner"),
        (MINIMAL + '[[rule]]\nid = "b"\nnot = ["relisted"]\ndecision = "hold"\nrisk = 0.5\nowner = "o"\nreason = "r"\n', '"b"'),
        (MINIMAL + "[[shadow]]\n", "[[shadow]]"),
        (MINIMAL + "[[shadow]]\nshare = 2\n", "[[shadow]] number 1"),
        ("a = " + "[" * 5_000, "TOML"),
    ],
)
def test_a_wrong_rulebook_is_refused_with_where_and_what_to_do(text: str, where: str) -> None:
    with pytest.raises(RulebookError) as caught:
        parse_rulebook(text)
    message = str(caught.value)
    assert message.startswith("rulebook: ")
    assert where in message
    remedies = ("correct", "use one of", "give each", "write", "lower", "name the signals", "keep one", "give one")
    assert message.rpartition("; ")[2].startswith(remedies), message


def test_shadow_by_category_root() -> None:
    rulebook = parse_rulebook(MINIMAL + '[[shadow]]\ncategory = ["toys", "books"]\n')
    assert rulebook.mode_for(("toys", "dolls"), "s") == "shadow"
    assert rulebook.mode_for(("books",), "s") == "shadow"
    assert rulebook.mode_for(("shoes", "toys"), "s") == "enforce"
    assert rulebook.mode_for((), "s") == "enforce"


def test_shadow_by_share_is_stable_and_about_as_large_as_said() -> None:
    rulebook = parse_rulebook(MINIMAL + "[[shadow]]\nshare = 0.1\n")
    wider = parse_rulebook(MINIMAL + "[[shadow]]\nshare = 0.3\n")
    sellers = [f"seller-{number}" for number in range(5_000)]
    shadowed = [seller for seller in sellers if rulebook.mode_for((), seller) == "shadow"]
    assert 400 < len(shadowed) < 600
    assert all(wider.mode_for((), seller) == "shadow" for seller in shadowed)
    assert shadowed[:3] == [seller for seller in sellers if rulebook.mode_for(("x",), seller) == "shadow"][:3]


def test_category_and_share_together_must_both_hold() -> None:
    rulebook = parse_rulebook(MINIMAL + '[[shadow]]\ncategory = ["toys"]\nshare = 1.0\n')
    assert rulebook.mode_for(("toys",), "s") == "shadow"
    assert rulebook.mode_for(("shoes",), "s") == "enforce"


def test_shadow_for_everything() -> None:
    assert parse_rulebook(MINIMAL.replace("enforce", "shadow")).mode_for((), "s") == "shadow"
