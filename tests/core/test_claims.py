"""Goal: what sellers of copies say is heard in words nobody listed, and the same words in their harmless sense are left in peace.

Method: guilty and innocent listings of invented brands for each class of claim and each language; every phrase of the tables, also dressed up
by rules that the tables do not share (separators, width, other alphabets); how weak claims add up; the tables read strictly; on real titles the
share that any claim could hold.
Blind spot: guilty listings are made by hand and by rule, so recall on real counterfeits is not measured. No native speaker has read the
phrases of `world.toml`.
"""

from __future__ import annotations

import gzip
from itertools import islice

import msgspec
import pytest

from screener.contracts import Brand, ListingEdited, ListingPublished, Signal
from tests.core.test_detectors import DATA, listing, ruling_of, side_of, signals_of

SAID = ("replica_slang", "denied_original", "coded_hint")


def said(title: str, description: str = "", seller_id: str = "shop-1") -> dict[str, Signal]:
    found = signals_of(listing(title, description, category=(), seller_id=seller_id))
    return {name: signal for name, signal in found.items() if name in SAID}


# --- each class, guilty and innocent


GUILTY = {
    "grades nobody listed": ["Velmora SA货 包", "Velmora 3A+货 鞋", "Velmora 臻仿 手表 原单", "Velmora high quality rep", "designer dupe Velmora"],
    "graded copy": ["Velmora 顶级仿 女包", "Velmora 神仿 女包", "Velmora 品质仿货", "极品仿 手表"],
    "grade A": ["Velmora 顶级A货 包", "5A货 手表", "Velmora 原版a货"],
    "re-cut": ["Velmora 纯原复刻 鞋", "Velmora 天花板级复刻", "Velmora 高端复刻 鞋"],
    "ratio": ["Velmora 1:1 女包", "Velmora 一比一 女包", "Velmora 1比1 女包", "Velmora 壹比壹高仿", "Velmora 一:一 女包"],
    "town": ["莆田 Velmora 运动鞋", "Velmora 华强北版 耳机", "Velmora 站西货 手表", "Velmora 运动鞋 莆系"],
    "workshop": ["Velmora VS厂 手表", "LJR批次 Velmora 鞋", "Velmora H12纯原 鞋", "Velmora PK batch shoes"],
    "moulds": ["Velmora 原版皮 原厂五金", "Velmora 真标 半码 鞋", "Velmora 纯原版 鞋"],
    "channel": ["Velmora 保税区扣货 女包", "Velmora 免税店渠道 女包", "Velmora 工厂流出 女包", "Velmora 代工厂私货 女包"],
    "likeness": ["Velmora 95%还原 女包", "Velmora 还原度 99% 鞋"],
    "parity": [
        "Velmora 专柜同款同材质 女包",
        "Velmora 媲美专柜 女包",
        "Velmora 与正品无异 女包",
        "Velmora same as original bag",
        "Velmora indistinguishable from authentic",
    ],
    "inspection": [
        "Velmora 支持得物鉴定 女包",
        "Velmora 随便拿专柜对比",
        "Velmora 可过专柜 女包",
        "Velmora 闭眼过得物 鞋",
        "Velmora 自由出入专柜",
        "Velmora passes legit check",
    ],
    "halves": ["Velmora 公司纟及 女包", "Velmora 米青亻方 女包", "Velmora 市面顶纟及片反本 女包", "Velmora 同厂同纟戋 女包"],
    "denial": [
        "Velmora 非专柜正品 女包",
        "女包 不议真假",
        "Velmora 追求正品请绕道",
        "Velmora bag, not authentic",
        "Velmora bag not original but nice",
    ],
    "hint": [
        "Velmora 行家自鉴 女包",
        "Velmora 闭眼入 女包",
        "Velmora 配防尘袋 小票 女包",
        "Velmora 手提包本体 非配件",
        "Velmora 懂的来 女包",
        "Velmora 女包 细节私聊",
        "Velmora bag iykyk dm for brand",
    ],
    "hidden brand": ["女包 实物有标 懂的来", "女包 到手有logo 专柜品质", "bag hidden link same as original"],
    "english": [
        "Velmora top quality rep",
        "Velmora dupe bag",
        "Velmora master clone",
        "Velmora AAA+ bag",
        "Velmora first copy watch",
        "Velmora ua batch",
    ],
    "spanish": ["Velmora réplica exacta", "Velmora imitación de bolso", "Velmora no es original", "Velmora calidad espejo"],
    "portuguese": ["Velmora primeira linha bolsa", "Velmora réplica perfeita", "Velmora não é original"],
    "french": ["Velmora contrefaçon sac", "Velmora copie conforme", "Velmora qualité miroir", "Velmora pas authentique"],
    "german": ["Velmora Fälschung Tasche", "Velmora Nachahmung Tasche", "Velmora Tasche kein Original"],
    "italian": ["Velmora borsa falso d'autore", "Velmora copia perfetta", "Velmora borsa non originale"],
    "russian": ["Velmora реплика сумка", "Velmora люкс копия", "Velmora сумка не оригинал", "Velmora сумка 1 в 1", "Velmora подделки"],
    "turkish": ["Velmora çakma çanta", "Velmora birebir kopya", "Velmora orijinal değil"],
    "arabic": ["Velmora هاي كوبي حقيبة", "Velmora درجة أولى حقيبة", "Velmora تقليد", "Velmora غير أصلي"],
    "japanese": ["Velmora スーパーコピー", "Velmora ﾚﾌﾟﾘｶ バッグ", "Velmora N級品", "Velmora 正規品ではありません"],
    "korean": ["Velmora 미러급 가방", "Velmora 레플리카 가방", "Velmora 정품 아님"],
    "thai": ["Velmora กระเป๋า งานเทียบแท้", "Velmora ก๊อปเกรดเอ", "Velmora ไม่ใช่ของแท้"],
    "vietnamese": ["Velmora túi hàng fake", "Velmora siêu cấp like auth", "Velmora không phải hàng chính hãng"],
    "indonesian": ["Velmora tas kw super", "Velmora barang tiruan", "Velmora bukan original"],
}


@pytest.mark.parametrize("title", [title for titles in GUILTY.values() for title in titles])
def test_the_guilty_are_held(title: str) -> None:
    assert said(title)
    assert ruling_of(listing(title, category=())).decision in ("hold", "block")


INNOCENT = {
    "jade": ["翡翠A货手镯 Velmora", "缅甸天然翡翠 A货 玉佩 Velmora", "Velmora A货架 仓储"],
    "lifelike": [
        "高仿真绿萝 假花 Velmora",
        "高仿真恐龙模型 儿童玩具 Velmora",
        "Velmora 高仿皮草 背心",
        "精仿宣纸 书法 Velmora",
        "吊顶仿石纹 Velmora",
    ],
    "scale": [
        "Velmora 1:1 微距镜头",
        "Velmora 100mm macro lens 1:1 grey",
        "artificial orchid, replica plant that looks real",
        "1:1 比例 Velmora 车模",
        "Velmora 清洁剂 1:100 稀释",
        "Velmora 一比一 兑水",
        "Velmora 11 寸 110cm",
        "Velmora 1B1",
    ],
    "town": ["莆田桂圆干 Velmora", "福建莆田 枇杷 Velmora", "华强北路 Velmora 店", "广州 站西路 酒店 Velmora"],
    "reissue": ["Velmora 官方复刻", "黑胶唱片 复刻版 Velmora", "Velmora 复刻 高达模型", "Velmora 30周年复刻版", "游戏机 复刻 Velmora"],
    "model": [
        "replica model car Velmora",
        "Velmora replica jersey",
        "museum replica coin Velmora",
        "replica dinosaur skull",
        "airsoft replica gun Velmora",
    ],
    "model abroad": [
        "réplique miniature Velmora",
        "maqueta réplica barco Velmora",
        "Velmora レプリカ ユニフォーム",
        "Velmora 레플리카 유니폼",
        "модель копия танка Velmora",
    ],
    "copies": [
        "Velmora first copy signed hardcover book",
        "copy paper A4 Velmora",
        "Velmora printer scanner copy fax",
        "コピー用紙 Velmora",
        "fotocopia papel Velmora",
    ],
    "clones": ["hard drive clone dock Velmora", "Velmora disk clone software", "门禁卡 复制 Velmora"],
    "mirrors": ["bathroom mirror quality glass Velmora", "Velmora wall mirror"],
    "dupes": ["dupe hair tie Velmora", "Velmora hair dupe"],
    "sorted": [
        "Velmora AAA quality battery",
        "AAA batteries Velmora 24 pack",
        "freshwater pearl AAA quality",
        "AAA+ pearl necklace Velmora",
        "AAA video game Velmora",
    ],
    "gym": ["gym 12 reps set Velmora", "sales rep Velmora badge", "Velmora repair kit", "Velmora rep counter fitness"],
    "under armour": ["Under Armour UA hoodie Velmora", "安德玛 UA 卫衣 Velmora", "Velmora dual plug"],
    "graded honestly": [
        "Velmora high quality fake eyelashes",
        "top quality fake plants Velmora",
        "high rep dumbbell set Velmora",
        "Velmora perfect copy paper",
    ],
    "letters and goods": ["Velmora DHL货运", "DJS 货到付款 Velmora", "翡翠B货 手镯 Velmora", "Velmora 模仿 秀", "Velmora AAA级密度板"],
    "artificial": ["Velmora fake fur coat", "fake eyelashes Velmora", "imitation pearl earrings Velmora", "Velmora 仿皮沙发", "faux plants Velmora"],
    "vintage": ["bootleg jeans Velmora", "inspired by nature Velmora", "small batch bourbon Velmora", "Velmora 新批次 奶粉"],
    "against copies": [
        "拒绝高仿 Velmora",
        "谨防假冒 Velmora",
        "拒绝“山寨” Velmora",
        "Velmora not a replica",
        "Velmora no fakes",
        "Velmora counterfeit money detector",
    ],
    "money back": ["Velmora 假一赔十 非正品包退", "Velmora 如非正品全额退款", "if not authentic full refund Velmora", "Velmora 未经授权不得转载"],
    "spare parts": ["non original battery Velmora compatible", "compatible charger Velmora not original", "Velmora 原厂配件", "Velmora OEM厂家"],
    "orders and shoes": ["订单号 原单号 Velmora", "还原单反 Velmora", "坡跟单鞋 Velmora", "Velmora 微单 镜头"],
    "pure": ["Velmora 纯原木家具", "Velmora 纯原味 麦片", "Velmora 精纺羊毛", "Velmora 超A气场 外套"],
    "likeness": ["Velmora 显示器 99%还原色彩", "Velmora 100%棉", "Velmora 粉底 还原肤色"],
    "words put together by chance": [
        "Velmora 极人 方领背心",
        "Velmora 米 青亻 方",
        "Velmora 带发票 全国联保",
        "Velmora 专柜同步 童鞋",
        "Velmora 智能验钞机",
    ],
    "no brand": ["女包 配防尘袋 支持专柜鉴定", "女包 闭眼入 不解释"],
    "hints": ["好吃你懂的 Velmora 零食", "Velmora custom mug logo included", "Velmora 手机 到手价 全新"],
    "machines": ["Velmora G80-GF5 微波炉", "Velmora ES60H-UA 热水器", "35 kW Velmora motor", "KW-trio Velmora 打孔机", "Velmora class a amplifier"],
}


@pytest.mark.parametrize("title", [title for titles in INNOCENT.values() for title in titles])
def test_the_innocent_are_left_in_peace(title: str) -> None:
    assert said(title) == {}


def test_one_weak_word_beside_a_brand_is_looked_at_and_blocks_nothing() -> None:
    """Of 108,714 real titles six have one beside a protected brand: a person can look at that many."""
    for title in (
        "Velmora 复刻 女包",
        "Velmora 原单 女包",
        "Velmora 专柜品质",
        "Velmora 平替",
        "Velmora 介意勿拍",
        "Velmora inspired bag",
        "Velmora overrun",
    ):
        assert said(title), title
        assert ruling_of(listing(title, category=())).decision == "hold", title
        assert ruling_of(listing(title.replace("Velmora", ""), category=())).decision == "allow", title


def test_without_a_brand_a_doubtful_word_says_nothing() -> None:
    for title in ("复刻 女鞋", "原单 T恤", "莆田 运动鞋", "dupe bag", "高访 女包", "媲美专柜 女包"):
        assert said(title) == {}, title


def test_the_brands_own_seller_may_speak_of_its_reissue_but_not_of_copies() -> None:
    assert said("Velmora 复刻 原单", seller_id="shop-official") == {}
    assert said("Velmora 高仿", seller_id="shop-official").keys() == {"replica_slang"}


def test_a_brand_that_is_called_like_a_claim_is_only_named() -> None:
    side = side_of((Brand(brand_id="ua", name="Overrun Works", aliases=("UA Works",)),))
    assert signals_of(listing("UA Works jacket"), side=side).keys() <= {"protected_brand"}
    assert "replica_slang" in signals_of(listing("UA Works jacket ua"), side=side)


# --- together


def test_weak_claims_of_different_kinds_add_up_and_name_each_other() -> None:
    alone, both = said("Velmora 复刻 女包")["replica_slang"], said("Velmora 复刻 原单 女包")["replica_slang"]
    assert (alone.strength, both.strength) == (0.35, 0.545)  # 1 - 0.65 * 0.7
    assert (both.quote, both.fact) == ("复刻", '"复刻" is what sellers of copies write; beside it: 原单')
    assert said("Velmora 原单 尾单")["replica_slang"].strength == 0.3  # one kind says it once


def test_two_weak_claims_hold_and_only_many_block() -> None:
    assert said("Velmora 莆田 过验货")["replica_slang"].strength == 0.75
    assert ruling_of(listing("Velmora 莆田 过验货", category=())).decision == "hold"
    assert said("Velmora 莆田 复刻 过验货 1:1")["replica_slang"].strength == 0.85
    assert ruling_of(listing("Velmora 莆田 复刻 过验货 1:1", category=())).decision == "block"


def test_a_title_that_talks_shop_needs_no_brand() -> None:
    assert "replica_slang" in said("莆田 复刻 过验货 运动鞋")
    assert "replica_slang" not in said("莆田 复刻 运动鞋")
    assert "replica_slang" not in said("运动鞋", "莆田 复刻 过验货")  # a long description says many things


def test_title_and_description_are_heard_together() -> None:
    signal = said("Velmora 原单 女包", "1:1 开模")["replica_slang"]
    assert (signal.field, signal.quote) == ("description", "1:1")
    assert signal.strength > 0.5


# --- real titles


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data with real listings is not here")
def test_claims_hold_next_to_no_real_title() -> None:
    brands = tuple(msgspec.json.decode(line, type=Brand) for line in (DATA / "brands.jsonl").read_bytes().splitlines())
    side = side_of(brands)
    decoder = msgspec.json.Decoder(ListingPublished | ListingEdited)
    strong = rows = 0
    with gzip.open(DATA / "listings-b2c.jsonl.gz") as lines:
        for event in map(decoder.decode, islice(lines, 3, 60_000, 6)):
            found = signals_of(event, side=side)
            strong += any(name in found and found[name].strength >= 0.5 for name in SAID)
            rows += 1
    assert rows == 10_000
    assert strong <= 3  # measured with these tables: 0 of 108,714 titles
