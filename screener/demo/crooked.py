"""What counterfeiters do. Each technique is told with variants that the judge does not know, and one technique says nothing suspicious at all:
some copies are missed, and the demo must show how many. Positives made by us flatter any judge; they are no measure of the real world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from msgspec.structs import replace

from screener.demo.goods import Content, article, everyday, spoken, times
from screener.demo.honest import DAY, HOUR, MINUTE, Scene, Step, Story
from screener.demo.vocabulary import BAGS, JEWELS, PERFUME, SCARVES, SNEAKERS, SUNGLASSES, WATCHES

_OPEN: Final = {
    "zh": ("高仿", "超A货", "精仿", "顶级复刻", "1:1复刻", "莆田纯原", "顶级A货"),
    "en": ("replica", "mirror quality", "super copy", "1:1 copy", "AAA quality"),
}
"""Words that say it."""

_VEILED: Final = {
    "zh": ("莆田", "原单", "尾单", "公司级", "过验货", "一比一"),
    "en": ("UA quality", "knockoff", "1:1"),
}
"""Words that mean it beside a brand."""

_UNKNOWN: Final = {
    "zh": ("臻品级", "同厂同料", "懂货的来", "和专柜没区别", "通货版"),
    "en": ("same factory, same mould", "best version", "you know what it is", "no receipt, same materials"),
}
"""Ways around that no list of ours holds."""

_CONTACT: Final = {
    "zh": ("加薇 {account}", "➕V：{account}", "看款联系微信:{account}", "咨询威信号 {account}", "更多款式看主页简介"),
    "en": ("add WeChat: {account}", "more photos on WhatsApp +1 202 555 01{digits}", "contact us on telegram @{account}", "see our profile for more"),
}
"""Ways to lead the buyer away; the last of each names no account. 555-01xx are telephone numbers kept free for fiction."""

_LOOK_ALIKE: Final = {
    "a": "аα", "c": "с", "d": "ԁ", "e": "её", "h": "һ", "i": "іι", "k": "кκ", "l": "ӏ1", "m": "м", "n": "ոп", "o": "оο0", "p": "рρ", "r": "г",
    "s": "ѕ", "t": "тτ", "u": "υս", "v": "νѵ", "x": "х", "y": "уү", "z": "ᴢ",
}  # fmt: skip
"""Letters of other alphabets, and digits, that pass for a Latin one."""

_INVISIBLE: Final = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufe0f")
"""Zero-width characters."""

_COPIED = (SNEAKERS, BAGS, WATCHES, SCARVES, SUNGLASSES, PERFUME, JEWELS)
"""What is worth copying."""


def plain_slang(scene: Scene) -> Story:
    """A brand, and a word by which sellers of copies tell buyers what it is."""
    words = scene.dice.choices((_OPEN, _VEILED, _UNKNOWN), (60, 25, 15))[0]
    return _one(_copy(scene, scene.dice.choice(words[scene.language]), 0.12, 0.5), "plain_slang")


def far_below_floor(scene: Scene) -> Story:
    """An honest text at a price at which the genuine article does not exist, or nearly so."""
    return _one(_copy(scene, "", 0.04, 0.24), "far_below_floor")


def disguise(scene: Scene) -> Story:
    """Brand or slang written so that people read it and filters do not."""
    dice, model = scene.dice, scene.model(*_COPIED)
    names = (model.brand.name,) if scene.language == "en" else (model.brand.name, model.brand.zh)
    slang = _disguised_slang(dice, dice.choice(_OPEN[scene.language])) if dice.random() < 0.75 else ""
    content = article(dice, scene.language, model, _disguised(dice, dice.choice(names)))
    content = replace(content, title=f"{slang} {content.title}".strip(), brand=None, yuan=times(model.list_yuan, dice, 0.08, 0.4))
    return _one(content, "disguise")


def contact_diversion(scene: Scene) -> Story:
    """The listing is a shop window; the sale is made in a messenger."""
    content = _copy(scene, "", 0.1, 0.6)
    dice = scene.dice
    account = f"demo{dice.choice(('lux', 'top', 'vip', 'rep'))}_{dice.randrange(100, 9999)}"
    text = dice.choice(_CONTACT[scene.language]).format(account=account, digits=dice.randrange(10, 99))
    if dice.random() < 0.5:
        content = replace(content, title=f"{content.title} {text}")
    else:
        content = replace(content, description=f"{content.description} {text}".strip())
    return _one(content, "contact_diversion")


def bait_and_switch(scene: Scene) -> Story:
    """A harmless listing collects its standing, then becomes a copy; some do not even name the brand."""
    dice = scene.dice
    bait = everyday(dice, scene.language)
    bait = replace(bait, yuan=min(bait.yuan, times(bait.yuan, dice, 0.3, 0.6)))
    copy = _copy(scene, "", 0.2, 0.5)
    if dice.random() < 0.3:
        copy = replace(copy, title=f"{scene.say('大牌同款', 'famous designer style')} {everyday(dice, scene.language).title}", brand=None)
    switch = Step(content=copy, wait_s=dice.randrange(2 * HOUR, 3 * DAY), counterfeit=True, kind="bait_and_switch")
    return ((Step(content=bait), switch),)


def relisted(scene: Scene) -> Story:
    """What was held is taken down and comes back as a new listing, dressed up a little."""
    dice = scene.dice
    first = _copy(scene, dice.choice((*_VEILED[scene.language], *_OPEN[scene.language])), 0.06, 0.3)
    again = replace(first, title=_dressed_up(dice, first.title), yuan=times(first.yuan, dice, 0.95, 1.1))
    gone_s = dice.randrange(10 * MINUTE, 2 * DAY)
    before = (Step(content=first, counterfeit=True, kind="plain_slang"), Step(content=None, wait_s=gone_s))
    return (before, (Step(content=again, wait_s=gone_s + dice.randrange(10 * MINUTE, DAY), counterfeit=True, kind="relisted"),))


def silent(scene: Scene) -> Story:
    """A copy that says what an honest listing says, at a price that an honest one has: its text cannot betray it."""
    return _one(_copy(scene, "", 0.42, 0.85), "silent")


def _one(content: Content, technique: str) -> Story:
    return ((Step(content=content, counterfeit=True, kind=technique),),)


def _copy(scene: Scene, words: str, low: float, high: float) -> Content:
    """A copied article, with words before or behind, at a part of the genuine one's price."""
    dice, model = scene.dice, scene.model(*_COPIED)
    content = article(dice, scene.language, model, spoken(model.brand, scene.language, dice))
    title = f"{words} {content.title}" if dice.random() < 0.4 else f"{content.title} {words}"
    return replace(content, title=title.strip(), yuan=times(model.list_yuan, dice, low, high))


def _disguised(dice: Random, name: str) -> str:
    """The name in one of six dresses; the last, initials, is beyond any view of the judge."""
    way = dice.randrange(6)
    if way == 0:
        return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in name)  # full width
    if way == 1:
        return "".join(dice.choice(_LOOK_ALIKE.get(letter.lower(), letter)) if dice.random() < 0.4 else letter for letter in name)
    if way == 2:
        return dice.choice(_INVISIBLE).join(name)
    if way == 3:
        return dice.choice(("·", "*", ".", " ")).join(name)
    if way == 4:
        at = dice.randrange(1, len(name))
        return f"{name[:at]}{dice.choice('✨❤★')}{name[at:]}"
    return f"{name[0]}家"


def _disguised_slang(dice: Random, word: str) -> str:
    at = dice.randrange(1, len(word))
    return f"{word[:at]}{dice.choice(('', '·', '✨', *_INVISIBLE))}{word[at:]}"


def _dressed_up(dice: Random, title: str) -> str:
    return dice.choice((f"✨{title}✨", title.upper(), title.replace(" ", " · "), f"【{title}】"))


CROOKED: Final[Mapping[Callable[[Scene], Story], float]] = {
    plain_slang: 26.0,
    far_below_floor: 16.0,
    disguise: 18.0,
    contact_diversion: 14.0,
    bait_and_switch: 9.0,
    relisted: 5.0,
    silent: 12.0,
}
"""How often each technique is told, in parts of a hundred."""
