"""Held-out attacks that take more than one listing: copied text and photos, bait and switch, bursts, relisting."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from tests.bench.quality.cases import Attack, removed
from tests.bench.quality.held_out_goods import Scene, Target, chinese, fake_price, name_of, photo, pick, retouched
from tests.bench.quality.held_out_phrases import ending, open_claim, veiled_claim

_BODY: Final = (
    "这款{noun}我们家做了三年，{a}，{b}，走线每厘米八针，油边手工打磨四遍。{care}发货前逐件质检拍视频，{end}",
    "店主亲自背过两个月再上架的{noun}，{a}，{b}，开箱没有胶水味。{care}配齐防尘袋和礼盒，{end}",
    "老客都知道我们只做一个版本的{noun}，{a}加{b}，五金电镀过盐雾测试。{care}数量不多，卖完等下一批，{end}",
    "从面料到辅料都是同一家供应，{noun}的{a}一眼能看出来，{b}也没省。{care}不接受主观差评，{end}",
)
_CARE: Final = (
    "不可机洗，软布擦拭。",
    "避免暴晒和潮湿。",
    "首次使用请先通风一天。",
    "收到后请先拍开箱视频。",
    "如遇瑕疵三天内联系换新。",
    "请对照尺码表下单。",
)


def _body(chance: random.Random, target: Target) -> str:
    a, b = chance.sample(target.kind.traits, 2)
    care = "".join(chance.sample(_CARE, 3))
    return chance.choice(_BODY).format(noun=chance.choice(target.kind.nouns), a=a, b=b, care=care, end=ending(chance))


def _reworked(chance: random.Random, text: str) -> str:
    """The text as a second seller pastes it: a clause moved or left out, a sign changed, a greeting put before or a number changed."""
    clauses = text.split("，")
    match chance.randrange(5):
        case 0:
            clauses.insert(0, clauses.pop(chance.randrange(1, len(clauses))))
        case 1:
            clauses.pop(chance.randrange(len(clauses)))
        case 2:
            clauses = ["亲们好", *clauses]
        case 3:
            return text.replace("，", " ").replace("。", "！")
        case _:
            return text.replace("三", "五").replace("我们", "本店").replace("逐件", "每件")
    return "，".join(clauses)


def copied_text(scene: Scene) -> Attack:
    """The description of a listing that a person blocked, reworked a little by another seller who leaves out the damning word, often the name."""
    chance, target = scene.chance, pick(scene.chance, scene.pool)
    name, body = name_of(chance, target.maker), _body(chance, target)
    title = chinese(chance, name, target.kind)
    evidence = tuple(
        scene.offer(
            target, f"{title} {open_claim(chance)}", number=90 + number, seller=f"{scene.label}-earlier{number}", description=body, price=99.0
        )
        for number in range(chance.randint(1, 2))
    )
    shown = chance.choice((title, title.replace(name, ""), f"{title} 现货", " ".join(reversed(title.split())))).strip()
    event = scene.offer(target, shown, description=_reworked(chance, body), price=fake_price(chance, target, 0.08, 0.5))
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id, needs=("evidence",), evidence=evidence)


def copied_photo(scene: Scene) -> Attack:
    """The photo of a blocked listing or the brand's own, recompressed or with a watermark, among others, over words that name nobody."""
    chance = scene.chance
    own = chance.random() < 0.4
    target = pick(chance, [target for target in scene.pool if target.maker.photos] if own else scene.pool)
    seen = chance.choice(target.maker.photos) if own else photo(chance)
    named = chance.random() < 0.35
    title = chinese(chance, name_of(chance, target.maker) if named else chance.choice(("大牌同款", "欧美", "小众", "明星同款", "轻奢")), target.kind)
    photos = [retouched(chance, seen, chance.choice((0, 2, 4, 8, 12, 16, 20, 24))), *(photo(chance) for _ in range(chance.randint(0, 4)))]
    chance.shuffle(photos)
    earlier = chinese(chance, name_of(chance, target.maker), target.kind, open_claim(chance))
    blocked = scene.offer(target, earlier, number=90, seller=f"{scene.label}-earlier", photos=(seen,), price=fake_price(chance, target))
    event = scene.offer(target, title, photos=tuple(photos), description=ending(chance), price=fake_price(chance, target))
    needs: Final = ("brand_photos",) if own else ("evidence",)
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id, needs=needs, evidence=() if own else (blocked,))


_BAIT: Final = (
    ("棉麻收纳筐 杂物整理 桌面", ("家居家装", "生活日用")), ("手机壳硅胶软壳 防摔", ("手机", "手机配件")),
    ("厨房抹布 吸水加厚10条", ("家居家装", "清洁用品")),
    ("补差价专用 邮费链接 差多少补多少", ("家居家装", "生活日用")), ("笔记本子 线圈本 学生文具", ("电脑、软件、办公", "办公打印")),
    ("纯色船袜 五双装 透气", ("服饰、鞋、包", "内衣")), ("钥匙扣挂件 可爱小熊", ("家居家装", "家装软饰")),
    ("不锈钢保温杯 500ml", ("家居家装", "生活日用")),
)  # fmt: skip


def bait_and_switch(scene: Scene) -> Attack:
    """Starts as a cheap harmless thing, sometimes with innocent edits, then turns into branded goods under the same listing."""
    chance, target = scene.chance, pick(scene.chance, scene.pool)
    harmless, path = chance.choice(_BAIT)
    price, picture = chance.choice((9.9, 15.8, 19.0, 1.0)), photo(chance)
    events = [scene.offer(target, harmless, category=path, price=price, photos=(picture,), description=ending(chance))]
    for revision in range(2, 2 + chance.randint(0, 2)):
        title = f"{harmless} {chance.choice(('包邮', '新款', '热卖', '升级款'))}"
        events.append(scene.offer(target, title, revision=revision, minutes=revision * 600, category=path, price=price + revision, photos=(picture,)))
    last = len(events) + 1
    claim = chance.choice(("", veiled_claim(chance), "现货", "尺码齐全"))
    moved = chance.random() < 0.5
    events.append(
        scene.offer(
            target,
            chinese(chance, name_of(chance, target.maker), target.kind, claim),
            revision=last,
            minutes=last * 900 + 14_000,
            category=target.path if moved else path,
            price=fake_price(chance, target, 0.06, 0.3),
            description=_body(chance, target),
        )
    )
    return Attack(family="", events=tuple(events), brand_id=target.maker.brand_id)


def burst(scene: Scene) -> Attack:
    """A shop without a past puts up two dozen listings of many houses within minutes, one title pattern for all, each far under what they cost."""
    chance = scene.chance
    tail = chance.choice(("现货秒发 尺码齐", "全套包装 一件代发", "当天发 支持七天", "专柜同步 现货", "工厂店 换季清仓"))
    step, events, target = chance.uniform(0.1, 0.8), [], pick(chance, scene.pool)
    for number in range(1, chance.randint(20, 32)):
        target = pick(chance, scene.pool)
        name = name_of(chance, target.maker)
        noun, trait = chance.choice(target.kind.nouns), chance.choice(target.kind.traits)
        title = f"{name} {noun} {trait} {tail}"
        events.append(
            scene.offer(target, title, number=number, minutes=round(number * step, 2), price=fake_price(chance, target, 0.1, 0.45), quantity=999)
        )
    return Attack(family="", events=tuple(events), brand_id=target.maker.brand_id)


def relisted(scene: Scene) -> Attack:
    """An open copy is put up, taken down (by the seller, after it was stopped) and put up again under a new number with the damning word gone."""
    chance, target = scene.chance, pick(scene.chance, scene.pool)
    name, body, picture = name_of(chance, target.maker), _body(chance, target), photo(chance)
    title, claim, price = chinese(chance, name, target.kind), open_claim(chance), fake_price(chance, target)
    events = [scene.offer(target, f"{title} {claim}", description=f"{claim}。{body}", price=price, photos=(picture,))]
    if chance.random() < 0.7:
        events.append(removed(scene.seller, f"{scene.label}-l1", revision=2, minutes=30))
    shown = chance.choice((title, f"{title} 新款", title.replace(" ", ""), " ".join(reversed(title.split()))))
    again = retouched(chance, picture, chance.randint(0, 14))
    text = chance.choice((body, _reworked(chance, body)))
    events.append(scene.offer(target, shown, number=2, minutes=chance.randint(45, 4_000), description=text, price=price + 1, photos=(again,)))
    return Attack(family="", events=tuple(events), brand_id=target.maker.brand_id)


FAMILIES: Final[dict[str, Callable[[Scene], Attack]]] = {
    "copied_text": copied_text,
    "copied_photo": copied_photo,
    "bait_and_switch": bait_and_switch,
    "burst": burst,
    "relisted": relisted,
}
