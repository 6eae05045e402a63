"""Held-out attacks whose text may be clean: price, photo, declared brand, category, pack, and who sells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.bench.quality.cases import Attack
from tests.bench.quality.held_out_goods import Scene, Target, chinese, fake_price, name_of, photo, pick, retouched
from tests.bench.quality.held_out_phrases import ending, veiled_claim


def _floored(scene: Scene) -> Target:
    return pick(scene.chance, [target for target in scene.pool if target.has_floor])


def price_only(scene: Scene) -> Attack:
    """Clean words, new, in quantity, the brand declared: at a small part of the floor."""
    chance, target = scene.chance, _floored(scene)
    title = chinese(
        chance, name_of(chance, target.maker), target.kind, chance.choice(("", "正品", "专柜正品", "包邮", "清仓特价", "官方正品 支持验货"))
    )
    brand = chance.choice((*target.maker.latin, *target.maker.han, None))
    event = scene.offer(target, title, description=ending(chance), price=fake_price(chance, target, 0.04, 0.25), brand=brand)
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id, needs=("price_floor",))


def pack_price(scene: Scene) -> Attack:
    """A pack whose total looks like one piece's price: the price of a piece is far below the floor."""
    chance, target = scene.chance, _floored(scene)
    pieces = chance.choice((3, 4, 5, 6, 8, 10, 12))
    unit = {"唇膏、口红": "支", "香水SPA": "瓶", "个护化妆": "瓶", "手表": "块", "运动鞋": "双", "女鞋": "双"}.get(target.path[-1], "件")
    pack = chance.choice(
        (
            f"{pieces}{unit}装",
            f"买1送{pieces - 1} 到手{pieces}{unit}",
            f"整箱{pieces}{unit}",
            f"{pieces}{unit}组合",
            f"正装*{pieces}",
            f"拼团{pieces}{unit}起发一口价",
        )
    )
    title = chinese(chance, name_of(chance, target.maker), target.kind, pack, chance.choice(("全新正装", "", "带盒", "正品")))
    # What the whole pack costs; a piece never more than about a quarter of the floor, a genuine pack never so little.
    price = round(min(target.genuine_price * chance.uniform(0.4, 1.6), target.genuine_price * pieces * 0.28))
    description = f"一份{pieces}{unit}，不拆卖，{ending(chance)}"
    event = scene.offer(target, title, description=description, price=price, attributes={"数量": f"{pieces}{unit}"})
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id, needs=("price_floor",))


def picture_only(scene: Scene) -> Attack:
    """No brand, hardly a word: the photo speaks. It is the brand's own or one of a blocked listing, and the text says so little on purpose."""
    chance = scene.chance
    own = chance.random() < 0.5
    pool = [target for target in scene.pool if target.maker.photos] if own else scene.pool
    target = pick(chance, pool)
    seen = chance.choice(target.maker.photos) if own else photo(chance)
    noun = chance.choice(("包包", "鞋子", "表", "如图", "同款", "新款", "宝贝", "这款", chance.choice(target.kind.nouns)))
    said = chance.choice(
        (
            "看图懂的来",
            "看图 不打字",
            "如图所示 懂自懂",
            "图片款 识货的进",
            "看图下单 多的不说",
            "图上就是 什么牌子自己看",
            "款式看图 备注要哪个",
            "不写名字 看图",
        )
    )
    more = chance.choice(("36-44", "两色", "黑/白", "现货", "秒发", "A款B款", "尺码齐", "1-6号"))
    photos = (retouched(chance, seen, chance.randint(0, 18)), photo(chance))
    event = scene.offer(target, f"{noun} {said} {more}", description="", price=fake_price(chance, target), photos=photos)
    blocked = scene.offer(
        target,
        chinese(chance, name_of(chance, target.maker), target.kind, "高仿"),
        number=9,
        seller=f"{scene.label}-earlier",
        photos=(seen,),
        price=fake_price(chance, target),
    )
    evidence = () if own else (blocked,)
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id, needs=("brand_photos",) if own else ("evidence",), evidence=evidence)


def gated_brand(scene: Scene) -> Attack:
    """New goods of a brand that only its authorised sellers may sell, at a plausible price, by somebody else."""
    chance = scene.chance
    target = pick(chance, [target for target in scene.pool if target.maker.gated])
    title = chinese(chance, name_of(chance, target.maker), target.kind, chance.choice(("", "正品", "专柜购入", "现货", "全新带吊牌")))
    brand = chance.choice((*target.maker.latin, *target.maker.han))
    price = round(target.genuine_price * chance.uniform(1.05, 1.7))
    event = scene.offer(target, title, description=ending(chance), price=price, brand=brand, quantity=chance.choice((3, 10, 40)))
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id, needs=("gated", "authorised_sellers"))


_IMPORTS: Final = (
    "美版|港版|欧版 平行进口|海外代购 小票可查|日本直邮 免税店购入|水货 非国行|韩国免税代购|海淘 保税仓发货|奥莱代购 现货|"
    "意大利买手店 直邮|平行进口 无中文标|境外版 不享国内联保|英国站采购 转运到手"
)


def parallel_import(scene: Scene) -> Attack:
    """Says itself that the goods were bought abroad and not through the brand's sellers, in trading quantity."""
    chance = scene.chance
    target = pick(chance, [target for target in scene.pool if target.maker.authorised_sellers])
    claim = chance.choice(_IMPORTS.split("|"))
    title = chinese(chance, name_of(chance, target.maker), target.kind, claim)
    description = chance.choice(
        (f"{claim}，专柜不保修，{ending(chance)}", f"海外采购，包装无中文标签，{ending(chance)}", "买手团队常驻海外，每周到货，介意国行勿拍。")
    )
    price = round(target.genuine_price * chance.uniform(0.75, 1.15))
    event = scene.offer(target, title, description=description, price=price, brand=chance.choice((*target.maker.latin, *target.maker.han, None)))
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id, needs=("authorised_sellers",))


def declared_brand(scene: Scene) -> Attack:
    """One brand in the title, another or none in the form: `other` keeps the listing out of the brand's check. At a copy's price."""
    chance, target = scene.chance, pick(scene.chance, scene.pool)
    foreign = chance.choice([other for other in scene.brands.makers if other.brand_id != target.maker.brand_id])
    false = chance.choice(("其他", "其他/other", "无品牌", "OEM", "自有品牌", "无", "other", "Unbranded", "厂家定制", *foreign.latin, *foreign.han))
    title = chinese(chance, name_of(chance, target.maker), target.kind, chance.choice(("", "厂家直销", "现货", "工厂直供")))
    attributes = {"品牌": false, "货号": chance.choice(("other/其他", f"A{chance.randrange(1000, 9999)}"))}
    event = scene.offer(target, title, description=ending(chance), brand=false, price=fake_price(chance, target, 0.06, 0.35), attributes=attributes)
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id)


_ELSEWHERE: Final = (
    ("家居家装", "建材"), ("图书", "杂志"), ("家居家装", "五金工具"), ("汽车用品", "清洁"), ("办公文具", "本册"), ("宠物生活", "猫粮"),
    ("家居家装", "清洁用品"),
    ("食品", "休闲零食"), ("农资园艺", "种子"), ("虚拟商品", "服务"), ("家用电器", "五金家装"), ("电脑、软件、办公", "服务产品"),
)  # fmt: skip


def category_mismatch(scene: Scene) -> Attack:
    """Branded goods put where no brand protection looks: among seeds, hardware or services, at a copy's price."""
    chance, target = scene.chance, pick(scene.chance, scene.pool)
    path = chance.choice([path for path in _ELSEWHERE if path not in target.maker.categories])
    title = chinese(chance, name_of(chance, target.maker), target.kind, chance.choice(("", "", "现货", veiled_claim(chance))))
    event = scene.offer(target, title, category=path, description=ending(chance), price=fake_price(chance, target, 0.05, 0.35))
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id)


def accessory_cover(scene: Scene) -> Attack:
    """Said to be a dust bag, a box or laces; description, price and attributes show that the goods themselves are sent, or a kit to dress copies."""
    chance, target = scene.chance, pick(scene.chance, scene.pool)
    name, noun = name_of(chance, target.maker), chance.choice(target.kind.nouns)
    cover = chance.choice(("防尘袋", "包装盒 空盒", "鞋带", "礼品袋手提袋", "收纳盒", "吊牌", "贴膜保护套", "清洁布", "说明书"))
    size = chance.choice(target.kind.traits)
    body = chance.choice(
        (
            f"拍下{cover}，发的是{noun}，{size}，颜色备注。",
            f"链接写{cover}是为了安全，实际到手{noun}一件，{size}。",
            f"{cover}送你，{noun}随单一起发，{veiled_claim(chance)}。",
            f"平台原因只能写{cover}，要{noun}的直接拍，备注款号和{size}。",
            f"全套{name}小票、吊牌、礼盒、芯片卡，配您手上的{noun}以假乱真，可定制购买日期。",
        )
    )
    title = chance.choice(
        (f"适用于{name}{noun}{cover} {size}", f"{name} {cover} {size} 专拍", f"{cover} 适用{name} {size} 全套", f"{name}{noun}配套{cover} 拍前看详情")
    )
    event = scene.offer(target, title, description=body, price=fake_price(chance, target, 0.08, 0.3), attributes={"适用": noun, "规格": size})
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id)


FAMILIES: Final[dict[str, Callable[[Scene], Attack]]] = {
    "price_only": price_only,
    "pack_price": pack_price,
    "picture_only": picture_only,
    "gated_brand": gated_brand,
    "parallel_import": parallel_import,
    "declared_brand": declared_brand,
    "category_mismatch": category_mismatch,
    "accessory_cover": accessory_cover,
}
