"""What honest sellers do: ordinary listings, small edits, removals, and everything that looks like a copy to a careless filter and is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from screener.demo.goods import Content, Language, Market, Model, article, branded, everyday, join, plain, spoken, times
from screener.demo.vocabulary import COLOURS, LENSES, LIPSTICK, PERFUME, PHONES, SKINCARE, Line

MINUTE, HOUR, DAY = 60, 3_600, 86_400
"""Seconds."""

ORDINARY: Final = "ordinary"
"""Kind of a listing that nobody would look at twice."""


class Step(Struct, frozen=True, kw_only=True):
    """One revision of a listing, `wait_s` seconds after the one before; without content it is the removal."""

    content: Content | None
    wait_s: int = 0
    counterfeit: bool = False
    kind: str = ORDINARY
    """The technique of a counterfeit, the kind of likeness of an innocent listing."""


Story = tuple[tuple[Step, ...], ...]
"""One listing, or several of the same seller that belong together; the first wait of each counts from the story's start."""


class Scene(Struct, frozen=True):
    """Who tells a story, and where."""

    dice: Random
    market: Market
    language: Language
    seller_id: str

    def model(self, *lines: Line) -> Model:
        """Any model of these lines of goods; of all without any."""
        return self.dice.choice([model for model in self.market.models if not lines or model.line in lines])

    def say(self, zh: str, en: str) -> str:
        """The text in the seller's language."""
        return zh if self.language == "zh" else en

    def colour(self) -> str:
        """Any colour."""
        return self.dice.choice(COLOURS[self.language])


def ordinary(scene: Scene) -> Story:
    """Unbranded goods, edited or removed now and then."""
    return (_life(scene, everyday(scene.dice, scene.language), ORDINARY),)


def resale(scene: Scene) -> Story:
    """A brand's genuine article from a seller whom the brand does not know: most honest resale."""
    return (_life(scene, branded(scene.dice, scene.language, scene.model()), ORDINARY),)


def flagship(scene: Scene) -> Story:
    """The brand's own authorised seller, who may say and ask what he likes."""
    content = branded(scene.dice, scene.language, _own_model(scene))
    return (_life(scene, replace(content, condition="new"), ORDINARY),)


def _own_model(scene: Scene) -> Model:
    """A model that the seller is authorised for; any if he is for none."""
    own = [model for model in scene.market.models if scene.seller_id in scene.market.flagships[model.brand_id]]
    return scene.dice.choice(own or scene.market.models)


def _life(scene: Scene, content: Content, kind: str) -> tuple[Step, ...]:
    """The listing, sometimes with a new price or a mended title, sometimes taken down in the end."""
    dice, steps = scene.dice, [Step(content=content, kind=kind)]
    if dice.random() < 0.12:
        content = replace(content, yuan=times(content.yuan, dice, 0.82, 1.15))
        steps.append(Step(content=content, wait_s=dice.randrange(20 * MINUTE, 4 * DAY), kind=kind))
    if dice.random() < 0.05:
        content = replace(content, title=f"{content.title} {scene.say('补货', 'restocked')}", quantity=99)
        steps.append(Step(content=content, wait_s=dice.randrange(HOUR, 3 * DAY), kind=kind))
    if dice.random() < 0.06:
        steps.append(Step(content=None, wait_s=dice.randrange(HOUR, 4 * DAY), kind=kind))
    return tuple(steps)


def _one(content: Content, kind: str) -> Story:
    return ((Step(content=content, kind=kind),),)


# Likenesses: innocent, and full of the words, prices and handles that counterfeiters use. ------------------------------------------------


def jade_grade(scene: Scene) -> Story:
    """A货 is what jewellers call untreated jadeite."""
    zh = f"天然翡翠A货{scene.dice.choice(('手镯', '吊坠', '平安扣', '戒面'))} {scene.dice.choice(('冰种', '糯种', '飘花', '满绿'))} 附证书"
    en = f"natural jadeite {scene.dice.choice(('bangle', 'pendant', 'cabochon'))} grade A, certificate"
    return _one(plain(scene.dice, scene.language, scene.say(zh, en), "jewellery/jade", Decimal(scene.dice.randrange(280, 9800))), "jade_grade")


def lifelike_plant(scene: Scene) -> Story:
    """高仿真 says that an artificial plant looks alive."""
    plant = scene.dice.choice(("绿萝", "琴叶榕", "蝴蝶兰", "郁金香", "散尾葵"))
    zh = f"高仿真{plant} 仿真植物 {scene.dice.choice(('客厅摆件', '装饰绿植', '落地盆栽'))}"
    en = f"artificial {scene.dice.choice(('fiddle leaf fig', 'orchid', 'palm'))}, replica plant that looks real"
    return _one(plain(scene.dice, scene.language, scene.say(zh, en), "garden/artificial", Decimal(scene.dice.randrange(19, 260))), "lifelike_plant")


def macro_lens(scene: Scene) -> Story:
    """1:1 is a macro lens's scale."""
    model = scene.model(LENSES)
    name = spoken(model.brand, scene.language, scene.dice)
    title = scene.say(f"{name} 100mm 1:1微距镜头 {scene.colour()} 拍花拍虫", f"{name} 100mm macro lens 1:1 {scene.colour()}")
    content = plain(scene.dice, scene.language, title, "/".join(LENSES.category), times(model.list_yuan, scene.dice, 0.6, 1.0))
    return _one(content, "macro_lens")


def accessory(scene: Scene) -> Story:
    """Goods that fit a brand's and are not the brand's."""
    model = scene.model(PHONES, LENSES)
    name = scene.dice.choice((model.brand.name, model.brand.zh)) if scene.language == "zh" else model.brand.name
    zh = f"适用于{name} {model.name} {scene.dice.choice(('手机壳', '保护套', '钢化膜', '支架'))} {scene.colour()} 防摔"
    en = f"{scene.dice.choice(('case', 'screen protector', 'holder'))} compatible with {name} {model.name} {scene.colour()}"
    yuan = Decimal(scene.dice.randrange(7, 79))
    return _one(plain(scene.dice, scene.language, scene.say(zh, en), "electronics/accessories/cases", yuan), "accessory")


def own_reissue(scene: Scene) -> Story:
    """复刻: a brand brings back its own classic; its authorised seller says so, and honest resellers repeat it."""
    dice, model = scene.dice, _own_model(scene)
    name = spoken(model.brand, scene.language, dice)
    year = dice.choice(("1972", "1985", "1991"))
    zh = f"{name} {model.name} {year}经典复刻{dice.choice(model.line.zh)} {scene.colour()}"
    en = f"{name} {model.name} {year} reissue {dice.choice(model.line.en)} {scene.colour()}"
    content = article(dice, scene.language, model, name)
    return _one(replace(content, title=scene.say(zh, en), yuan=times(model.list_yuan, dice, 0.75, 1.05)), "own_reissue")


def messenger_offer(scene: Scene) -> Story:
    """【微信专享】 is a price for members; a phone watch chats on messengers. Nobody is led away."""
    content = everyday(scene.dice, scene.language)
    zh = scene.dice.choice((f"【微信专享】{content.title}", f"儿童电话手表 支持微信QQ视频 {scene.colour()}", f"{content.title} 微信支付立减"))
    en = scene.dice.choice((f"WeChat pay accepted - {content.title}", f"kids phone watch with WhatsApp and video call, {scene.colour()}"))
    return _one(replace(content, title=scene.say(zh, en)), "messenger_offer")


def service_contact(scene: Scene) -> Story:
    """An honest shop that gives an account for questions. Against most markets' rules, but no counterfeit: counted as wrongly hit."""
    content = everyday(scene.dice, scene.language)
    account = f"demoshop_{scene.dice.randrange(100, 9999)}"
    zh, en = f"定制尺寸请加客服微信：{account}", f"Custom sizes: contact us on WeChat: {account}"
    return _one(replace(content, description=f"{content.description}{scene.say(zh, en)}"), "service_contact")


def sample_size(scene: Scene) -> Story:
    """Samples and empty packaging of a brand: far below the floor, because they are not the article that the floor is about."""
    model = scene.model(SKINCARE, LIPSTICK, PERFUME)
    name = spoken(model.brand, scene.language, scene.dice)
    noun = scene.dice.choice(model.line.zh if scene.language == "zh" else model.line.en)
    title = join(scene.language, name, model.name, noun, scene.say(scene.dice.choice(("小样 5ml", "空瓶", "礼盒袋")), "sample 5 ml"))
    content = plain(scene.dice, scene.language, title, "/".join(model.line.category), times(model.list_yuan, scene.dice, 0.03, 0.12))
    return _one(content, "sample_size")


def clearance(scene: Scene) -> Story:
    """Genuine, new, and nearly given away: the end of a line. Some of it will be held, and a person must release it."""
    model = scene.model()
    content = article(scene.dice, scene.language, model, spoken(model.brand, scene.language, scene.dice))
    title = f"{content.title} {scene.say('清仓 断码', 'clearance')}"
    return _one(replace(content, title=title, yuan=times(model.list_yuan, scene.dice, 0.13, 0.34)), "clearance")


def reused_listing(scene: Scene) -> Story:
    """A seller writes a new article over an old listing, to keep its reviews: not allowed everywhere, but no counterfeit."""
    first = everyday(scene.dice, scene.language)
    later = branded(scene.dice, scene.language, scene.model()) if scene.dice.random() < 0.25 else everyday(scene.dice, scene.language)
    return ((Step(content=first), Step(content=later, wait_s=scene.dice.randrange(DAY, 5 * DAY), kind="reused_listing")),)


def everyday_word(scene: Scene) -> Story:
    """A word of everyday speech that is also a registered name."""
    content = everyday(scene.dice, scene.language)
    return _one(replace(content, title=f"{scene.say('森林系', 'forest style')} {content.title}"), "everyday_word")


HONEST: Final[Mapping[Callable[[Scene], Story], float]] = {
    ordinary: 72.0,
    resale: 17.0,
    flagship: 4.0,
    jade_grade: 0.7,
    lifelike_plant: 0.7,
    macro_lens: 0.5,
    accessory: 1.6,
    own_reissue: 0.7,
    messenger_offer: 0.7,
    service_contact: 0.25,
    sample_size: 0.5,
    clearance: 0.35,
    reused_listing: 0.4,
    everyday_word: 0.6,
}
"""How often each is told, in parts of a hundred: chosen so that each likeness occurs at least ten times in the demo's stream."""
