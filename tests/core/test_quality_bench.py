"""Goal: the quality benchmark measures the judge, not itself: its cases are what they say, its figures move with the judge.

Method: every family and kind is made twice and judged; rulebooks that stop everything and nothing; thresholds and the left-out scorecard on numbers
worked out by hand; a whole small run with its report.
Blind spot: whether the attacks are what real sellers write, and whether the grammars are varied enough to tell mechanism from list.
"""

from __future__ import annotations

import unicodedata
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from tests.bench.quality import disguises, measure, real, report
from tests.bench.quality.__main__ import figures
from tests.bench.quality.attacks import FAMILIES, attacks
from tests.bench.quality.attacks_script import FAMILIES as SCRIPT_FAMILIES
from tests.bench.quality.brands import benchmark_brands
from tests.bench.quality.cases import Attack, Brands
from tests.bench.quality.judging import LISTED, Bench, Judged, recall, threshold_for
from tests.bench.quality.left_out import left_out
from tests.bench.quality.negatives import KINDS, negatives
from tests.bench.quality.scene import Scene

SEED = 3
SIDES: tuple[real.Split, ...] = ("development", "held_out")
RULEBOOK = """
mode = "enforce"
[hold]
review_h = 1
escalation_h = 1
weak_below = 0.5
on_due_weak = "release"
on_due_strong = "escalate"
sample_one_in = 20
[thresholds]
hold = 0.5
[score]
intercept = -6
[signals]
protected_brand = { weight = WEIGHT }
"""

TRICKS = dict(
    zip(
        [family.__name__ for family in SCRIPT_FAMILIES],
        (
            *(disguises.lookalike, disguises.decorated, disguises.leet, disguises.separated, disguises.invisible, disguises.misspelt),
            *(disguises.pinyin, disguises.homophones, disguises.glyphs, disguises.halves, disguises.traditional, disguises.martian),
        ),
        strict=True,
    )
)


@pytest.fixture(scope="module")
def brands() -> Brands:
    return benchmark_brands(with_real=False)


def content(event: bytes) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(event)
    return decoded


def test_the_same_seed_makes_the_same_bytes_and_another_one_others(brands: Brands) -> None:
    once, again, other = (list(attacks(brands, seed, 3)) for seed in (SEED, SEED, SEED + 1))
    assert once == again
    assert len(once) == 3 * len(FAMILIES)
    assert {attack.events for attack in once}.isdisjoint(attack.events for attack in other)
    assert list(negatives(brands, SEED, 3)) == list(negatives(brands, SEED, 3))


def test_every_family_is_varied_and_passes_the_real_intake(brands: Brands) -> None:
    bench = Bench(brands)
    titles: dict[str, set[str]] = {}
    for attack in attacks(brands, SEED, 40):
        bench.case(attack)  # raises where intake refuses an event
        titles.setdefault(attack.family, set()).add(content(attack.events[-1])["title"])
    assert set(titles) == set(FAMILIES)
    assert {family for family, seen in titles.items() if len(seen) < 38} <= {"picture_only"}  # whose titles say nothing


def test_an_attack_never_comes_from_a_seller_that_the_brand_named(brands: Brands) -> None:
    named = {maker.brand_id: maker.authorised_sellers for maker in brands.makers}
    made = [attack for attack in attacks(brands, SEED, 10) if attack.brand_id]
    assert len(made) > 200
    assert [attack.family for attack in made if content(attack.events[-1])["seller_id"] in named[attack.brand_id or ""]] == []


def test_only_the_family_about_gates_attacks_gated_brands(brands: Brands) -> None:
    gated = {maker.brand_id for maker in brands.with_gate()}
    assert {attack.family for attack in attacks(brands, SEED, 20) if attack.brand_id in gated} == {"gated_brand"}


@pytest.mark.parametrize("family", TRICKS)
def test_a_disguise_changes_what_it_disguises(brands: Brands, family: str) -> None:
    scene = Scene(brands, family, SEED)
    trick = TRICKS[family]
    names = [name for maker in brands.makers for name in (*maker.latin, *maker.han)]
    shown = [(name, found) for name in names if (found := trick(scene.chance, name)) is not None]
    assert len(shown) >= 10
    assert sum(name == found for name, found in shown) <= len(shown) // 10  # a swap of two equal letters is none, and the family tries again


def test_what_nobody_sees_is_all_that_the_invisible_family_adds(brands: Brands) -> None:
    chance = Scene(brands, "zero_width", SEED).chance
    for maker in brands.makers:
        for name in (*maker.latin, *maker.han):
            shown = disguises.invisible(chance, name)
            assert shown is not None
            kept = "".join(one for one in shown if one == "\u3164" or unicodedata.category(one) not in ("Cf", "Mn"))
            assert kept.replace("\u3164", "") == name
            assert len(shown) > len(name)


def test_figures_follow_the_judge(brands: Brands) -> None:
    some = list(attacks(brands, SEED, 10, ("open_slang", "gated_brand")))
    nothing, _ = measure.attack_figures(Bench(brands, RULEBOOK.replace("WEIGHT", "0.1")), some, {})
    everything, _ = measure.attack_figures(Bench(brands, RULEBOOK.replace("WEIGHT", "12.0")), some, {})
    assert nothing["all"]["stopped"] == 0
    assert everything["families"]["gated_brand"]["held"] == 1
    assert everything["families"]["gated_brand"]["blocked"] == 0


def test_a_threshold_lets_no_more_alarms_through_than_its_budget() -> None:
    risks = [0.9, 0.8, 0.8, 0.5] + [0.0] * 19_996
    judged = [Judged("allow", risk, ()) for risk in risks]
    for alarms_per_10_000, allowed in ((0.4, 0), (0.5, 1), (1, 1), (1.5, 3), (2, 4)):
        threshold = threshold_for(risks, alarms_per_10_000)
        assert recall(judged, threshold) * len(risks) == pytest.approx(allowed)  # at 1 the budget of two falls between two equal risks


def test_silent_lists_leave_what_the_registry_and_the_price_say(brands: Brands) -> None:
    assert {"replica_slang", "contact_diversion"} <= LISTED
    assert LISTED.isdisjoint({"protected_brand", "disguised_brand", "price_floor", "bait_and_switch"})
    told, said = measure.attack_figures(Bench(brands), list(attacks(brands, SEED, 20, ("open_slang", "price_only"))), {})
    by_slang = [one for one in said["open_slang"] if one.stopped and {name for name, _ in one.signals} <= {"protected_brand", "replica_slang"}]
    assert by_slang, "nothing that only a list stops: this test says nothing"
    assert told["families"]["open_slang"]["without_lists"] <= told["families"]["open_slang"]["stopped"] - len(by_slang) / 20 + 1e-9
    assert told["families"]["price_only"]["without_lists"] == told["families"]["price_only"]["stopped"] > 0


def test_a_family_left_out_is_judged_by_what_other_families_taught() -> None:
    quiet, loud, odd = Judged("allow", 0, ()), Judged("allow", 0, (("a", 1.0),)), Judged("allow", 0, (("b", 1.0),))
    genuine = [quiet, odd] * 5_000
    told = left_out(genuine, {"one": [loud] * 50, "two": [loud] * 40 + [quiet] * 10, "three": [odd] * 50}, 1)
    assert told == {"one": 1.0, "two": 0.8, "three": 0.0}  # half of the innocent have b
    assert left_out([], {"one": [loud], "two": [loud]}, 1) == {}


def test_an_own_reissue_is_from_a_seller_that_the_brand_named(brands: Brands) -> None:
    named = {maker.brand_id: maker.authorised_sellers for maker in brands.makers}
    own = [one for one in negatives(brands, SEED, 10) if one.kind in ("own_reissue", "authorised_gated")]
    assert len(own) == 20
    assert all(content(one.events[-1])["seller_id"] in named[one.brand_id or ""] for one in own)


def test_real_titles_are_split_by_seller() -> None:
    if not real.there():
        pytest.skip("shared/data is not here")
    sides = {split: {content(row)["seller_id"] for _, row in real.listings(split, 2_000)} for split in SIDES}
    assert all(len(sellers) > 500 for sellers in sides.values())
    assert sides["development"].isdisjoint(sides["held_out"])


def test_a_small_run_prints_every_family_and_its_report(tmp_path: Path) -> None:
    told = figures(tuple(FAMILIES), 2, held_out=False)
    assert set(told["development"]["attacks"]["families"]) == set(FAMILIES)
    assert set(told["development"]["hard_negatives"]["kinds"]) == set(KINDS)
    report.write(told, tmp_path)
    page = (tmp_path / "quality.md").read_text("utf-8")
    assert [family for family in FAMILIES if f"| {family} | 2 |" not in page] == []
    assert ElementTree.parse(tmp_path / "quality-development.svg").getroot().tag.endswith("svg")


def test_copies_of_blocked_listings_say_so_in_their_evidence(brands: Brands) -> None:
    copied: list[Attack] = list(islice(attacks(brands, SEED, 5, ("copied_text",)), 5))
    for attack in copied:
        ours, theirs = content(attack.events[-1]), content(attack.evidence[0])
        assert ours["seller_id"] != theirs["seller_id"]
        assert len(set(ours["description"]) & set(theirs["description"])) > 0.8 * len(set(ours["description"]))
