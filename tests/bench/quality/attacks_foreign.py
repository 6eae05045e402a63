"""Attacks in the languages of buyers elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.bench.quality.cases import Attack
from tests.bench.quality.scene import OPEN_EN, Scene

_FOREIGN: Final = {
    "en": ("{name} {goods} {pitch}", "bag wallet sneakers watch belt sunglasses perfume", OPEN_EN),
    "es": (
        "[Bolso|Zapatillas|Reloj|Cinturón|Gafas] {name} {pitch}",
        "",
        (
            "[réplica|replica] [exacta|AAA|1:1|de alta calidad]",
            "[imitación|clon|copia] [perfecta|idéntica al original|AAA]",
            "calidad espejo",
            "igual al original pero [barato|réplica]",
        ),
    ),
    "fr": (
        "[Sac|Baskets|Montre|Ceinture|Lunettes] {name} {pitch}",
        "",
        (
            "[réplique|replique] [parfaite|AAA|haute qualité]",
            "[contrefaçon|imitation|copie] [parfaite|haut de gamme|conforme]",
            "qualité miroir",
            "faux mais identique à l'original",
        ),
    ),
    "de": (
        "{name} [Tasche|Schuhe|Uhr|Gürtel|Brille] {pitch}",
        "",
        (
            "[Replika|Replica] [Top Qualität|AAA|1:1]",
            "[Nachbau|Nachahmung|Fälschung|Fake] [in Top-Qualität|wie original|perfekt]",
            "Plagiat 1:1",
            "kein Original aber gleiche Qualität",
        ),
    ),
    "ru": (
        "[сумка|кроссовки|часы|ремень|очки] {name} {pitch}",
        "",
        (
            "[реплика|копия] [люкс|премиум|1:1|класса ААА]",
            "[точная|качественная|идеальная] [копия|реплика|подделка]",
            "люкс копия [1в1|один в один]",
            "паль высшего качества",
        ),
    ),
    "ja": (
        "{name} [バッグ|スニーカー|腕時計|ベルト|財布] {pitch}",
        "",
        (
            "[スーパーコピー|コピー品|レプリカ] [N級|S級|最高級|]",
            "[N級品|S級品|偽物だが最高品質]",
            "[パロディ|模造品] [激安|高品質]",
            "正規品同等 コピー",
        ),
    ),
    "ko": (
        "{name} [가방|운동화|시계|벨트|지갑] {pitch}",
        "",
        (
            "[레플리카|이미테이션|짝퉁] [최고급|미러급|정품급|]",
            "[미러급|SA급|S급|A급] [레플|제품|퀄리티]",
            "[정품과 동일|1:1] 레플리카",
            "홍콩명품 [미러|SA급]",
        ),
    ),
    "tr": (
        "{name} [çanta|ayakkabı|saat|kemer|gözlük] {pitch}",
        "",
        (
            "[replika|çakma|imitasyon] [A kalite|birebir|1:1|AAA]",
            "[A+ kalite|ithal] [replika|çakma]",
            "orijinali ile birebir [aynı|kopya]",
            "muadil [A kalite|replika]",
        ),
    ),
}


def foreign_language(scene: Scene) -> Iterator[Attack]:
    """A brand and an open word for a copy in eight languages."""
    while True:
        maker = scene.maker(latin=True)
        locale = scene.chance.choice(tuple(_FOREIGN))
        pattern, goods, pitches = _FOREIGN[locale]
        line = scene.line(maker)
        text = scene.say(pattern, name=scene.chance.choice(maker.latin), goods=scene.chance.choice(goods.split() or [""]), pitch=scene.say(*pitches))
        yield scene.one(scene.join(text, scene.say("{colour_en} {model}", **_plain(scene, maker))), maker, line, locale=locale)


def _plain(scene: Scene, maker: object) -> dict[str, str]:
    return {
        "colour_en": scene.chance.choice(("", "black", "white", "2025", "2026")),
        "model": scene.say("[A|B|K|M|T]{of}", of=str(scene.chance.randrange(100, 9999))),
    }
