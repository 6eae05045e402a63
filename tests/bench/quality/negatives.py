"""Hard negatives: innocent listings that look like attacks. Constructed, seeded; the kinds are from what real titles are full of.

Sellers are ordinary shops that no brand named, unless the kind says otherwise; prices are honest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from tests.bench.quality import negatives_plain
from tests.bench.quality.cases import Brands, HardNegative, listing
from tests.bench.quality.goods import LINES, counter_price
from tests.bench.quality.negatives_plain import Kind, one
from tests.bench.quality.scene import Scene

LISTINGS: Final = 60
"""Of each kind in a full run: with some thirty kinds two percent of all are thirty-six listings."""


def _branded(kind: str, *patterns: str, goods: tuple[str, ...] = (), category: str = "", price: float | None = None, condition: str = "new") -> Kind:
    """A kind whose titles name a brand. `price` is a share of the counter price; without `category` the goods are the brand's own."""

    def negatives(scene: Scene) -> Iterator[HardNegative]:
        while True:
            maker, other = scene.maker(scene.brands.in_category(*goods) if goods else None), scene.maker()
            line = scene.line(maker)
            named = {"name": scene.name(maker), "other": scene.name(other), "full": scene.titled(maker, scene.name(maker))[0]}
            goods_are = {"noun": scene.chance.choice(line.zh), "noun_en": scene.chance.choice(line.en), "trait": scene.chance.choice(line.traits)}
            numbers = {"n": str(scene.chance.randrange(100, 9999)), "m": str(scene.chance.randrange(2, 60))}
            text = scene.say(*patterns, **named, **goods_are, **numbers)
            if category:
                asked: float | None = round(scene.chance.uniform(15, 120))
            else:
                asked = round(counter_price(scene.chance, line, maker) * price) if price else None
            yield one(scene, text, category or "/".join(line.category), asked, maker, condition=condition)

    negatives.__name__ = kind
    return negatives


def own_reissue(scene: Scene) -> Iterator[HardNegative]:
    """An authorised seller offers the brand's own re-edition of an old model."""
    among = scene.brands.with_authorised()
    while True:
        maker = scene.maker(among)
        text, line = scene.titled(maker, scene.name(maker))
        pitch = scene.say("[经典|元年|OG|]复刻[版|款|系列|]", "1:1还原 [80年代|初代] 复刻", "官方复刻 限量")
        price = counter_price(scene.chance, line, maker)
        yield one(scene, scene.join(text, pitch), "/".join(line.category), price, maker, seller=scene.chance.choice(maker.authorised_sellers))


def authorised_gated(scene: Scene) -> Iterator[HardNegative]:
    """A gated brand at the seller that it named."""
    among = scene.brands.with_gate()
    while True:
        maker = scene.maker(among, gated=True)
        text, line = scene.titled(maker, scene.name(maker))
        price = counter_price(scene.chance, line, maker)
        photos = [scene.chance.choice(maker.photos)] if maker.photos else []
        yield one(scene, text, "/".join(line.category), price, maker, seller=scene.chance.choice(maker.authorised_sellers), photos=photos)


def honest_edit(scene: Scene) -> Iterator[HardNegative]:
    """A brand's goods, and then a better price or a clearer title."""
    while True:
        maker, seller = scene.maker(), scene.seller()
        text, line = scene.titled(maker, scene.name(maker))
        price = counter_price(scene.chance, line, maker)
        events = [listing(seller, "l-1", text, category=line.category, price=price)]
        better = scene.chance.choice((text + " 现货", text + " 包邮", "【特惠】" + text, text.replace("新款", "夏季新款")))
        events.append(listing(seller, "l-1", better, revision=2, minutes=600, category=line.category, price=price * scene.chance.uniform(0.75, 1.1)))
        yield HardNegative(kind=scene.family, events=tuple(events), brand_id=maker.brand_id)


def opening_day(scene: Scene) -> Iterator[HardNegative]:
    """A new shop of one brand puts up its stock within a morning."""
    while True:
        maker, seller = scene.maker(), scene.seller()
        events, minutes = [], 0.0
        for number in range(scene.chance.randrange(15, 31)):
            text, line = scene.titled(maker, scene.name(maker))
            minutes += scene.chance.uniform(4, 12)
            events.append(
                listing(seller, f"l-{number}", text, minutes=minutes, category=line.category, price=counter_price(scene.chance, line, maker))
            )
        yield HardNegative(kind=scene.family, events=tuple(events), brand_id=maker.brand_id)


def namesake(scene: Scene) -> Iterator[HardNegative]:
    """A small brand whose name is like a big one's: a syllable more, another ending, a character more."""
    while True:
        maker = scene.maker()
        line = scene.chance.choice(LINES)
        name = scene.chance.choice(maker.latin + maker.han)
        near = (
            scene.chance.choice((f"{name}ia", f"{name}land", f"{name[: len(name) // 2 + 1]}ora{name[len(name) // 2 + 1 :]}", f"San{name.lower()}"))
            if name.isascii()
            else scene.chance.choice((f"{name}家坊", f"小{name}仔", name[0] + scene.chance.choice("尚佳美优乐") + name[-1]))
        )
        yield one(scene, scene.titled(maker, near)[0], "/".join(line.category), counter_price(scene.chance, line))


def bargain_pack(scene: Scene) -> Iterator[HardNegative]:
    """Samples and part fillings of a brand's cosmetics, honestly called so, at a small price."""
    among = scene.brands.in_category("个护化妆")
    while True:
        maker = scene.maker(among)
        text, line = scene.titled(maker, scene.name(maker))
        size = scene.say("[小样|中样|试用装|旅行装|体验装] [2ml|5ml|7ml|0.9g]", "分装 [2ml|3ml|5ml] [试香|试色]", "[1.5ml|2ml]试管[香水小样|]")
        yield one(
            scene, scene.join(text, size), "/".join(line.category), counter_price(scene.chance, line, maker) * scene.chance.uniform(0.05, 0.2), maker
        )


_ACCESSORY = "手机/手机配件/手机保护套"

KINDS: Final[Mapping[str, Kind]] = {
    kind.__name__: kind
    for kind in (
        *negatives_plain.KINDS,
        _branded(
            "accessory_fits",
            "[适用|适用于|适配|兼容]{name}{of}[保护套|贴膜|表带|挂绳|清洁刷|内胆包] [硅胶|真皮|透明] {n}",
            "[for|fits|compatible with] {name} [case|strap|charger|filter] {n}",
            "{name}[专用|可用|通用][保护壳|表带|收纳盒|滤网] 非原厂 第三方",
            "{n} [钢化膜|保护壳] 适用{name}{m}",
            category=_ACCESSORY,
        ),
        _branded("plain_resale", "{full}", price=0.95),
        _branded("genuine_claims", "{full} [正品|专柜正品|支持验货|假一赔十]", price=0.9),
        _branded(
            "used_honest",
            "[二手|闲置|自用]{of} {name} {noun} [95新|9成新|8成新|有使用痕迹] [可小刀|尺码不合出]",
            "{name} {noun} 自用闲置 {trait} [转让|出] {n}",
            price=0.42,
            condition="used",
        ),
        _branded(
            "comparison",
            "[{name}和{other}|{name}还是{other}] [怎么选|对比评测] 选购指南",
            category="出版物/图书/生活",
        ),
        _branded(
            "book_about_brand",
            "《[解密|走近|读懂]{name}：[一个品牌的百年|设计之路|商业传奇]》 [精装|平装] 正版图书",
            "{name} [传|品牌史|图鉴] [中文版|英文原版] ISBN {n}",
            "[正版]{of}{name}：从[作坊|小店]到世界 书籍",
            category="出版物/图书/管理",
        ),
        _branded(
            "anti_fake_words",
            "{full} [拒绝高仿|非高仿|不是A货|远离假货] [正品|专柜正品]",
            "{name} {noun} [真假对比|如何鉴别高仿] [鉴定服务|教程]",
            price=0.95,
        ),
        _branded(
            "repair_service",
            "{name}[维修|清洗|保养|换电池|补色|鉴定]服务 [门店|寄修] {noun}",
            "{name}{noun} [配件|扣子|拉链头|鞋带|表耳] 更换",
            category="本地生活/服务",
        ),
        _branded(
            "round_dial",
            "{name} {noun} [复古|经典]款 1:1[正圆|方形]表盘 {n}",
            "{name} {noun} 1:1[比例|实拍] {trait} {n}",
            goods=("手表",),
            price=0.95,
        ),
        _branded(
            "a_line_skirt",
            "{name} [半身裙|连衣裙] 超A[字|型]摆 [显瘦|裙摆] {n}",
            "{name} [大衣|裙子] A[字|版型] [超A|很A]气质 {n}",
            goods=("女装",),
            price=0.95,
        ),
        own_reissue,
        authorised_gated,
        honest_edit,
        opening_day,
        namesake,
        bargain_pack,
    )
}


def negatives(brands: Brands, seed: int, count: int = LISTINGS) -> Iterator[HardNegative]:
    """`count` hard negatives of each kind, one kind after another."""
    for kind, make in KINDS.items():
        yield from islice(make(Scene(brands, kind, seed)), count)
