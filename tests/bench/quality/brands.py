"""The registry that the benchmark judges with: the real one beside the repository where it is there, and invented brands that have every field.

The real registry has few price floors, no photos and no gates, so what needs them is measured on the invented brands alone. Any likeness of an
invented name is chance; none was taken from a list.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from screener.contracts import Brand
from tests.bench.quality.cases import Brands, Floor, Maker

_ABOVE: Final = Path(__file__).parents[4:]
DATA: Final = next((folder for above in _ABOVE if (folder := above / "shared" / "data").is_dir()), _ABOVE[0] / "shared" / "data")
"""Real titles and brands for local measurement, in `shared/data` beside the repository or above; not part of it, and often not there."""

_SEED: Final = 5
"""For the photos and the choice of gates only."""

_SHOES, _SPORT = "服饰、鞋、包/女鞋", "健康运动、户外/运动鞋"
_BAG, _MANBAG, _CASE = "服饰、鞋、包/女包", "服饰、鞋、包/男包", "服饰、鞋、包/功能箱包"
_COAT, _MAN, _WOMAN, _SCARF = "健康运动、户外/户外服饰", "服饰、鞋、包/男装", "服饰、鞋、包/女装", "服饰、鞋、包/配饰"
_WATCH, _LIPS, _SCENT, _SKIN = "钟表/手表", "个护化妆/彩妆/唇膏、口红", "个护化妆/香水SPA", "个护化妆"
_SOUND, _PHONE, _HAIR, _CHILD = "数码/时尚影音", "手机/手机通讯", "家用电器/个护保健", "母婴童/服饰寝居、童装、童鞋"

# Latin name, Chinese name, category: lowest price in yuan of anything genuine and new in it.
_INVENTED: Final = (
    ("Vastrelle", "薇丝翠", {_BAG: 5200, _SCARF: 1500}), ("Corvanni", "柯瓦尼", {_BAG: 3600, _SHOES: 2100}),
    ("Maison Doriel", "朵瑞尔", {_BAG: 7800}), ("Belquire", "贝奎尔", {_BAG: 2400, _MANBAG: 1900}),
    ("Ondrasse", "昂黛丝", {_BAG: 4100, _SCENT: 480}), ("Lorvique", "洛维珂", {_SCARF: 1200}),
    ("Rothmarck", "罗特马克", {_MANBAG: 1600, _CASE: 1300}), ("Ferrovelo", "菲洛薇", {_SPORT: 460}),
    ("Kestrode", "凯斯崔", {_SPORT: 520}), ("Jumpara", "骏跑乐", {_SPORT: 390, _CHILD: 210}),
    ("Airvolt", "艾沃特", {_SPORT: 610}), ("Stridex", "思锐迪", {_SPORT: 350, _COAT: 500}),
    ("Polvera", "珀薇拉", {_SHOES: 680}), ("Nordfjallen", "诺德峰", {_COAT: 1400}),
    ("Arctessa", "亚克缇", {_COAT: 2100}), ("Glaciorn", "格莱肖", {_COAT: 980, _MAN: 600}),
    ("Brunholt", "布伦霍", {_MAN: 540}), ("Cassimere Rue", "卡茜梅", {_WOMAN: 720, _SCARF: 460}),
    ("Ilvarra", "伊尔瓦", {_WOMAN: 480}), ("Chronelle", "珂洛奈", {_WATCH: 3200}),
    ("Auberlin", "奥柏林", {_WATCH: 8200}), ("Tavernos", "塔弗诺", {_WATCH: 1100}),
    ("Regulard", "瑞古拉", {_WATCH: 14500}), ("Rosaquin", "洛莎琴", {_LIPS: 150, _SKIN: 210}),
    ("Velouria", "薇露莉", {_LIPS: 168}), ("Senteva", "森缇娃", {_SCENT: 420}),
    ("Noirelune", "诺尔露", {_SCENT: 560, _LIPS: 175}), ("Hydrelle", "海卓尔", {_SKIN: 320}),
    ("Lactivia", "兰缇薇", {_SKIN: 260}), ("Sonarque", "索纳克", {_SOUND: 780}),
    ("Audiveil", "奥迪薇", {_SOUND: 1250}), ("Basswick", "贝斯威", {_SOUND: 420}),
    ("Halcyone", "哈希恩", {_PHONE: 2600}), ("Orvilon", "欧维隆", {_PHONE: 1800}),
    ("Zephair", "泽菲尔", {_HAIR: 1400}), ("Velbrush", "维刷乐", {_HAIR: 360}),
    ("Tinyloom", "汀妮织", {_CHILD: 160}), ("Kidderwell", "奇德维", {_CHILD: 190}),
    ("Wandermoor", "万德摩", {_CASE: 900}), ("Portelane", "波特兰尼", {_CASE: 1500}),
)  # fmt: skip


def _invented() -> Iterator[dict[str, Any]]:
    chance = random.Random(_SEED)
    for number, (latin, han, floors) in enumerate(_INVENTED):
        paths = {tuple(path.split("/")): amount for path, amount in floors.items()}
        slug = latin.lower().replace(" ", "-")
        yield {
            "brand_id": f"invented-{slug}",
            "name": latin,
            "aliases": [han],
            "categories": [list(path) for path in paths],
            "authorised_sellers": [f"{slug}-flagship", f"{slug}-outlet"],
            "price_floors": [{"category": list(path), "currency": "CNY", "amount": f"{amount}.00"} for path, amount in paths.items()],
            "gated": number % 4 == 0,
            "photos": [f"{chance.getrandbits(256):064x}" for _ in range(3)],
        }


def _real() -> Iterator[dict[str, Any]]:
    file = DATA / "brands.jsonl"
    if file.is_file():
        with file.open("rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line)


def _han(name: str) -> bool:
    return len(name) >= 2 and all("\u4e00" <= letter <= "\u9fff" for letter in name)


def _latin(name: str) -> bool:
    return name.isascii() and sum(letter.isalpha() for letter in name) >= 4


def _maker(record: Mapping[str, Any], fictional: bool) -> Maker | None:
    brand = msgspec.convert(record, Brand)
    names = dict.fromkeys((brand.name, *brand.aliases))
    latin, han = tuple(filter(_latin, names)), tuple(filter(_han, names))
    if not brand.categories or not (latin or han):
        return None
    return Maker(
        brand_id=brand.brand_id,
        latin=latin,
        han=han,
        categories=brand.categories,
        floors=tuple(Floor(floor.category, floor.currency, float(floor.amount)) for floor in brand.price_floors),
        authorised_sellers=brand.authorised_sellers,
        gated=bool(record.get("gated")),
        photos=tuple(record.get("photos", ())),
        fictional=fictional,
    )


def benchmark_brands(with_real: bool = True) -> Brands:
    """The real registry, if it is there and `with_real`, then the invented brands."""
    real, invented = list(_real()) if with_real else [], list(_invented())
    makers = [_maker(record, False) for record in real] + [_maker(record, True) for record in invented]
    return Brands(records=(*real, *invented), makers=tuple(maker for maker in makers if maker is not None))
