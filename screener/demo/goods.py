"""Goods on offer: brands with their registry records, and honest listings of branded and unbranded goods. Every choice comes from the given dice."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any, Final, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from screener.contracts import Brand, Condition, Money, PriceFloor
from screener.demo.vocabulary import AUDIENCES, BRANDS, COLOURS, DESCRIPTIONS, ENDINGS, EVERYDAY_GOODS, QUALITIES, BrandPlan, Line, Path

Language = Literal["zh", "en"]

YUAN_PER_DOLLAR: Final = 7
"""Prices of English listings are in US dollars, at a round rate."""

FLOOR_SHARE: Final = Decimal("0.35")
"""Price floor as a part of the cheapest model's list price: what a brand's owner would register, with room for every honest sale."""

FLAGSHIPS: Final = 2
"""Authorised sellers per brand."""


class Content(Struct, frozen=True, kw_only=True):
    """What a listing says, before it becomes an event."""

    title: str
    description: str
    category: Path
    brand: str | None
    yuan: Decimal
    language: Language
    condition: Condition = "new"
    quantity: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def price(self) -> Money:
        """In yuan for Chinese listings, in dollars for English ones."""
        if self.language == "zh":
            return Money(f"{max(self.yuan, Decimal(1)):.2f}", "CNY")
        return Money(f"{max(self.yuan / YUAN_PER_DOLLAR, Decimal(1)):.2f}", "USD")


class Model(Struct, frozen=True):
    """One model of a protected brand: the honest article that copies imitate."""

    brand: BrandPlan
    line: Line
    name: str
    list_yuan: Decimal

    @property
    def brand_id(self) -> str:
        """The brand's id in the registry."""
        return brand_id(self.brand)


class Market(Struct, frozen=True):
    """The goods of one stream: the models by brand (in the order of `BRANDS`) and the registry made of them."""

    models: tuple[Model, ...]
    registry: tuple[Brand, ...]
    flagships: Mapping[str, tuple[str, ...]]
    """Authorised sellers by brand id."""


def brand_id(plan: BrandPlan) -> str:
    """The id under which a brand is registered."""
    return plan.name.lower()


def open_market(dice: Random) -> Market:
    """Prices every model and writes the registry: categories, floors in both currencies, authorised sellers."""
    models: list[Model] = []
    registry: list[Brand] = []
    flagships: dict[str, tuple[str, ...]] = {}
    for plan in BRANDS:
        own = [Model(plan, line, name, _yuan(dice, line)) for line in plan.lines for name in plan.models]
        models += own
        flagships[brand_id(plan)] = tuple(f"flagship-{brand_id(plan)}-{number}" for number in range(1, FLAGSHIPS + 1))
        floors = [
            PriceFloor(line.category, currency, f"{FLOOR_SHARE * min(one.list_yuan for one in own if one.line is line) / rate:.2f}")
            for line in plan.lines
            for currency, rate in (("CNY", 1), ("USD", YUAN_PER_DOLLAR))
        ]
        registry.append(
            Brand(
                brand_id=brand_id(plan),
                name=plan.name,
                aliases=(plan.zh, *plan.aliases),
                categories=tuple(line.category for line in plan.lines),
                authorised_sellers=flagships[brand_id(plan)],
                price_floors=tuple(floors),
            )
        )
    return Market(tuple(models), tuple(registry), flagships)


def _yuan(dice: Random, line: Line) -> Decimal:
    """A list price of the line; cheap goods are more frequent than dear ones."""
    return Decimal(line.low + int((line.high - line.low) * dice.random() ** 2))


def times(amount: Decimal, dice: Random, low: float, high: float) -> Decimal:
    """The amount times a factor between the two, in whole hundredths."""
    return round(amount * Decimal(round(dice.uniform(low, high), 4)), 2)


def spoken(brand: BrandPlan, language: Language, dice: Random) -> str:
    """The brand as honest sellers write it: in English its name, in Chinese both names, one, or the declared form."""
    if language == "en":
        return brand.name
    return dice.choice((f"{brand.name} {brand.zh}", f"{brand.name}/{brand.zh}", f"{brand.zh}（{brand.name}）", brand.name))


def join(language: Language, *words: str) -> str:
    """A title of these words; empty ones are left out."""
    return " ".join(word for word in words if word) if language == "en" else _tight(words)


def _tight(words: tuple[str, ...]) -> str:
    """Chinese words run together in twos and threes, as sellers write them, with a space where Latin letters would touch."""
    title = ""
    for number, word in enumerate(word for word in words if word):
        touching = title and (title[-1].isascii() or word[0].isascii())
        title += (" " if touching or number % 2 == 0 else "") + word
    return title.strip()


def everyday(dice: Random, language: Language) -> Content:
    """An honest listing of goods without a protected brand."""
    line = dice.choice(EVERYDAY_GOODS)
    noun = dice.choice(line.zh if language == "zh" else line.en)
    title = join(language, dice.choice(QUALITIES[language]), dice.choice(QUALITIES[language]), noun, *_trimmings(dice, language))
    return _content(dice, language, title=title, category=line.category, yuan=times(_yuan(dice, line), dice, 0.7, 1.1), brand=None)


def branded(dice: Random, language: Language, model: Model) -> Content:
    """An honest listing of a brand's article, new or second-hand, at a price that such articles have."""
    roll = dice.random()
    condition: Condition = "new" if roll < 0.7 else "used" if roll < 0.92 else "unknown"
    low, high = {"new": (0.62, 1.05), "used": (0.16, 0.85), "unknown": (0.35, 0.95)}[condition]
    content = article(dice, language, model, spoken(model.brand, language, dice))
    worn = {"zh": "二手 九成新", "en": "pre-owned"}[language] if condition == "used" else ""
    return replace(content, title=f"{content.title} {worn}".strip(), condition=condition, yuan=times(model.list_yuan, dice, low, high))


def article(dice: Random, language: Language, model: Model, name: str) -> Content:
    """A new article of the model at its list price, under the given way to write the brand."""
    noun = dice.choice(model.line.zh if language == "zh" else model.line.en)
    title = join(language, name, model.name, noun, *_trimmings(dice, language))
    declared = model.brand.name if dice.random() < 0.6 else None
    return _content(dice, language, title=title, category=model.line.category, yuan=model.list_yuan, brand=declared)


def plain(dice: Random, language: Language, title: str, category: str, yuan: Decimal) -> Content:
    """A listing with a title of its own, and the rest as honest listings have it."""
    return _content(dice, language, title=title, category=tuple(category.split("/")), yuan=yuan, brand=None)


def _trimmings(dice: Random, language: Language) -> tuple[str, str, str]:
    audience = dice.choice(AUDIENCES[language]) if dice.random() < 0.6 else ""
    ending = dice.choice(ENDINGS[language]) if dice.random() < 0.3 else ""
    return audience, dice.choice(COLOURS[language]), ending


def _content(dice: Random, language: Language, *, title: str, category: Path, yuan: Decimal, brand: str | None) -> Content:
    return Content(
        title=title,
        description=dice.choice(DESCRIPTIONS[language]) if dice.random() < 0.55 else "",
        category=category,
        brand=brand,
        yuan=yuan,
        language=language,
        quantity=dice.choice((1, 1, 3, 10, 50, 200)) if dice.random() < 0.8 else None,
        attributes={"style_no": f"{dice.choice('ABCDEFGHK')}{dice.randrange(100, 9999)}"},
    )
