"""Attacks by what is done: price, photos, copied listings, edits, floods, other people's gates. The words are as harmless as they can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.bench.quality.cases import Attack, listing, removed
from tests.bench.quality.goods import LINES, counter_price
from tests.bench.quality.phrases import say
from tests.bench.quality.scene import HINTS, OPEN, PLAIN_OPEN, Scene

_BITS: Final = 256
"""Of a PDQ hash. Two photos count as one up to about 31 differing bits (its authors' threshold); recompressed ones differ in a few."""


def _photo(scene: Scene) -> str:
    return f"{scene.chance.getrandbits(_BITS):064x}"


def _retaken(scene: Scene, photo: str, bits_max: int = 24) -> str:
    """The photo cropped, recompressed or written on: some bits of its hash change."""
    value = int(photo, 16)
    for place in scene.chance.sample(range(_BITS), scene.chance.randrange(bits_max + 1)):
        value ^= 1 << place
    return f"{value:064x}"


def _floored(scene: Scene) -> tuple[str, float, tuple[str, ...], str]:
    """(brand id, floor in yuan, category, name) of a brand with a price floor."""
    maker = scene.maker(scene.brands.with_floor())
    floor = scene.chance.choice(maker.floors)
    return maker.brand_id, floor.amount, floor.category, scene.name(maker)


def price_only(scene: Scene) -> Iterator[Attack]:
    """A brand, an ordinary title, new goods, and a price of 5 to 45 % of the brand's floor."""
    while True:
        brand_id, floor, category, name = _floored(scene)
        line = next(line for line in LINES if category[: len(line.category)] == line.category)
        text = say(scene.chance, "{name} {who}{trait}{noun} {year}新款 {model} {colour} [包邮|现货|]", scene.slots(line, name))
        event = listing(scene.seller(), "l-1", text, category=category, price=floor * scene.chance.uniform(0.05, 0.45))
        yield Attack(family=scene.family, events=(event,), brand_id=brand_id, needs=("price_floor",))


def pack_price(scene: Scene) -> Iterator[Attack]:
    """The price is above the floor, but for many: each costs 5 to 40 % of it."""
    while True:
        brand_id, floor, category, name = _floored(scene)
        line = next(line for line in LINES if category[: len(line.category)] == line.category)
        pieces = scene.chance.choice((3, 4, 5, 6, 8, 10, 12))
        unit = scene.chance.choice(("支", "瓶", "盒", "套")) if category[0] == "个护化妆" else scene.chance.choice(("件", "个", "双", "只", "条"))
        pack = scene.say("{n}[{u}装|{u}/组|{u}一套|{u}打包]", n=str(pieces), u=unit)
        pack = scene.say(pack, f"[一箱|整箱|套装]{pieces}{unit}", f"买1送{pieces - 1}", f"x{pieces}", f"{pieces}pcs")
        text = say(scene.chance, "{name} {pack} {who}{trait}{noun} {model} [批发|团购|代理|微商货源|]", {**scene.slots(line, name), "pack": pack})
        price = max(floor * scene.chance.uniform(1.0, 1.3), 1.0)
        if price / pieces > 0.4 * floor:
            price = floor * 0.4 * pieces
        event = listing(scene.seller(), "l-1", text, category=category, price=price, quantity=scene.chance.choice((None, 99)))
        yield Attack(family=scene.family, events=(event,), brand_id=brand_id, needs=("price_floor",))


_SILENT: Final = (
    "[如图|看图|图片款|见图] [秒发|现货|实拍|] {of}",
    "[同图|图一|图二]{of} [拍下备注|问客服]",
    "{of} [懂的来|懂得拍|老客专拍|老客户链接|补差价专用|专拍]",
    "[不能写|不方便写] {of} [看图|看细节图]",
    "😉{of}😉",
)


def picture_only(scene: Scene) -> Iterator[Attack]:
    """The title says nothing; the photo is to be looked at, in half of them the brand is declared, in half a contact stands in the description."""
    while True:
        maker = scene.maker()
        line = scene.line(maker)
        what = scene.chance.choice((scene.chance.choice(line.zh), "", "", scene.chance.choice(line.traits)))
        contact = scene.say("[详情|款式|价格]加[V|薇|vx|微]{of}", of=f"{scene.chance.choice('abkmtx')}yy{scene.chance.randrange(1000, 9999)}")
        description = contact if scene.chance.random() < 0.5 else scene.say("[不议价|不解释|懂的来|细节图自己看]", *HINTS)
        declared = scene.name(maker) if scene.chance.random() < 0.5 else None
        photos = [_retaken(scene, scene.chance.choice(maker.photos))] if maker.photos and scene.chance.random() < 0.5 else [_photo(scene)]
        yield scene.one(scene.say(*_SILENT, of=what), maker, line, description=description, brand=declared, photos=photos)


_STORIES: Final = (
    "{noun}[实物拍摄|实拍图|自己拍的图]，{trait}，[质感很好|手感一流|做工精细]，[支持七天退换|不满意包退]。[尺码齐全|颜色很多]，[当天|48小时]发货，[量大从优|两件减十元]。",
    "[店主|本店]推荐：{trait}{noun}，{colour}最好搭。[拍下请留言|请按平时尺码拍]，[盒子齐全|带防尘袋]，[江浙沪隔天到|全国包邮]。",
)
_EDITS: Final = (
    ("新款", "爆款"),
    ("包邮", "顺丰包邮"),
    ("男女同款", "男女通用"),
    ("现货", "现货秒发"),
    ("送礼", "送女友"),
    ("热卖", "热销"),
    ("春季", "春夏"),
)


def copied_text(scene: Scene) -> Iterator[Attack]:
    """Title and description of another seller's blocked listing, a few words changed. Its own words are harmless."""
    while True:
        maker = scene.maker()
        text, line = scene.titled(maker, scene.name(maker) if scene.chance.random() < 0.7 else "")
        story = say(scene.chance, scene.chance.choice(_STORIES) + scene.chance.choice(_STORIES), scene.slots(line, ""))
        blocked = listing(f"{scene.family}-other", "l-0", scene.join(text, scene.say(*OPEN)), description=story, category=line.category)
        for old, new in scene.chance.sample(_EDITS, 3):
            text, story = text.replace(old, new), story.replace(old, new)
        text = scene.chance.choice((text, text + " ✨", "🔥" + text, text + scene.chance.choice(("包邮", " 热销", " 推荐"))))
        yield scene.one(text, maker, line, description=story, needs=("evidence",), evidence=(blocked,))


def copied_photo(scene: Scene) -> Iterator[Attack]:
    """The brand's own photo, or one of a blocked listing, retaken, at a seller whom the brand does not know; the words name no brand."""
    among = scene.brands.with_photos()
    while True:
        maker = scene.maker(among)
        text, line = scene.titled(maker, "")
        own = scene.chance.random() < 0.5
        photo = scene.chance.choice(maker.photos) if own else _photo(scene)
        before = listing(f"{scene.family}-other", "l-0", scene.say(*PLAIN_OPEN), category=line.category, photos=[photo])
        photos = [_photo(scene), _retaken(scene, photo)]
        yield scene.one(text, maker, line, photos=photos, needs=("brand_photos" if own else "evidence",), evidence=() if own else (before,))


def bait_and_switch(scene: Scene) -> Iterator[Attack]:
    """Something cheap and harmless is allowed, then becomes a brand's goods."""
    while True:
        maker, seller = scene.maker(), scene.seller()
        bait = scene.chance.choice([line for line in LINES if line.low < 450])
        first = listing(
            seller, "l-1", say(scene.chance, "{trait}{noun} {colour} {model}", scene.slots(bait, "")), category=bait.category, price=bait.low * 0.5
        )
        text, line = scene.titled(maker, scene.name(maker))
        if scene.chance.random() < 0.4:
            text = scene.join(text, scene.say(*HINTS))
        category = bait.category if scene.chance.random() < 0.5 else line.category
        price = scene.chance.choice((bait.low * 0.5, counter_price(scene.chance, line, maker) * scene.chance.uniform(0.1, 0.8)))
        second = listing(seller, "l-1", text, revision=2, minutes=scene.chance.randrange(20, 5000), category=category, price=price)
        yield Attack(family=scene.family, events=(first, second), brand_id=maker.brand_id)


def burst(scene: Scene) -> Iterator[Attack]:
    """A seller's first minutes: twenty to forty listings of many brands, all with ordinary titles. The last is the one that counts."""
    while True:
        seller, events, minutes = scene.seller(), [], 0.0
        for number in range(scene.chance.randrange(20, 41)):
            maker = scene.maker()
            text, line = scene.titled(maker, scene.name(maker))
            minutes += scene.chance.uniform(0.02, 0.6)
            events.append(listing(seller, f"l-{number}", text, minutes=minutes, category=line.category, price=scene.price(line, maker)))
        yield Attack(family=scene.family, events=tuple(events), brand_id=maker.brand_id)


def relisted(scene: Scene) -> Iterator[Attack]:
    """Stopped, taken down, and put up again under another number without the word that gave it away."""
    while True:
        maker, seller = scene.maker(), scene.seller()
        text, line = scene.titled(maker, scene.name(maker))
        price = scene.price(line, maker)
        give_away = f"{scene.say(*PLAIN_OPEN)} {scene.say('高仿', '1:1复刻', 'A货')}"
        first = listing(seller, "l-1", scene.join(text, give_away), category=line.category, price=price)
        gone = removed(seller, "l-1", revision=2, minutes=30)
        words = text.split(" ")
        if scene.chance.random() < 0.5:
            scene.chance.shuffle(words)
        again = listing(seller, "l-2", " ".join(words), minutes=scene.chance.randrange(40, 9000), category=line.category, price=price)
        yield Attack(family=scene.family, events=(first, gone, again), brand_id=maker.brand_id)


def gated_brand(scene: Scene) -> Iterator[Attack]:
    """An ordinary listing of a gated brand by a seller that the brand did not name."""
    among = scene.brands.with_gate()
    while True:
        maker = scene.maker(among, gated=True)
        text, line = scene.titled(maker, scene.name(maker))
        yield scene.one(text, maker, line, price=counter_price(scene.chance, line, maker), needs=("gated",))


def declared_brand(scene: Scene) -> Iterator[Attack]:
    """Declares one brand and writes another, or declares none and writes a brand with a hint."""
    while True:
        maker, other = scene.maker(), scene.maker()
        if maker.brand_id == other.brand_id:
            continue
        text, line = scene.titled(maker, scene.name(maker))
        shape = scene.chance.random()
        if shape < 0.15:
            yield scene.one(scene.join(text, scene.say(*HINTS)), maker, line, brand=scene.chance.choice(("无品牌", "其他", "other", "国产")))
        elif shape < 0.6:
            yield scene.one(text, maker, line, brand=scene.name(other))
        else:
            plain, _ = scene.titled(other, scene.name(other))
            yield scene.one(plain, maker, line, brand=scene.name(maker))


def category_mismatch(scene: Scene) -> Iterator[Attack]:
    """A brand's goods among books, toys or phone films, where nobody of the brand looks."""
    elsewhere = (
        ("出版物", "图书", "小说"),
        ("家居家装", "生活日用", "收纳"),
        ("手机", "手机配件", "手机贴膜"),
        ("电脑、软件、办公", "办公打印", "文具"),
        ("家用电器", "五金家装", "插座"),
    )
    while True:
        maker = scene.maker()
        text, line = scene.titled(maker, scene.name(maker))
        if scene.chance.random() < 0.3:
            text = scene.join(text, scene.say(*HINTS))
        away = scene.chance.choice([path for path in elsewhere if path[0] != line.category[0]])
        yield scene.one(text, maker, line, category=away)
