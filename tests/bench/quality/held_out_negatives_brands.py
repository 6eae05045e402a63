"""Held-out innocents about registered brands: honest sellers, fitting parts, second-hand goods, samples, promotions, shared photos and texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.bench.quality.cases import HardNegative
from tests.bench.quality.held_out_goods import Scene, Target, chinese, name_of, pick
from tests.bench.quality.held_out_phrases import ending


def authorised(scene: Scene) -> tuple[Target, str]:
    """A target and one of the brand's authorised sellers."""
    target = pick(scene.chance, [target for target in scene.pool if target.maker.authorised_sellers])
    return target, scene.chance.choice(target.maker.authorised_sellers)


def _own(scene: Scene, *extra: str, low: float, high: float, description: str = "", condition: str = "new") -> HardNegative:
    """One listing of an authorised seller in the brand's own name."""
    chance = scene.chance
    target, seller = authorised(scene)
    title = chinese(chance, name_of(chance, target.maker), target.kind, *extra)
    brand = chance.choice((*target.maker.latin, *target.maker.han))
    price = round(target.genuine_price * chance.uniform(low, high))
    event = scene.offer(target, title, seller=seller, brand=brand, price=price, condition=condition, description=description or ending(chance))
    return HardNegative(kind="", events=(event,), brand_id=target.maker.brand_id, needs=("authorised_sellers",))


def own_reissue(scene: Scene) -> HardNegative:
    """The brand's shop sells its own reissue of an old model."""
    year = scene.chance.choice(("1985", "1992", "OG", "元年", "初代"))
    return _own(scene, scene.chance.choice((f"{year}复刻款", "经典复刻", f"复刻{year}配色", "官方复刻 限量", "档案复刻系列")), low=1.05, high=2)


def clearance_sale(scene: Scene) -> HardNegative:
    """The brand's outlet sells deep below the floor, for a day."""
    return _own(scene, scene.chance.choice(("奥莱清仓 断码", "双11预售 到手价", "换季特卖", "限时秒杀", "样品瑕疵特价")), low=0.3, high=0.8)


def warns_of_copies(scene: Scene) -> HardNegative:
    """The brand's shop warns its buyers of copies, with the trade's words."""
    text = scene.chance.choice(
        (
            "近期市面出现高仿、精仿产品，请认准官方旗舰店。",
            "本店为品牌授权店，非A货、非原单，支持专柜验货。",
            "谨防微信低价销售的一比一复刻，官方从不私下交易。",
            "拒绝高仿，假一赔十，可扫防伪码。",
        )
    )
    return _own(scene, scene.chance.choice(("官方正品", "旗舰店", "授权店 假一赔十", "防伪可查")), low=1.05, high=1.6, description=text)


def multi_pack(scene: Scene) -> HardNegative:
    """The brand's shop sells a set at a fair discount per piece."""
    pieces = scene.chance.choice((2, 3, 4))
    return _own(scene, scene.chance.choice((f"{pieces}件套装", f"家庭装{pieces}件", f"礼盒{pieces}件")), low=1.1 * pieces, high=1.3 * pieces)


_COSMETICS: Final = ("唇膏、口红", "香水SPA", "个护化妆")
_WORKS: Final = {
    "手表": "保养洗油|换电池|抛光翻新|真假鉴定 出证书|换表蒙",
    "女包": "清洗护理|补色翻新|换拉链|真假鉴定 出证书|换内里",
    "男包": "清洗护理|补色|五金重镀",
    "功能箱包": "换轮子|修拉杆|换密码锁",
    "运动鞋": "清洗去黄|换底补胶|真假鉴定",
    "女鞋": "换跟掌|改色翻新|清洗护理",
    "户外服饰": "干洗补绒|换拉链|补洞",
    "手机通讯": "换屏|换电池|主板维修",
}
_PARTS: Final = {
    "手表": "表带 22mm 针扣|表盒 收纳|钢化表膜 2片|表冠 维修配件",
    "时尚影音": "硅胶保护套|耳机套 海绵耳罩|充电线 1米|收纳包",
    "手机通讯": "手机壳 透明|钢化膜 2片装|充电器 30W|镜头膜",
    "个护保健": "替换刷头 4支|风嘴 顺滑|滤网 2个|收纳支架",
    "女包": "包包内胆 整理|包带改造 链条 非原装|防尘罩 透明|支撑枕",
    "男包": "包包内胆|肩带 替换",
    "运动鞋": "鞋带 圆形 120cm|鞋垫 缓震|鞋盾 防折痕|鞋刷 清洁套装",
    "功能箱包": "箱套 防尘保护套|万向轮 替换|密码锁 配件",
}


def fitting_part(scene: Scene) -> HardNegative:
    """An accessory that says which brand's goods it fits, in its own category, at its own price."""
    chance = scene.chance
    target = pick(chance, [target for target in scene.pool if target.path[-1] in _PARTS])
    part = chance.choice(_PARTS[target.path[-1]].split("|"))
    name = name_of(chance, target.maker)
    title = chance.choice(
        (
            f"适用于{name}{part}",
            f"{part} 适用{name} 第三方",
            f"兼容{name} {part} 国产",
            f"{part} 适配 {name} 非原厂",
            f"{part} compatible with {name}",
        )
    )
    path = (target.path[0], f"{target.path[-1]}配件")
    text = f"本品为第三方配件，与{name}无关，{ending(chance)}"
    event = scene.offer(target, title, category=path, price=chance.uniform(9, 69), brand=chance.choice((None, "乐配", "其他")), description=text)
    return HardNegative(kind="", events=(event,), brand_id=target.maker.brand_id)


def second_hand(scene: Scene) -> HardNegative:
    """One worn piece of a private seller, its faults told, at a second-hand price."""
    chance, target = (
        scene.chance,
        pick(scene.chance, [target for target in scene.pool if not target.maker.gated and target.path[-1] not in _COSMETICS]),
    )
    state = chance.choice(("95新", "8成新", "闲置", "九成新 自用", "用过两次", "吃灰转让"))
    title = " ".join((state, name_of(chance, target.maker), chance.choice(target.kind.nouns), *chance.sample(target.kind.traits, 2)))
    text = chance.choice(
        (
            "前年专柜买的，购物小票还在，右侧有轻微划痕，见图。",
            "搬家清理，功能完好，边角磨损，不退不换。",
            "朋友送的不合适，去年的款，有使用痕迹，介意勿拍。",
            "可走平台鉴定，不过包退。",
        )
    )
    price = round(target.genuine_price * chance.uniform(0.3, 0.75))
    event = scene.offer(target, title, condition="used", quantity=1, price=price, description=text)
    return HardNegative(kind="", events=(event,), brand_id=target.maker.brand_id)


def sample_size(scene: Scene) -> HardNegative:
    """Samples and decants of cosmetics by volume: cheap because they are small."""
    chance = scene.chance
    target = pick(chance, [target for target in scene.pool if target.path[-1] in _COSMETICS and target.maker.authorised_sellers])
    seller = chance.choice(target.maker.authorised_sellers)
    liquid = ("小样 1ml", "试用装2ml", "中样5ml", "旅行装 7ml", "分享装5ml", "体验装3ml")
    size = chance.choice(("迷你 1.2g", "小样 0.8g", "旅行装 1g") if target.path[-1] == "唇膏、口红" else liquid)
    title = (
        f"{name_of(chance, target.maker)} {chance.choice(target.kind.nouns)} {size} {chance.choice(('非卖品随机', '会员试用', '新客体验', '单支'))}"
    )
    price = round(max(5, target.genuine_price * chance.uniform(0.04, 0.15)))
    event = scene.offer(target, title, seller=seller, price=price, attributes={"净含量": size}, description=ending(chance))
    return HardNegative(kind="", events=(event,), brand_id=target.maker.brand_id, needs=("authorised_sellers",))


def book_about_brand(scene: Scene) -> HardNegative:
    """A book or a film about a house: its name stands in the title, it is no goods of it."""
    chance, target = scene.chance, pick(scene.chance, scene.pool)
    name = name_of(chance, target.maker)
    title = chance.choice(
        (
            f"{name}传 一个品牌的诞生",
            f"《{name}的秘密》时尚史 精装",
            f"解读{name} 品牌营销案例 商学院教材",
            f"{name}：设计与工艺 画册",
            f"纪录片 {name}百年 DVD",
        )
    )
    shown = f"{title} {chance.choice(('正版图书', '新华书店', '出版社直发', '2025年版', '双语'))}"
    event = scene.offer(target, shown, category=("图书音像", chance.choice(("传记", "经济管理", "艺术"))), price=chance.uniform(29, 168), brand=None)
    return HardNegative(kind="", events=(event,), brand_id=target.maker.brand_id)


def service_for_goods(scene: Scene) -> HardNegative:
    """Care, repair or appraisal of a brand's goods, under services."""
    chance = scene.chance
    target = pick(chance, [target for target in scene.pool if target.path[-1] in _WORKS])
    work = chance.choice(_WORKS[target.path[-1]].split("|"))
    title = f"{name_of(chance, target.maker)}{chance.choice(target.kind.nouns)}{work} {chance.choice(('寄修', '同城上门', '十年老店', '免费估价'))}"
    text = "寄来前请拍照估价，修复后顺丰寄回，仅提供服务，不出售商品。"
    event = scene.offer(target, title, category=("生活服务", "护理维修"), price=chance.uniform(30, 300), description=text, condition="unknown")
    return HardNegative(kind="", events=(event,), brand_id=target.maker.brand_id)


KINDS: Final[dict[str, Callable[[Scene], HardNegative]]] = {
    "own_reissue": own_reissue,
    "clearance_sale": clearance_sale,
    "warns_of_copies": warns_of_copies,
    "multi_pack": multi_pack,
    "fitting_part": fitting_part,
    "second_hand": second_hand,
    "sample_size": sample_size,
    "book_about_brand": book_about_brand,
    "service_for_goods": service_for_goods,
}
