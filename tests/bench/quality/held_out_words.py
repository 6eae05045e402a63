"""Held-out attacks whose trick is in what is said: open words for copies, veiled claims, ways out of the marketplace, other tongues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.bench.quality.cases import Attack
from tests.bench.quality.held_out_goods import Scene, chinese, english, fake_price, name_of, pick
from tests.bench.quality.held_out_phrases import FOREIGN, GENERIC, contact, ending, open_claim, veiled_claim


def open_slang(scene: Scene) -> Attack:
    """The word for copies stands there, in the title or only in the description."""
    chance = scene.chance
    target = pick(chance, scene.pool)
    name, locale = name_of(chance, target.maker), chance.choice(("zh-CN", "zh-CN", "en"))
    if locale == "en" and target.maker.latin:
        name = chance.choice(target.maker.latin)
    build = chinese if locale == "zh-CN" else english
    claim = open_claim(chance, locale)
    in_title = chance.random() < 0.75
    title = build(chance, name, target.kind, claim if in_title else "")
    description = ending(chance) if in_title else f"{claim}。{ending(chance)}"
    event = scene.offer(target, title, description=description, price=fake_price(chance, target, 0.08, 0.5), locale=locale)
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id)


def hinted_claim(scene: Scene) -> Attack:
    """No word for copies, but a brand, a copy's price and one or two remarks that only a seller of copies makes."""
    chance = scene.chance
    target = pick(chance, scene.pool)
    locale = chance.choice(("zh-CN", "zh-CN", "en"))
    name = chance.choice(target.maker.latin or target.maker.han) if locale == "en" else name_of(chance, target.maker)
    first, second = veiled_claim(chance, locale), veiled_claim(chance, locale)
    build = chinese if locale == "zh-CN" else english
    in_title = chance.random() < 0.6
    title = build(chance, name, target.kind, first if in_title else "")
    description = second if in_title and chance.random() < 0.5 else f"{first}，{second}。{ending(chance) if locale == 'zh-CN' else ''}"
    event = scene.offer(target, title, description=description, price=fake_price(chance, target), locale=locale)
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id)


def contact_diversion(scene: Scene) -> Attack:
    """A brand, a copy's price or a placeholder price, and an id to write to outside the marketplace."""
    chance = scene.chance
    target = pick(chance, scene.pool)
    locale = chance.choice(("zh-CN", "zh-CN", "zh-CN", "en"))
    name = chance.choice(target.maker.latin or target.maker.han) if locale == "en" else name_of(chance, target.maker)
    call = contact(chance, locale)
    build = chinese if locale == "zh-CN" else english
    in_title = chance.random() < 0.5
    title = build(chance, name, target.kind, call if in_title else "")
    description = "" if in_title else f"{ending(chance) if locale == 'zh-CN' else 'Fast shipping. '}{call}"
    price = chance.choice((fake_price(chance, target), fake_price(chance, target), 1.0, 9999.0))
    event = scene.offer(target, title, description=description, price=price, locale=locale)
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id)


_PLACE: Final = {"运动鞋": 0, "女鞋": 0, "男鞋": 0, "服饰寝居、童装、童鞋": 0, "女包": 1, "男包": 1, "功能箱包": 1, "手表": 2}
_CURRENCIES: Final = {
    "es": ("EUR", 0.13), "pt-BR": ("BRL", 0.75), "fr": ("EUR", 0.13), "de": ("EUR", 0.13), "it": ("EUR", 0.13), "ru": ("RUB", 12.0),
    "ja": ("JPY", 21.0),
    "ko": ("KRW", 190.0), "vi": ("VND", 3500.0), "th": ("THB", 4.8), "id": ("IDR", 2200.0), "tr": ("TRY", 5.0), "ar": ("AED", 0.5),
    "pl": ("PLN", 0.55),
}  # fmt: skip


def foreign_language(scene: Scene) -> Attack:
    """The word for copies in one of fourteen other languages, with the local noun and currency."""
    chance = scene.chance
    target = pick(chance, [target for target in scene.pool if target.path[-1] in _PLACE], latin=True)
    locale = chance.choice(sorted(FOREIGN))
    noun, name = GENERIC[locale][_PLACE[target.path[-1]]], chance.choice(target.maker.latin)
    claim = chance.choice(FOREIGN[locale].split("|"))
    trait = chance.choice(("2026", "unisex", "black", "N° 42", "full set", "M/L", "40mm", "new"))
    title = chance.choice(
        (f"{noun} {name} {trait} {claim}", f"{name} {noun} {claim} {trait}", f"{claim} {noun} {name} {trait}", f"{noun} {name} {trait}")
    )
    currency, rate = _CURRENCIES[locale]
    description = "" if claim in title else f"{noun} {name}. {claim}."
    price = round(fake_price(chance, target) * rate, 2)
    event = scene.offer(target, title, description=description, price=price, currency=currency, locale=locale)
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id)


FAMILIES: Final[dict[str, Callable[[Scene], Attack]]] = {
    "open_slang": open_slang,
    "hinted_claim": hinted_claim,
    "contact_diversion": contact_diversion,
    "foreign_language": foreign_language,
}
