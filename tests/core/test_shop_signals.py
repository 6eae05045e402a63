"""Goal: signals about how and by whom something is offered, rather than how it is written, fire on what they are about and spare what is like it.

Covers gated brands, declared against named brands, parallel imports, silent titles, floods of brands, packs, goods in a foreign category, articles
sold as accessories, titles put up again in another order.
Method: guilty and innocent listings of invented brands, through the detectors or, where the seller's past counts, through the whole judge.
Blind spot: how often honest sellers do the same; the quality benchmark counts that on real titles.
"""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from screener.contracts import Brand, Image, ListingPublished, PriceFloor, Signal
from screener.judge.detectors import DETECTORS, parallel_import
from screener.judge.detectors.price_floor import pieces
from screener.judge.goods import CLASSES, class_of, group_of
from screener.judge.listing_views import listing_views
from screener.judge.policy import rule_on
from screener.judge.seller import MAX_BRANDED, MICRO, Decayed, SellerState
from screener.offline import Offline
from tests.core.test_detectors import listing, side_of

BRANDS = (
    Brand(
        brand_id="velmora",
        name="Velmora",
        aliases=("维摩拉",),
        categories=(("服饰、鞋、包", "女包"),),
        authorised_sellers=("shop-official",),
        gated=True,
        price_floors=(PriceFloor(category=(), currency="CNY", amount="1000"),),
    ),
    Brand(brand_id="nikora", name="Nikora", aliases=("尼可拉丝",), categories=(("服饰、鞋、包", "女鞋"),)),
    Brand(brand_id="nikora-kids", name="Nikora Kids", categories=(("母婴童", "童鞋"),)),
    Brand(brand_id="lumara", name="Lumara", categories=(("个护化妆", "口红"),)),
    Brand(brand_id="klubba", name="Polo Klubba", categories=(("服饰、鞋、包", "男装"),)),
)
SIDE = side_of(BRANDS)
BAGS, BOOKS = ("服饰、鞋、包", "女包"), ("出版物", "图书", "小说")


def signals_of(event: ListingPublished, seller: SellerState | None = None) -> dict[str, Signal]:
    views = listing_views(event, SIDE.registry)
    found = [detector.detect(event, views, seller, None, SIDE) for detector in DETECTORS]
    return {signal.name: signal for signal in found if signal is not None}


def decided(event: ListingPublished, seller: SellerState | None = None) -> str:
    return rule_on(tuple(signals_of(event, seller).values()), SIDE.rulebook).decision


# --- gated brand


def test_a_gated_brand_is_for_named_sellers_only() -> None:
    event = listing("Velmora 手提包 女", category=BAGS)
    signal = signals_of(event)["gated_brand"]
    assert (signal.brand_id, signal.quote) == ("velmora", "Velmora")
    assert decided(event) == "hold"
    assert "gated_brand" not in signals_of(replace(event, seller_id="shop-official"))
    assert "gated_brand" not in signals_of(replace(event, condition="used"))
    assert "gated_brand" not in signals_of(listing("适用于Velmora包的肩带", category=BAGS))
    assert "gated_brand" not in signals_of(listing("Nikora 女鞋"))


# --- declared brand


@pytest.mark.parametrize(
    ("title", "brand", "category", "strength"),
    [
        ("Nikora 女鞋", "Lumara", BAGS, 0.7),  # makes no such goods
        ("Lumara 口红", "Nikora", BAGS, 0.5),  # of the trade that the category is of
        ("Nikora 女鞋", "无品牌", BAGS, 0.4),
        ("Nikora 女鞋", "Other", BAGS, 0.4),
        ("Nikora 女鞋", "Nikora", BAGS, None),
        ("Nikora Kids 童鞋", "Nikora", BAGS, None),  # one is part of the other's name
        ("Nikora x Lumara 联名款 女鞋", "Lumara", BAGS, None),
        ("Lumara同款 Nikora 女鞋", "Lumara", BAGS, None),
        ("Nikora 男女同款 运动鞋", "Lumara", BAGS, 0.7),  # is for men and women, and like nobody's
        ("适用于Nikora 鞋垫", "无品牌", BAGS, None),
        ("女鞋", "Lumara", BAGS, None),
        ("Nikora 女鞋", "小店自制", BAGS, None),
        ("Nikora 女鞋", None, BAGS, None),
    ],
)
def test_the_field_against_the_title(title: str, brand: str | None, category: tuple[str, ...], strength: float | None) -> None:
    signal = signals_of(listing(title, brand=brand, category=category)).get("declared_brand")
    assert (signal.strength if signal is not None else None) == strength


# --- parallel import


def test_goods_of_another_market_are_a_reason_of_their_own() -> None:
    openly = signals_of(listing("Nikora 女鞋 水货 非国行"))["parallel_import"]
    assert (openly.strength, openly.quote) == (0.8, "水货")
    assert signals_of(listing("Nikora 女鞋 美国代购"))["parallel_import"].strength == 0.5
    assert decided(listing("Nikora 女鞋 美国代购", category=BAGS)) == "allow"
    assert "parallel_import" not in signals_of(listing("女鞋 美国代购"))


@pytest.mark.parametrize(
    ("title", "strength"),
    [
        ("Nikora 女鞋 机场代购", 0.8),
        ("Nikora 女鞋 窜货", 0.8),
        ("Nikora 女鞋 港版 未拆封", 0.7),
        ("Nikora shoes overseas version", 0.7),
        ("Nikora 女鞋 海淘 直邮", 0.7),
        ("Nikora 欧版宽松女鞋", None),  # a cut of clothes
        ("Nikora 日版 潮流女鞋", None),
        ("Nikora 日服日版充值卡 1000点", None),  # no body, no way
        ("Nikora 韩版女鞋", None),
    ],
)
def test_words_for_another_market(title: str, strength: float | None) -> None:
    signal = signals_of(listing(title, category=BAGS)).get("parallel_import")
    assert (signal.strength if signal is not None else None) == strength
    assert decided(listing(title, category=BAGS)) == ("hold" if strength is not None else "allow")


def test_a_trader_whom_the_brand_does_not_name_among_its_sellers() -> None:
    """Nikora names nobody, so a trader is only unknown to it; Lumina says who may sell."""
    side = side_of((Brand(brand_id="lumina", name="Lumina", categories=(("服饰、鞋、包", "女鞋"),), authorised_sellers=("shop-official",)),))
    event = listing("Lumina 女鞋 美国代购", category=("服饰、鞋、包", "女鞋"))
    signal = parallel_import.detect(event, listing_views(event, side.registry), None, None, side)
    assert signal is not None
    assert signal.strength == 0.7
    assert rule_on((signal, replace(signal, name="protected_brand", strength=0.9)), side.rulebook).decision == "hold"


# --- picture only


def test_a_title_that_says_nothing() -> None:
    def shown(title: str) -> ListingPublished:
        return replace(listing(title), images=(Image(url="u"),))

    assert signals_of(shown("如图 懂的来"))["picture_only"].strength == 0.7
    assert signals_of(shown("特价"))["picture_only"].strength == 0.4
    assert decided(replace(shown("如图 懂的来"), description="加微信 abc12345")) == "block"  # two kinds of evidence
    assert decided(replace(shown("图二 拍下备注"), description="支持专柜鉴定")) == "hold"
    assert decided(replace(shown("图二 拍下备注"), description="支持七天退换")) == "allow"
    assert "picture_only" not in signals_of(listing("如图 懂的来"))  # without a photo
    assert "picture_only" not in signals_of(shown("如图 真皮手提包 女 大容量"))
    assert "picture_only" not in signals_of(shown("Nikora"))


# --- burst


def test_a_flood_of_brands_from_a_new_account() -> None:
    offline = Offline(BRANDS)
    names, last = ("Nikora 女鞋", "Lumara 口红", "尼可拉丝 凉鞋", "Nikora Kids 童鞋"), None
    for number in range(30):
        event = listing(f"{names[number % 4]} 第{number}款", category=("服饰、鞋、包",))
        _, decisions = offline.judge(_encoded(replace(event, listing_id=f"l-{number}", revision=1, event_id=f"e-{number}")))
        last = decisions[-1]
    assert last is not None
    assert "burst" in {signal.name for signal in last.signals}
    assert last.decision == "hold"


def test_an_old_account_and_a_shop_of_one_brand_may_be_busy() -> None:
    busy = SellerState(first_ms=0, last_ms=3_600_000, branded=Decayed(micro=40 * MICRO, at_ms=3_600_000), branded_last=("a", "b", "c"))
    event = listing("Nikora 女鞋")
    assert "burst" in signals_of(event, busy)
    assert "burst" not in signals_of(event, replace(busy, last_ms=40 * 86_400_000))
    assert "burst" not in signals_of(event, replace(busy, branded_last=("a",)))
    assert "burst" not in signals_of(listing("女鞋"), busy)
    assert MAX_BRANDED >= 3


# --- packs


@pytest.mark.parametrize(
    ("title", "count"),
    [
        ("口红 5支装", 5),
        ("口红 买1送4", 5),
        ("口红 x6 礼盒", 6),
        ("面霜 三瓶装", 3),
        ("socks 10 pairs", 10),
        ("四件套 床单", 1),
        ("钱包 x47-w4", 1),
        ("口红 3.5g", 1),
        ("iphone 12", 1),
    ],
)
def test_articles_for_the_price(title: str, count: int) -> None:
    assert pieces(title) == count


def test_the_price_of_a_pack_is_for_all_of_it() -> None:
    assert "price_floor" not in signals_of(listing("维摩拉 口红", price="1500"))
    packed = signals_of(listing("维摩拉 口红 一箱10支装", price="1500"))["price_floor"]
    assert packed.strength >= 0.7
    assert "10 for the price" in packed.fact


@pytest.mark.parametrize(("price", "decision"), [("540", "hold"), ("750", "allow")])
def test_little_more_than_half_of_the_floor_is_held(price: str, decision: str) -> None:
    event = listing("维摩拉 手提包", price=price, category=BAGS)
    side = side_of((replace(BRANDS[0], authorised_sellers=(), gated=False),))
    views = listing_views(event, side.registry)
    found = [detector.detect(event, views, None, None, side) for detector in DETECTORS]
    assert rule_on(tuple(signal for signal in found if signal is not None), side.rulebook).decision == decision


# --- category


def test_a_handbag_among_novels() -> None:
    signal = signals_of(listing("Velmora 真皮手提包 女 大容量单肩包", category=BOOKS))["category_mismatch"]
    assert (signal.field, signal.quote, signal.brand_id) == ("category", "出版物/图书/小说", "velmora")
    assert decided(listing("维摩拉 真皮手提包 女", category=BOOKS)) == "hold"
    assert decided(listing("维摩拉 真皮手提包 女 送礼", category=BOOKS)) == "hold"  # a present, and nothing that comes along


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Velmora 真皮手提包 女", BAGS),
        ("Velmora 传记 一个品牌的历史", BOOKS),
        ("真皮手提包 女 大容量单肩包", BOOKS),
        ("Velmora 真皮手提包 女", ()),
        ("Velmora 真皮手提包 女", ("箱包皮具", "女包")),
        ("买小说送Velmora手提包", BOOKS),
        ("Velmora 智能手表", BOOKS),  # a device
        ("Polo Klubba 摄影集", BOOKS),  # a maker's name is no shirt
        ("Polo Velmora 蓝牙耳机 男", ("手机", "手机配件")),
    ],
)
def test_what_stands_where_it_belongs(title: str, category: tuple[str, ...]) -> None:
    assert "category_mismatch" not in signals_of(listing(title, category=category))


def test_the_model_of_goods_knows_nouns() -> None:
    assert class_of("2026新款 女士 真皮手提包 黑色") == "bags"
    assert class_of("wireless earbuds with case") == "audio"
    assert class_of("") is None
    assert class_of("qwrtz 12345") is None
    found = group_of("男士 机械表 钢带")
    assert found is not None
    assert found[0] == "wear"
    assert len(set(CLASSES)) == len(CLASSES)


# --- accessory cover


@pytest.mark.parametrize(
    ("title", "description", "strength"),
    [
        ("适用于Velmora 手提包 女 大容量", "", 0.5),
        ("适用于Velmora 手提包 女 大容量 配盒子 小票", "", 0.6),
        ("适用于Velmora 女 大容量", "手提包本身 不是配件", 0.8),
        ("适用于Velmora 手提包肩带 包带", "", None),
        ("适用于Velmora 防尘罩", "", None),
        ("Velmora 手提包 女", "", None),
        ("适用于手提包 收纳", "", None),
    ],
)
def test_the_article_as_an_accessory(title: str, description: str, strength: float | None) -> None:
    signal = signals_of(listing(title, description, category=BAGS)).get("accessory_cover")
    assert (signal.strength if signal is not None else None) == strength


# --- relisted


def test_a_stopped_title_comes_back_in_another_order() -> None:
    offline = Offline(BRANDS)

    def judged(listing_id: str, title: str, seller_id: str = "s") -> set[str]:
        event = replace(listing(title, seller_id=seller_id), listing_id=listing_id, revision=1, event_id=listing_id)
        _, decisions = offline.judge(_encoded(event))
        return {signal.name for signal in decisions[-1].signals}

    words = "Nikora 女鞋 真皮单鞋 粗跟 尖头 显瘦 百搭 通勤 2026新款 黑色 38码"
    judged("l-1", f"{words} 高仿")
    assert "relisted" in judged("l-2", " ".join(reversed(words.split())))
    assert "relisted" not in judged("l-3", "Nikora 凉鞋 坡跟 露趾 夏季 白色 37码 防滑 软底")
    assert "relisted" not in judged("l-4", words, seller_id="another")


def _encoded(event: ListingPublished) -> bytes:
    return msgspec.json.encode(event)
