"""Goal: what a blocked listing leaves behind is found again in a copy of its text or photo, and in nothing that only resembles it by chance.

Method: the photo index against a search of every hash (hypothesis); texts with words changed, moved and added; listings through the real judge with
evidence in force; a side log that cannot be used; the figures on real pairs, where they are.
Blind spot: PDQ itself, which marketplaces compute; how often two sellers honestly use one text or photo.
"""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener import topics
from screener.catalog import JUDGE
from screener.contracts import Brand, EvidenceItem, EvidencePhoto, EvidenceText, Image, ListingPublished, Signal
from screener.judge.detectors import copied_photo, copied_text
from screener.judge.evidence import NO_EVIDENCE, compile_evidence, evidence_of
from screener.judge.fingerprint import SKETCH, TEXT_SKETCH, comparable_title, sketch_likeness, text_sketch, title_sketch
from screener.judge.listing_views import listing_views
from screener.judge.photos import FEW, MAX_DISTANCE, PhotoIndex, is_telling
from screener.judge.registry import compile_registry
from screener.judge.rulebook import parse_rulebook
from screener.judge.side import Side
from screener.judge.views import views_of
from screener.offline import Offline
from screener.processor import Compiled, SideRejected
from screener.sidelog import shipped
from tests.driver import RULEBOOK

CHANCE = Random(3)
OWN, BLOCKED, OTHER = (CHANCE.getrandbits(256) for _ in range(3))
BRANDS = (
    Brand(brand_id="velmora", name="Velmora", photos=(f"{OWN:064x}",), authorised_sellers=("shop-official",)),
    Brand(brand_id="nikora", name="Nikora"),
)
TEXT = "羊毛大衣女中长款2026新款双面呢显瘦气质外套 手工缝制 腰带可拆 米白驼色藏青三色可选"


def near(pdq: int, bits: int) -> int:
    for place in Random(bits).sample(range(256), bits):
        pdq ^= 1 << place
    return pdq


def listing(title: str, description: str = "", *photos: int, seller_id: str = "shop-1", listing_id: str = "l-1") -> ListingPublished:
    return ListingPublished(
        event_id="e",
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
        listing_id=listing_id,
        revision=1,
        seller_id=seller_id,
        title=title,
        description=description,
        images=tuple(Image(url="u", pdq=f"{photo:064x}") for photo in photos),
    )


def side_of(items: list[EvidenceItem]) -> Side:
    version = shipped(topics.RULEBOOK, ()).in_force
    registry = compile_registry(BRANDS)
    return Side(
        registry=registry,
        registry_in_force=version,
        rulebook=parse_rulebook(RULEBOOK),
        rulebook_in_force=version,
        evidence=compile_evidence(items, BRANDS),
    )


def photo_signal(event: ListingPublished, items: list[EvidenceItem] | None = None) -> Signal | None:
    side = side_of(items or [])
    return copied_photo.detect(event, listing_views(event, side.registry), None, None, side)


def text_signal(event: ListingPublished, items: list[EvidenceItem]) -> Signal | None:
    side = side_of(items)
    return copied_text.detect(event, listing_views(event, side.registry), None, None, side)


# --- photos


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=2**32), st.sampled_from((1, 7, FEW, FEW + 1, 150)), st.integers(min_value=0, max_value=40))
def test_the_index_finds_what_a_look_at_every_hash_finds(seed: int, known: int, bits: int) -> None:
    chance = Random(seed)
    hashes = [chance.getrandbits(256) for _ in range(known)]
    asked = chance.choice(hashes)
    for place in chance.sample(range(256), bits):
        asked ^= 1 << place
    nearest = min(((one ^ asked).bit_count(), number) for number, one in enumerate(hashes))
    expected = (nearest[1], nearest[0]) if nearest[0] <= MAX_DISTANCE else None
    assert PhotoIndex(hashes).nearest(asked) == expected


def test_an_empty_index_knows_nothing() -> None:
    assert PhotoIndex([]).nearest(OWN) is None


@pytest.mark.parametrize("pdq", [0, 2**256 - 1, 1, (1 << 63) - 1])
def test_the_hash_of_an_empty_picture_is_near_to_nothing(pdq: int) -> None:
    assert not is_telling(pdq)
    item = EvidencePhoto(pdq=f"{pdq:064x}", listing_id="l-9", seller_id="shop-9")
    assert photo_signal(listing("mug", "", pdq), [item]) is None


def test_a_brands_photo_says_what_the_text_hides() -> None:
    signal = photo_signal(listing("手提包 女 大容量", "", OTHER, near(OWN, MAX_DISTANCE)))
    assert signal is not None
    assert (signal.brand_id, signal.field, signal.strength) == ("velmora", "images", 0.75)
    assert signal.fact == "photo 2 is 31 of 256 bits away from a photo of the brand velmora"
    named = photo_signal(listing("Velmora 手提包", "", OWN))
    assert named is not None
    assert named.strength < signal.strength
    assert photo_signal(listing("手提包", "", near(OWN, MAX_DISTANCE + 1))) is None
    assert photo_signal(listing("手提包", "", OWN, seller_id="shop-official")) is None


def test_a_blocked_listings_photo_is_stronger_and_its_own_listing_may_show_it() -> None:
    item = EvidencePhoto(pdq=f"{BLOCKED:064x}", listing_id="l-9", seller_id="shop-9")
    signal = photo_signal(listing("手提包", "", near(BLOCKED, 12)), [item])
    assert signal is not None
    assert (signal.strength, signal.brand_id) == (0.85, None)
    assert photo_signal(listing("手提包", "", BLOCKED, seller_id="shop-9", listing_id="l-9"), [item]) is None
    assert photo_signal(listing("手提包", "", BLOCKED, seller_id="shop-9", listing_id="l-10"), [item]) is not None


# --- texts


def known_text(seller_id: str = "shop-9", listing_id: str = "l-9") -> list[EvidenceItem]:
    return evidence_of(listing(TEXT, "", seller_id=seller_id, listing_id=listing_id), "nikora")


@pytest.mark.parametrize(
    "copy",
    [
        TEXT,
        "🔥" + TEXT.replace("新款", "爆款"),
        "米白驼色藏青三色可选 手工缝制 腰带可拆 羊毛大衣女中长款2026新款双面呢显瘦气质外套",
        TEXT.replace("腰带可拆", "腰 带 可 拆") + " 包邮",
    ],
)
def test_a_copy_with_words_changed_or_moved_is_found(copy: str) -> None:
    signal = text_signal(listing(copy), known_text())
    assert signal is not None
    assert signal.strength >= 0.6
    assert signal.brand_id == "nikora"
    assert signal.quote == copy
    assert "of another seller" in signal.fact


@pytest.mark.parametrize("title", ["羊毛大衣女中长款", "羊毛围巾 男 纯色 保暖 秋冬 加厚 送礼 礼盒装 灰色 藏青 均码 双面可用 手感柔软", "", "👜👜👜"])
def test_what_only_resembles_it_is_not(title: str) -> None:
    assert text_signal(listing(title), known_text()) is None


def test_its_own_listing_and_the_brands_own_shop_may_say_it() -> None:
    assert text_signal(listing(TEXT, seller_id="shop-9", listing_id="l-9"), known_text()) is None
    again = text_signal(listing(TEXT, seller_id="shop-9", listing_id="l-10"), known_text())
    assert again is not None
    assert "of this seller" in again.fact
    of_velmora = evidence_of(listing(TEXT, seller_id="shop-9"), "velmora")
    assert text_signal(listing(TEXT, seller_id="shop-official"), of_velmora) is None


def test_a_short_text_leaves_no_evidence() -> None:
    assert evidence_of(listing("皮鞋 男")) == []
    assert [type(item) for item in evidence_of(listing("皮鞋 男", "", BLOCKED))] == [EvidencePhoto]


def test_a_phrase_of_the_trade_leads_to_nobody() -> None:
    """Three hundred blocked listings share their shipping terms; an honest one with the same terms is like none of them."""
    terms = "顺丰包邮七天无理由退换货支持货到付款江浙沪次日达其他地区三到五天签收前请检查"
    items = [item for n in range(300) for item in evidence_of(listing(f"商品{n}", terms, listing_id=f"l-{n}", seller_id=f"s-{n}"))]
    assert len(items) == 300
    assert text_signal(listing("陶瓷花瓶", terms), items) is None


def test_sketches_tell_likeness() -> None:
    one, other = views_of(TEXT).plain, views_of(TEXT.replace("羊毛", "羊绒")).plain
    assert len(text_sketch(one, "")) <= 4 * TEXT_SKETCH
    assert sketch_likeness(text_sketch(one, ""), text_sketch(one, "")) == 1.0
    assert 0.7 < sketch_likeness(text_sketch(one, ""), text_sketch(other, "")) < 1.0
    assert sketch_likeness(b"", b"") == 0.0
    words = comparable_title(views_of("red wool coat for women"))
    assert title_sketch(words) == title_sketch(" ".join(reversed(words.split())))
    assert len(title_sketch(comparable_title(views_of(TEXT * 3)))) == 4 * SKETCH


# --- in force


def decision_of(offline: Offline, event: ListingPublished) -> tuple[str, tuple[str, ...]]:
    _, decisions = offline.judge(msgspec.json.encode(event))
    return decisions[-1].decision, decisions[-1].rules


def test_evidence_holds_what_would_pass_without_it() -> None:
    item = EvidencePhoto(pdq=f"{BLOCKED:064x}", listing_id="l-9", seller_id="shop-9")
    event = listing("手提包 女 大容量 通勤", "", near(BLOCKED, 9))
    assert decision_of(Offline(BRANDS), event)[0] == "allow"
    assert decision_of(Offline(BRANDS, evidence=[item]), event) == ("hold", ("known-photo",))
    assert decision_of(Offline(BRANDS, evidence=known_text()), listing(TEXT)) == ("hold", ("known-text",))
    offline = Offline(BRANDS)
    offline.know([item])
    assert decision_of(offline, event)[0] == "hold"


def test_the_trace_names_the_evidence_only_when_there_is_any() -> None:
    brands = shipped(topics.REGISTRY, tuple(msgspec.to_builtins(brand) for brand in BRANDS))
    bare = JUDGE.compile_side({topics.REGISTRY: brands})
    version = shipped(topics.EVIDENCE, tuple(msgspec.to_builtins(item) for item in known_text()))
    known = JUDGE.compile_side({topics.REGISTRY: brands, topics.EVIDENCE: version})
    assert isinstance(bare, Compiled)
    assert isinstance(known, Compiled)
    assert set(bare.in_force) == {topics.REGISTRY, topics.RULEBOOK}
    assert known.in_force[topics.EVIDENCE] == version.in_force
    assert compile_evidence((), (BRANDS[1],)) is NO_EVIDENCE


@pytest.mark.parametrize("part", [{"kind": "text", "sketch": "xyz", "listing_id": "l", "seller_id": "s"}, {"kind": "rumour"}, {}])
def test_a_version_that_cannot_be_used_is_refused_by_name(part: dict[str, str]) -> None:
    brands = shipped(topics.REGISTRY, tuple(msgspec.to_builtins(brand) for brand in BRANDS))
    with pytest.raises(SideRejected) as rejected:
        JUDGE.compile_side({topics.REGISTRY: brands, topics.EVIDENCE: shipped(topics.EVIDENCE, (part,))})
    assert rejected.value.topic == topics.EVIDENCE


def test_items_survive_the_wire() -> None:
    for item in [*known_text(), EvidencePhoto(pdq="ab" * 32, listing_id="l", seller_id="s")]:
        assert msgspec.convert(msgspec.to_builtins(item), EvidenceItem) == item
    assert isinstance(known_text()[0], EvidenceText)
