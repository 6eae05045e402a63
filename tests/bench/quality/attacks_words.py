"""Attacks by what is said: openly, between the lines, as an accessory, or only in the contact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.bench.quality.cases import Attack
from tests.bench.quality.scene import HINTS, OPEN, OPEN_EN, Scene


def open_slang(scene: Scene) -> Iterator[Attack]:
    """A brand and an open word for a copy, one attack in four in English."""
    while True:
        maker = scene.maker()
        english = bool(maker.latin) and scene.chance.random() < 0.25
        name = scene.chance.choice(maker.latin) if english else scene.name(maker)
        text, line = scene.titled(maker, name, english)
        pitch = scene.say(*(OPEN_EN if english else OPEN))
        if scene.chance.random() < 0.3:
            pitch += " " + scene.say(*(OPEN_EN if english else HINTS))
        in_description = scene.chance.random() < 0.15
        yield scene.one(
            text if in_description else scene.join(text, pitch),
            maker,
            line,
            description=scene.say("亲，这款是{pitch}，细节看图，[七天退换|支持退换|拍下留言尺码]。", pitch=pitch) if in_description else "",
            locale="en" if english else "zh-CN",
        )


def hinted_claim(scene: Scene) -> Iterator[Attack]:
    """No brand in the title: one is declared, or only the goods are there, and a claim that nobody makes about honest goods."""
    while True:
        maker = scene.maker()
        text, line = scene.titled(maker, scene.chance.choice(("大牌", "某大牌", "专柜大牌", "C家", "G家", "奢侈品", "", "")))
        declared = scene.chance.random() < 0.6
        claims = [scene.say(*OPEN)] if scene.chance.random() < 0.6 else [scene.say(one) for one in scene.chance.sample(HINTS, 2)]
        if not declared:
            claims.append(scene.say("[大牌|专柜|原版]{of}", of=scene.say(*OPEN)))
        yield scene.one(scene.join(text, " ".join(claims)), maker, line, brand=scene.name(maker) if declared else None)


_DIGITS: Final = (
    "0123456789",
    "〇一二三四五六七八九",
    "零壹贰叁肆伍陆柒捌玖",
    "⓪①②③④⑤⑥⑦⑧⑨",
    "０１２３４５６７８９",
    "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "零幺二三四五六七八九",
    "o1234567bq",
)
_KEYCAP: Final = "\ufe0f\u20e3"


def _account(scene: Scene) -> str:
    """An account that belongs to nobody: telephone numbers have 0000 in the middle."""
    chance = scene.chance
    kind = chance.random()
    digits = "".join(chance.choice("0123456789") for _ in range(4))
    if kind < 0.4:
        account = f"1{chance.choice('3578')}{chance.choice('0123456789')}0000{digits}"
    elif kind < 0.5:
        account = f"{chance.choice('123456789')}00{digits}{chance.choice('0123456789')}"
    else:
        word = "".join(chance.choice("abcdefghkmnpqrstxyz") for _ in range(chance.randrange(3, 7)))
        account = f"{word}{chance.choice(('', '_', '-'))}{digits}"
    style = chance.random()
    if style < 0.4:
        return account
    if style < 0.6:
        joint = chance.choice((" ", ".", "-", "·", "*", "、", "❤", "~"))
        return joint.join(account[place : place + chance.choice((1, 3))] for place in range(0, len(account), 3))
    if style < 0.7:
        return "".join(letter + _KEYCAP if letter.isdigit() else letter for letter in account)
    table = str.maketrans(_DIGITS[0], chance.choice(_DIGITS[1:]))
    return account.translate(table)


_CONTACTS: Final = (
    "[加|+|➕|➕➕|＋][V|v|VX|vx|WX|wx|Ⅴ|微|薇|微信|薇信|威芯|威❤|v❤|卫星|绿泡泡|绿色软件|徽信][:|：|-|→| |]{id}",
    "[详情|细节|看图|更多款][咨询|加|请加]{of}[V|薇|VX|微信|wei信|weixin|we chat][:|：| |号]{id}",
    "[扣扣|q|Q Q|QQ|企鹅|球球|蔻蔻|扣][:|：|群|号|]{id}",
    "[联系方式|暗号|口令|老客|号码][在图二|看图片|:|：]{id}",
    "[WhatsApp|whats app|WA|wtsapp|瓦次][:| |]+86{id}",
    "[Telegram|TG|tele gram|飞机号|纸飞机][:| ]@{id}",
    "[公众号|小红薯|抖音|dou音|某音|快shou]搜[:|：| |]{id}",
    "[电话|手机同V|📞|☎️|📱|tel]{id}",
    "[拍前|下单前][私|联系]{of}[微|v|vx|薇]{id} [便宜|优惠|更多图]",
)


def contact_diversion(scene: Scene) -> Iterator[Attack]:
    """The buyer is sent elsewhere, the account written in whatever way passes a filter; in three of four a brand is named."""
    while True:
        maker = scene.maker()
        text, line = scene.titled(maker, scene.name(maker) if scene.chance.random() < 0.75 else "")
        contact = scene.say(*_CONTACTS, id=_account(scene))
        hint = scene.say(*HINTS) if scene.chance.random() < 0.4 else ""
        hidden = scene.chance.random() < 0.4
        description = scene.say("实物[拍摄|实拍]，[尺码齐全|多色可选]。{of}", of=contact) if hidden else ""
        pitch = f"{hint} {'' if hidden else contact}".strip()
        yield scene.one(scene.join(text, pitch) if pitch else text, maker, line, description=description)


_COVERS: Final = (
    "[适用于|适用|适配|兼容]{name}{noun} {rest}",
    "{rest} [适用|通用]{name}",
    "{name}[同款|风格|风] {rest}",
    "[for|fits] {name} {rest}",
    "{name}[专用|配套]{noun} {rest}",
)
_ITSELF: Final = (
    "[全套包装|专柜包装] [带票|小票齐全]",
    "{noun}本体 [不是配件|非配件]",
    "[全新|现货]一[个|只|双]{noun} [实拍|秒发]",
    "配[防尘袋 身份卡|盒子 说明书 保卡]",
    "[原版|顶级]{noun} [五金刻字|编码齐全|logo齐全]",
    "可[刻字|扫码|查序列号]",
    "{noun}[整件|本身] 不是[壳|套|配件]",
)


def accessory_cover(scene: Scene) -> Iterator[Attack]:
    """Says "fits" or "in the style of", and offers the article itself, at an article's price."""
    while True:
        maker = scene.maker()
        line = scene.line(maker)
        noun = scene.chance.choice(line.zh)
        claim = " ".join(scene.say(pattern, noun=noun) for pattern in scene.chance.sample(_ITSELF, 2))
        rest, _ = scene.titled(maker, "")
        pitch = scene.say(*OPEN) if scene.chance.random() < 0.35 else ""
        text = scene.say(*_COVERS, name=scene.name(maker), noun=noun, rest=rest)
        yield scene.one(scene.join(text, f"{claim} {pitch}".strip()), maker, line)


_PARALLEL: Final = (
    "[海外代购|香港代购|日本代购|欧洲代购|韩国代购|人肉代购]",
    "[平行进口|水货|港版|美版|欧版|日版][ 非国行| 未拆封|]",
    "[免税店|机场]代购[ 带小票|]",
    "[海淘|直邮|保税仓直发] [无授权|非官方|]",
    "[港行|美行|串货|窜货|渠道货]",
    "[parallel import|grey market|overseas version]",
)


def parallel_import(scene: Scene) -> Iterator[Attack]:
    """Genuine by its own words, but not from the brand's own channel, by a seller that the brand did not name."""
    among = scene.brands.with_authorised()
    while True:
        maker = scene.maker(among)
        text, line = scene.titled(maker, scene.name(maker))
        yield scene.one(
            scene.join(text, scene.say(*_PARALLEL)),
            maker,
            line,
            price=scene.chance.choice((None, 60)) and line.low * 0.6,
            needs=("authorised_sellers",),
        )
