"""Held-out innocents that take more than one listing or share something: moves, promotions, relisting, common texts and photos."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.bench.quality.cases import HardNegative, removed
from tests.bench.quality.held_out_goods import Scene, chinese, name_of, photo, pick, retouched
from tests.bench.quality.held_out_negatives_brands import authorised
from tests.bench.quality.held_out_phrases import ending, open_claim


def honest_bulk_upload(scene: Scene) -> HardNegative:
    """A shop moves in: thirty unbranded listings of one shelf within minutes."""
    chance = scene.chance
    noun = chance.choice(("陶瓷马克杯", "竹编收纳篮", "棉麻桌布", "手工皂", "毛线团", "笔袋"))
    path, target = ("家居家装", "生活日用"), pick(chance, scene.pool)
    events = tuple(
        scene.offer(
            target,
            f"{noun} {chance.choice(('大号', '小号', '中号'))} {number}号色 家用",
            number=number,
            minutes=number / 4,
            category=path,
            price=19.9,
        )
        for number in range(1, chance.randint(22, 31))
    )
    return HardNegative(kind="", events=events)


def promotion_edit(scene: Scene) -> HardNegative:
    """The brand's shop lowers a price, corrects the title and changes a photo: three edits of one thing."""
    chance = scene.chance
    target, seller = authorised(scene)
    title, price = chinese(chance, name_of(chance, target.maker), target.kind), round(target.genuine_price * chance.uniform(1.2, 1.6))
    steps = ((title, 1.0), (f"{title} 618大促", 0.9), (f"{title} 618大促 赠运费险", 0.86))
    events = tuple(
        scene.offer(target, shown, seller=seller, revision=revision, minutes=revision * 400, price=round(price * share), description="官方发货。")
        for revision, (shown, share) in enumerate(steps, 1)
    )
    return HardNegative(kind="", events=events, brand_id=target.maker.brand_id, needs=("authorised_sellers",))


def relisted_honestly(scene: Scene) -> HardNegative:
    """Unbranded goods sold out, taken down and put up again under a new number with the same words."""
    chance, target = scene.chance, pick(scene.chance, scene.pool)
    title, picture = chance.choice(("手工牛轧糖 500g", "亚克力桌牌 A4", "儿童雨衣 卡通", "宠物指甲剪", "羊毛毡材料包")), photo(chance)
    more: dict[str, Any] = {
        "category": ("家居家装", "生活日用"),
        "photos": (picture,),
        "price": round(chance.uniform(9, 90), 1),
        "description": ending(chance),
    }
    gone = removed(scene.seller, f"{scene.label}-l1", revision=2, minutes=3_000)
    events = (scene.offer(target, title, **more), gone, scene.offer(target, title, number=2, minutes=9_000, **more))
    return HardNegative(kind="", events=events)


def shared_boilerplate(scene: Scene) -> HardNegative:
    """The same service sentences as a blocked listing had, under other goods: only the boilerplate is shared."""
    chance, target = scene.chance, pick(scene.chance, scene.pool)
    text = f"{ending(chance)}收到货请当面验收，如有破损拒签，支持七天无理由退换，运费险已投保。"
    earlier = chinese(chance, name_of(chance, target.maker), target.kind, open_claim(chance))
    blocked = scene.offer(target, earlier, number=90, seller=f"{scene.label}-earlier", description=f"{open_claim(chance)}。{text}", price=99)
    noun = chance.choice(("实木筷子 10双", "不锈钢晾衣架", "硅胶锅铲", "桌面小台历", "棉麻窗帘"))
    event = scene.offer(
        target,
        f"{noun} 家用 {chance.choice(('加厚', '简约', '新款'))}",
        category=("家居家装", "生活日用"),
        price=chance.uniform(9, 80),
        description=text,
    )
    return HardNegative(kind="", events=(event,), needs=("evidence",), evidence=(blocked,))


def brands_photo_by_right(scene: Scene) -> HardNegative:
    """An authorised seller shows the brand's own photos, as it should."""
    chance = scene.chance
    target = pick(chance, [target for target in scene.pool if target.maker.photos and target.maker.authorised_sellers])
    photos = tuple(retouched(chance, pdq, chance.randint(0, 10)) for pdq in target.maker.photos)
    title = chinese(chance, name_of(chance, target.maker), target.kind, "官方正品")
    price, seller = round(target.genuine_price * chance.uniform(1.05, 1.5)), chance.choice(target.maker.authorised_sellers)
    event = scene.offer(target, title, seller=seller, photos=photos, price=price, brand=chance.choice((*target.maker.latin, *target.maker.han)))
    return HardNegative(kind="", events=(event,), brand_id=target.maker.brand_id, needs=("authorised_sellers", "brand_photos"))


KINDS: Final[dict[str, Callable[[Scene], HardNegative]]] = {
    "honest_bulk_upload": honest_bulk_upload,
    "promotion_edit": promotion_edit,
    "relisted_honestly": relisted_honestly,
    "shared_boilerplate": shared_boilerplate,
    "brands_photo_by_right": brands_photo_by_right,
}
