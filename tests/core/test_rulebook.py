"""Goal: a rulebook is read exactly as written, and a wrong one is refused with a message that says where and what to do.

Method: the shipped rulebook, small changes to a minimal one, a table of errors.
Blind spot: whether the rules are wise; `test_detectors.py` measures that on real listings.
"""

from __future__ import annotations

from importlib import resources

import pytest

from screener import topics
from screener.catalog import JUDGE
from screener.judge.detectors import DETECTORS
from screener.judge.rulebook import SIGNAL_NAMES, Condition, RulebookError, parse_rulebook
from screener.judge.scorecard import Scorecard
from screener.processor import Compiled
from screener.sidelog import shipped as shipped_side
from screener.train.edit import converted

MINIMAL = """
mode = "enforce"
[score]
intercept = -6.5
[signals]
replica_slang = { weight = 2.5, kind = "text" }
"""

OLDER = """
mode = "shadow" # for now
[signals] # how much each counts
replica_slang = { weight = 0.5 } # a word
protected_brand = { weight = 0.08 }
"""
"""From before the scorecard."""

BRAND = {"brand_id": "velmora", "name": "Velmora"}

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
    assert tuple(rulebook.scorecard.weights) == SIGNAL_NAMES
    assert (rulebook.mode, rulebook.hold_review_ms, rulebook.escalation_ms) == ("enforce", 48 * 3_600_000, 24 * 3_600_000)
    assert (rulebook.weak_below, rulebook.on_due_weak, rulebook.on_due_strong, rulebook.sample_one_in) == (0.75, "release", "escalate", 20)
    assert rulebook.block_threshold is not None
    assert 0.5 <= rulebook.hold_threshold < rulebook.block_threshold
    assert rulebook.block_threshold >= 0.95
    for rule in rulebook.rules:
        if rule.decision == "block":
            assert len(rule.all_of) + rule.at_least >= 2, rule.id


def test_signal_names_are_the_detectors_and_the_judges_own() -> None:
    assert (*(detector.name for detector in DETECTORS), "clock_skew", "prior_hold") == SIGNAL_NAMES


def test_defaults_of_a_minimal_rulebook() -> None:
    rulebook = parse_rulebook(MINIMAL)
    assert (rulebook.review_h, rulebook.escalation_h, rulebook.sample_one_in, rulebook.hold_threshold) == (48, 24, 20, 0.5)
    assert rulebook.block_threshold is None
    assert rulebook.rules == ()
    assert rulebook.scorecard == Scorecard(intercept=-6_500, weights={"replica_slang": 2_500}, kinds={"replica_slang": "text"}, caps={})


def test_a_signal_without_a_weight_has_the_default_and_kinds_may_be_capped() -> None:
    text = MINIMAL.replace("[signals]", "[score.caps]\ntext = 3.5\n[signals]\nclock_skew = {}")
    assert parse_rulebook(text).scorecard == Scorecard(
        intercept=-6_500, weights={"replica_slang": 2_500, "clock_skew": 1_000}, kinds={"replica_slang": "text"}, caps={"text": 3_500}
    )


def test_a_rulebook_from_before_the_scorecard_is_refused_with_what_to_do() -> None:
    with pytest.raises(RulebookError) as caught:
        parse_rulebook(OLDER)
    assert "from before the scorecard" in str(caught.value)
    assert "screener rulebook convert" in str(caught.value)


def test_one_that_lies_on_a_log_is_read_with_its_weights_converted() -> None:
    older = parse_rulebook(OLDER + RULE, older=True)
    assert older.scorecard == Scorecard(intercept=-6_000, weights={"replica_slang": 6_000, "protected_brand": 722}, kinds={}, caps={})
    assert (older.mode, older.hold_threshold, older.block_threshold) == ("shadow", 0.5, None)
    assert older.rules == parse_rulebook(MINIMAL + RULE).rules
    assert parse_rulebook(MINIMAL, older=True) == parse_rulebook(MINIMAL)
    for wrong in (OLDER.replace("0.5", "1.5"), OLDER.replace("weight = 0.5", 'weight = 0.5, kind = "text"'), "", 'mode = "enforce"'):
        with pytest.raises(RulebookError):
            parse_rulebook(wrong, older=True)


def test_a_worker_that_finds_one_on_the_log_judges_by_it() -> None:
    versions = {topics.RULEBOOK: shipped_side(topics.RULEBOOK, ({"text": OLDER},)), topics.REGISTRY: shipped_side(topics.REGISTRY, (BRAND,))}
    compiled = JUDGE.compile_side(versions)
    assert isinstance(compiled, Compiled)
    assert compiled.side.rulebook == parse_rulebook(OLDER, older=True)


def test_convert_writes_what_a_worker_reads_and_keeps_comments() -> None:
    written = converted(OLDER + RULE)
    assert parse_rulebook(written) == parse_rulebook(OLDER + RULE, older=True)
    assert "replica_slang = { weight = 6.0 } # odds × 403; a word\n" in written
    assert 'mode = "shadow" # for now\n' in written
    assert written.endswith(RULE)
    with pytest.raises(RulebookError, match="nothing to convert"):
        converted(MINIMAL)
    with pytest.raises(RulebookError, match="a line"):
        converted('mode = "enforce"\nsignals = { replica_slang = { weight = 0.5 } }\n')


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
        (MINIMAL + "[thresholds]\nhold = 0.9\nblock = 0.8\n", "[thresholds]"),
        (MINIMAL.replace("-6.5", "0.1"), "score.intercept"),
        (MINIMAL.replace("-6.5", "-17"), "score.intercept"),
        (MINIMAL.replace("intercept", "interzept"), "interzept"),
        (MINIMAL + "[score.caps]\nwords = 3\n", "score.caps"),
        (MINIMAL.replace('"text"', '"words"'), "signals"),
        (MINIMAL.replace("2.5", "20.5"), "signals"),
        (MINIMAL.replace("2.5", "-0.1"), "signals"),
        (MINIMAL.replace("2.5", "nan"), "signals"),
        (OLDER, "[score]"),
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
    remedies = ("correct", "write it anew", "use one of", "give each", "write", "lower", "name the signals", "keep one", "give one")
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
