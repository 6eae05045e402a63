"""Goal: each detector fires on its own kind of evidence, points at the seller's own characters, and leaves look-alikes of it in peace.

Method: tables of guilty and innocent listings of invented brands; the same signals under any hash seed; the alarm rate of detectors and policy on
real listings of ordinary shops (an upper bound of the false-alarm rate: a few of them may be unlabelled fakes).
Blind spot: recall on real counterfeits is not measured; there are no labelled ones.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib import resources
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.contracts import Brand, InForce, ListingContent, ListingEdited, ListingPublished, Money, PriceFloor, Signal
from screener.judge.detectors import DETECTORS
from screener.judge.fingerprint import comparable_title, title_fingerprint
from screener.judge.listing import ListingState
from screener.judge.listing_views import listing_views
from screener.judge.policy import Ruling, rule_on
from screener.judge.registry import compile_registry
from screener.judge.rulebook import parse_rulebook
from screener.judge.seller import MICRO, STRIKE_HALF_LIFE_MS, Decayed, SellerState
from screener.judge.side import Side
from screener.judge.views import MAX_VIEWED_CHARACTERS, views_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

BRANDS = (
    Brand(
        brand_id="velmora",
        name="Velmora",
        aliases=("维摩拉",),
        authorised_sellers=("shop-official",),
        price_floors=(PriceFloor(category=("beauty",), currency="CNY", amount="100"),),
    ),
    Brand(brand_id="nikora", name="Nikora", aliases=("尼可拉丝",)),
    Brand(brand_id="mango", name="Mango", aliases=("芒果",)),
)


def side_of(brands: tuple[Brand, ...]) -> Side:
    in_force = InForce(offset=0, version="test")
    text = (resources.files("screener.judge") / "rulebook.toml").read_text(encoding="utf-8")
    return Side(registry=compile_registry(brands), registry_in_force=in_force, rulebook=parse_rulebook(text), rulebook_in_force=in_force)


SIDE = side_of(BRANDS)


def listing(
    title: str,
    description: str = "",
    *,
    price: str | None = None,
    category: tuple[str, ...] = ("beauty", "lipstick"),
    condition: str = "new",
    brand: str | None = None,
    seller_id: str = "shop-1",
    currency: str = "CNY",
) -> ListingPublished:
    fields = {
        "event_id": "e",
        "occurred_at": datetime(2026, 1, 1, tzinfo=UTC),
        "listing_id": "l",
        "revision": 2,
        "seller_id": seller_id,
        "title": title,
        "description": description,
        "price": None if price is None else Money(amount=price, currency=currency),
        "category": category,
        "condition": condition,
        "brand": brand,
    }
    return msgspec.convert(fields, ListingPublished)


def signals_of(event: ListingContent, seller: SellerState | None = None, state: ListingState | None = None, side: Side = SIDE) -> dict[str, Signal]:
    views = listing_views(event, side.registry)
    found = [detector.detect(event, views, seller, state, side) for detector in DETECTORS]
    return {signal.name: signal for signal in found if signal is not None}


def ruling_of(event: ListingContent, seller: SellerState | None = None, state: ListingState | None = None, side: Side = SIDE) -> Ruling:
    return rule_on(tuple(signals_of(event, seller, state, side).values()), side.rulebook)


# --- protected_brand


def test_brand_by_an_unauthorised_seller() -> None:
    signal = signals_of(listing("新款 V-E-L-M-O-R-A 口红"))["protected_brand"]
    assert (signal.brand_id, signal.field, signal.quote, signal.strength) == ("velmora", "title", "V-E-L-M-O-R-A", 0.9)
    assert "in disguise" in signal.fact
    assert signals_of(listing("口红", "正品 维摩拉 口红"))["protected_brand"].field == "description"
    assert signals_of(listing("口红", brand="Velmora"))["protected_brand"].field == "brand"


@pytest.mark.parametrize("title", ["新鲜芒果 5斤装", "适用于Velmora手机壳", "compatible with Velmora", "普通口红", "overvelmoras"])
def test_no_brand_is_named(title: str) -> None:
    assert "protected_brand" not in signals_of(listing(title))


def test_an_authorised_seller_may_name_the_brand() -> None:
    assert signals_of(listing("Velmora 高仿 1:1", price="1", seller_id="shop-official")).keys() == {"replica_slang"}
    assert signals_of(listing("Velmora Nikora", seller_id="shop-official"))["protected_brand"].brand_id == "nikora"


# --- replica_slang


@pytest.mark.parametrize(
    ("title", "quote"),
    [
        ("Velmora 高仿 包包", "高仿"),
        ("高★仿 手表", "高★仿"),
        ("高 仿 手表", "高 仿"),
        ("髙仿 手表", "髙仿"),
        ("精仿手表 机械", "精仿"),
        ("超Ａ货 手表", "超Ａ货"),
        ("A货 女包", "A货"),
        ("a.货 女包", "a.货"),
        ("維摩拉 1：1復刻 女包", "1：1復刻"),
        ("Velmora 原單 女包", "原單"),
        ("莆田 Velmora 运动鞋", "莆田"),
        ("Velmora 1∶1 开模", "1∶1"),
        ("Velmora 跟单 女鞋", "跟单"),
        ("Velmora replica bag", "replica"),
        ("handbag mirror quality", "mirror quality"),
        ("Velmora 复刻 女包", "复刻"),
    ],
)
def test_slang_is_quoted_as_written(title: str, quote: str) -> None:
    signal = signals_of(listing(title))["replica_slang"]
    assert signal.quote == quote
    assert signal.span is not None
    assert title[slice(*signal.span)] == quote


@pytest.mark.parametrize(
    "title",
    [
        "翡翠A货手镯 天然冰种",
        "天然玉石吊坠 A货 附证书",
        "高仿真植物 客厅装饰",
        "高仿真花 Velmora",
        "秋冬皮草 高仿兔毛背心",
        "附送精仿宣纸作品",
        "福建莆田联通 手机号卡 Velmora",
        "莆田特产 桂圆干 Velmora",
        "1:1 微距镜头 Velmora",
        "1:1 车模 Velmora 合金",
        "1:18 Velmora 跑车",
        "平跟单鞋 女 Velmora",
        "厚底跟单鞋 维摩拉",
        "还原单反 Velmora",
        "传真）标配双面 Velmora",
        "增高 仿皮 鞋垫",
        "型号 11 Velmora 110cm",
        "1.1寸屏 Velmora",
        "B A货 架",
        "replica model car",
        "VIP会员 货到付款",
        "复刻经典 帆布鞋",  # no brand named: a maker's own reissue
        "原单外贸 T恤",
    ],
)
def test_innocent_senses_of_slang(title: str) -> None:
    assert "replica_slang" not in signals_of(listing(title))


def test_one_innocent_sense_does_not_excuse_another_place() -> None:
    assert signals_of(listing("高仿真花瓶 送 高仿 手表"))["replica_slang"].span == (8, 10)


# --- price_floor


@pytest.mark.parametrize(
    ("price", "condition", "fires"),
    [
        ("100.00", "new", False),
        ("99.99", "new", True),
        ("10", "new", True),
        ("70", "unknown", False),
        ("50", "unknown", True),
        ("45", "used", False),  # second-hand goods are cheap
        ("15", "used", True),
    ],
)
def test_price_against_the_floor_by_condition(price: str, condition: str, fires: bool) -> None:
    found = signals_of(listing("Velmora 口红", price=price, condition=condition))
    assert ("price_floor" in found) is fires


def test_strength_grows_as_the_price_falls() -> None:
    strengths = [signals_of(listing("Velmora 口红", price=price))["price_floor"].strength for price in ("99", "50", "20", "5")]
    assert strengths == sorted(strengths)
    assert strengths[0] < 0.45
    assert strengths[-1] == 0.9


@pytest.mark.parametrize(
    "event",
    [
        listing("Velmora 口红 小样", price="9"),
        listing("Velmora 香水 分装 2ml", price="9"),
        listing("Velmora 口红 中样", price="9"),
        listing("Velmora lipstick sample", price="9"),
        listing("Velmora 补差价 链接", price="1"),
        listing("Velmora 空瓶 回收", price="1"),
        listing("适用于Velmora 口红盒", price="9"),
        listing("普通口红", price="9"),
        listing("Velmora 口红", price="9", currency="EUR"),
        listing("Velmora 女包", price="9", category=("bags",)),
        listing("Velmora 口红", price="9", seller_id="shop-official"),
        listing("Velmora 口红"),
    ],
)
def test_what_is_cheap_for_another_reason(event: ListingPublished) -> None:
    assert "price_floor" not in signals_of(event)


# --- contact_diversion


@pytest.mark.parametrize(
    ("title", "quote"),
    [
        ("看图加v: abc12345", "加v: abc12345"),
        ("微信号：wx_shop88", "微信号：wx_shop88"),
        ("ＶＸ：ａｂ12345", "ＶＸ：ａｂ12345"),
        ("威信 xyz123abc", "威信 xyz123abc"),
        ("v信 abcde888", "v信 abcde888"),
        ("微 信 同号 13812345678", "微 信 同号 13812345678"),
        ("联系QQ123456789 看货", "QQ123456789"),
        ("q.q：1234567", "q.q：1234567"),
        ("whatsapp +86 138 1234 5678", "whatsapp +86 138 1234 5678"),
        ("telegram @shopseller", "telegram @shopseller"),
        ("wechat id: goodshop9", "wechat id: goodshop9"),
        ("wx: myfriends", "wx: myfriends"),
    ],
)
def test_contact_beside_an_account(title: str, quote: str) -> None:
    signal = signals_of(listing(title))["contact_diversion"]
    assert signal.quote == quote
    assert signal.span is not None
    assert title[slice(*signal.span)] == quote


@pytest.mark.parametrize(
    "title",
    [
        "【微信专享】手机壳",
        "电话手表 qq微信 视频通话",
        "机芯 vx12e 石英",
        "打印机 mvx460 电池",
        "奇瑞QQ 2013款 脚垫",
        "QQ币100个 自动充值",
        "微信支付 满100减10",
        "龙威信 XD-105 水壶",
        "QQ糖 500000g",
        "wx-7000 显卡",
        "支持微信 iphone6 plus",
        "微信小程序开发",
        "whatsapp phone 4g",
    ],
)
def test_messengers_without_an_account(title: str) -> None:
    assert "contact_diversion" not in signals_of(listing(title))


# --- memory: edits, strikes, relisting


def allowed_before(title: str, **fields: object) -> ListingState:
    views = views_of(title)
    known: dict[str, object] = {"status": "allowed", "revision": 1, "allowed_category": ("home",), "allowed_price": "20.00 CNY", **fields}
    return msgspec.structs.replace(ListingState(), title=title_fingerprint(views), allowed_title=comparable_title(views), **known)


def test_bait_and_switch_needs_another_title_and_another_sign() -> None:
    before = allowed_before("不锈钢厨房置物架 壁挂式 免打孔")
    switched = signals_of(listing("Velmora 口红 正红色", price="199.00"), state=before)["bait_and_switch"]
    assert switched.strength == 0.9
    assert switched.brand_id == "velmora"
    assert "home became beauty" in switched.fact
    assert "20.00 to 199.00 CNY" in switched.fact
    assert signals_of(listing("纯棉毛巾", category=("home",), price="99"), state=before)["bait_and_switch"].strength == 0.55
    assert ruling_of(listing("Velmora 口红 正红色", price="199.00"), state=before).decision == "hold"


@pytest.mark.parametrize(
    "event",
    [
        listing("不锈钢厨房置物架 壁挂式 免打孔 Velmora", price="199"),  # the old title with more in it
        listing("纯棉毛巾", category=("home",), price="25"),  # another article, but like it in all else
        listing("纯棉毛巾", category=(), price=None),
        listing("纯棉毛巾", category=("home",), price="2000", currency="JPY"),
    ],
)
def test_ordinary_edits_are_no_switch(event: ListingPublished) -> None:
    assert "bait_and_switch" not in signals_of(event, state=allowed_before("不锈钢厨房置物架 壁挂式 免打孔"))
    assert "bait_and_switch" not in signals_of(event, state=ListingState())


def test_a_brand_the_listing_always_named_is_not_new() -> None:
    before = allowed_before("Velmora 置物架", allowed_brands=("velmora",), allowed_category=("beauty",), allowed_price="")
    assert "bait_and_switch" not in signals_of(listing("维摩拉 口红"), state=before)


def test_edits_while_held_grow_in_strength() -> None:
    strengths = [
        signals_of(listing("口红"), state=ListingState(status="held", edits_while_held=edits))["edited_while_held"].strength for edits in range(6)
    ]
    assert strengths == [0.2, 0.4, 0.6, 0.8, 0.8, 0.8]
    assert "edited_while_held" not in signals_of(listing("口红"), state=ListingState(status="allowed", edits_while_held=3))


def test_strikes_decay_with_the_sellers_own_time() -> None:
    def strength(micro: int, age: int) -> float | None:
        seller = SellerState(last_ms=10**12 + age, strikes=Decayed(micro, 10**12))
        signal = signals_of(listing("口红"), seller).get("seller_strikes")
        return None if signal is None else signal.strength

    assert strength(2 * MICRO, 0) == 0.5
    assert strength(6 * MICRO, 0) == 0.75
    assert strength(2 * MICRO, STRIKE_HALF_LIFE_MS) == 0.333333
    assert strength(2 * MICRO, 3 * STRIKE_HALF_LIFE_MS) is None
    assert strength(MICRO // 2 - 1, 0) is None


def test_relisting_of_a_held_title_under_a_new_listing() -> None:
    seller = SellerState(fingerprints=(title_fingerprint(views_of("Velmora 口红 正红色")),))
    again = listing("VELMORA口红·正红色")
    signal = signals_of(again, seller)["relisted"]
    assert signal.quote == again.title
    assert "relisted" in signals_of(again, seller, ListingState(title=b"12345678"))
    own = ListingState(status="held", title=title_fingerprint(views_of(again.title)))
    assert "relisted" not in signals_of(again, seller, own)  # the held listing itself, edited elsewhere
    assert "relisted" not in signals_of(listing("Velmora 口红 粉色"), seller)
    short = SellerState(fingerprints=(title_fingerprint(views_of("女鞋")),))
    assert "relisted" not in signals_of(listing("女鞋"), short)


def test_oversized_text_is_said() -> None:
    signal = signals_of(listing("口红", "啊" * (MAX_VIEWED_CHARACTERS + 1)))["oversized_text"]
    assert signal.field == "description"
    assert "20001" in signal.fact
    assert "oversized_text" not in signals_of(listing("口红", "啊" * MAX_VIEWED_CHARACTERS))


# --- together


@pytest.mark.parametrize(
    ("event", "decision"),
    [
        (listing("Velmora 高仿 口红"), "block"),
        (listing("高仿 手表", "加vx: abc12345"), "block"),
        (listing("Velmora 口红 加vx: abc12345", price="20"), "block"),
        (listing("高仿 手表"), "hold"),
        (listing("莆田 Velmora 运动鞋"), "hold"),
        (listing("Velmora 口红", price="20"), "hold"),
        (listing("口红 加vx: abc12345"), "hold"),
        (listing("Velmora 口红", price="120"), "allow"),
        (listing("Velmora 复刻 女鞋"), "hold"),
        (listing("Velmora 口红", price="90"), "allow"),
        (listing("正品 口红 专柜"), "allow"),
    ],
)
def test_only_strong_evidence_blocks(event: ListingPublished, decision: str) -> None:
    assert ruling_of(event).decision == decision


@given(st.text(max_size=120), st.text(max_size=120), st.sampled_from([None, "0", "0.01", "15", "999999999999999"]))
def test_no_text_breaks_a_detector_and_quotes_are_the_sellers_own(title: str, description: str, price: str | None) -> None:
    event = listing("Velmora " + title, description + " 高仿 vx: abc12345", price=price, brand="维摩拉")
    for signal in signals_of(event, SellerState(), ListingState(allowed_title="12", allowed_price="0 CNY")).values():
        assert 0.0 <= signal.strength <= 1.0
        assert signal.strength == round(signal.strength, 6)
        assert len(signal.quote) <= 200
        assert len(signal.fact) <= 300
        if signal.span is not None:
            text = {"title": event.title, "description": event.description, "brand": event.brand or ""}[signal.field]
            assert text[slice(*signal.span)][:200] == signal.quote


_REPLAY = """
import sys
sys.path.insert(0, {root!r})
from tests.core.test_detectors import BRANDS, listing, signals_of
from screener.judge.fingerprint import comparable_title, title_fingerprint
from screener.judge.version import JUDGE_VERSION
from screener.judge.views import views_of
title = "Nikora 尼可拉丝 V-E-L-M-O-R-A 高仿 原单 1:1 看图加vx: abc12345 芒果 Mango"
found = signals_of(listing(title, title * 30, price="5"))
print(JUDGE_VERSION, title_fingerprint(views_of(title)).hex(), comparable_title(views_of(title * 9)), list(found.items()))
"""


def test_signals_are_the_same_under_any_hash_seed() -> None:
    root = str(Path(__file__).resolve().parents[2])
    answers = []
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-c", _REPLAY.format(root=root)]
        answers.append(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    assert answers[0]
    assert answers[0] == answers[1] == answers[2]


MAX_ALARM_SHARE = 0.003
"""Hold and block together, of listings of ordinary shops: beyond it the task force drowns in holds (measured with these rules: 0.003 %)."""

ROWS = 10_000


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data with real listings is not here")
def test_ordinary_shops_are_left_in_peace() -> None:
    brands = tuple(msgspec.json.decode(line, type=Brand) for line in (DATA / "brands.jsonl").read_bytes().splitlines())
    side = side_of(brands)
    decoder = msgspec.json.Decoder(ListingPublished | ListingEdited)
    with gzip.open(DATA / "listings-b2c.jsonl.gz") as lines:
        events = [decoder.decode(line) for line in islice(lines, 0, 9 * ROWS, 9)]
    decisions = [ruling_of(event, side=side).decision for event in events]
    alarms = len(decisions) - decisions.count("allow")
    assert len(decisions) == ROWS
    assert alarms / len(decisions) < MAX_ALARM_SHARE
