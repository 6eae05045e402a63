"""Single questions to the judge, on real data beside the repository: honest edits, honest prices, relisting pairs, contact words in real titles."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from screener.codecs import canonical
from tests.bench.quality import real
from tests.bench.quality.cases import Attack, Brands, HardNegative, listing
from tests.bench.quality.goods import LINES, title
from tests.bench.quality.judging import Bench
from tests.bench.quality.scene import Scene

_USED: Final = (0.15, 0.35, 0.50, 0.64, 0.90)
"""Price of second-hand goods as a share of the original price: quantiles 5, 25, 50, 75, 95 %, as `shared/data/README.md` measured them."""
_PARALLEL: Final = (0.48, 0.74, 0.92)
"""Parallel sellers' price of cosmetics as a share of the counter price: quantiles 5, 50, 95 %, from the same place."""
_FAKE: Final = (0.03, 0.06, 0.10, 0.15, 0.20)
"""What copies ask of it: our own guess."""
_FLOOR_SHARE: Final = 0.35
"""The real registry's floors are this share of the median counter price; the invented ones are meant the same."""


def edits(bench: Bench, limit: int | None) -> dict[str, Any]:
    """Honest edits of prices in a real stream: how many are stopped, and by what."""
    bench.forget()
    count, stopped = 0, Counter[str]()
    held = 0
    for number, row in enumerate(real.rows("stream-olist")):
        if limit is not None and number >= limit * 20:
            break
        said = bench.one(row)
        if said is None or b'"type":"edited"' not in row:
            continue
        count += 1
        held += said.stopped
        stopped.update(name for name, _ in said.signals if said.stopped)
    return {"edits": count, "stopped": held, "signals": dict(stopped)}


def prices(bench: Bench, brands: Brands, seed: int) -> dict[str, Any]:
    """Share stopped by price alone, by share of the counter price: used goods, parallel sellers' new goods, copies."""
    scene = Scene(brands, "prices", seed)
    told: dict[str, Any] = {}
    for kind, shares, condition in (("used", _USED, "used"), ("parallel", _PARALLEL, "new"), ("copies", _FAKE, "new")):
        told[kind] = {}
        for share in shares:
            stopped = 0
            for _ in range(_PRICED):
                maker = scene.maker(brands.with_floor())
                floor = scene.chance.choice(maker.floors)
                line = next(line for line in LINES if floor.category[: len(line.category)] == line.category)
                text = title(scene.chance, line, scene.name(maker))
                price = floor.amount / _FLOOR_SHARE * share
                event = listing(scene.seller(), "l-1", text, category=floor.category, price=price, condition=condition)
                stopped += bench.case(HardNegative(kind="price", events=(event,))).stopped
            told[kind][str(share)] = round(stopped / _PRICED, 3)
    return told


_PRICED: Final = 60
"""Listings for each share."""


def relisting_pairs(bench: Bench, brands: Brands, limit: int | None) -> dict[str, Any]:
    """A blocked listing comes back: the pair's left text is blocked for its description, then the same seller publishes the right text without it.

    Pairs whose left text is not stopped are left out. `same` pairs are one product told twice, the others look alike and are two. Found means that a
    signal speaks that did not for the right text alone.
    """
    scene = Scene(brands, "pairs", 1)
    give_away = f"{scene.name(scene.maker())} 1:1 高仿 replica"
    counted = {same: [0, 0] for same in (0, 1)}
    kept = {0: 0, 1: 0}
    for pair in real.decoded("relisting-pairs"):
        same = int(pair["same"])
        kept[same] += 1
        if kept[same] > (limit or _PAIRS):
            continue
        left, right = pair["left"]["title"], pair["right"]["title"]
        first = listing("pair", "l-1", left, description=give_away, locale="en")
        second = listing("pair", "l-2", right, minutes=600, locale="en")
        if not bench.case(HardNegative(kind="pair", events=(first,))).stopped:
            continue
        alone = {name for name, _ in bench.case(HardNegative(kind="pair", events=(second,))).signals}
        after = {name for name, _ in bench.case(Attack(family="pair", events=(first, second))).signals}
        counted[same][0] += 1
        counted[same][1] += bool(after - alone - {"seller_strikes"})
    return {name: {"pairs": counted[same][0], "found": counted[same][1]} for name, same in (("same", 1), ("different", 0))}


_PAIRS: Final = 1_200
"""Pairs of each kind: all that are the same, and as many that are not."""

_CONTACT_WORD: Final = re.compile(r"微信|wechat|weixin|v信|\bvx|\bwx|qq|扣扣|whatsapp|telegram|\bline\b|@|电话|手机号|1[3-9]\d{9}", re.IGNORECASE)


def contacts(bench: Bench, split: real.Split, limit: int | None) -> dict[str, Any]:
    """Real titles with a word of contact: how many there are, and in how many the judge sees a diversion."""
    found, called = 0, 0
    for _, row in real.listings(split, limit):
        if _CONTACT_WORD.search(msgspec.json.decode(row)["title"]) is None:
            continue
        found += 1
        said = bench.case(HardNegative(kind="contact", events=(row,)))
        called += any(name == "contact_diversion" for name, _ in said.signals)
    return {"titles_with_a_word": found, "called_a_diversion": called}


def slang_in_real_titles(brands: Brands, bench: Bench, split: real.Split, limit: int | None, seed: int) -> dict[str, Any]:
    """A real title of ordinary goods with a brand and an open word put in front: recall where nothing else of the title is ours."""
    scene = Scene(brands, "real_titles", seed)
    rows: Sequence[bytes] = [row for source, row in real.listings(split, limit) if source == "listings-b2c"]
    if not rows:
        return {"listings": 0, "stopped": 0.0}
    chance = random.Random(seed)
    stopped = 0
    chosen = chance.sample(rows, min(_DRESSED, len(rows)))
    for row in chosen:
        content = msgspec.json.decode(row)
        maker = scene.maker()
        content["title"] = f"{scene.name(maker)} {scene.say('高仿', '1:1复刻', '顶级复刻', '莆田纯原', 'A货')} {content['title']}"
        stopped += bench.case(Attack(family="real_titles", events=(canonical(content),))).stopped
    return {"listings": len(chosen), "stopped": round(stopped / len(chosen), 4)}


_DRESSED: Final = 400
"""Titles dressed up as attacks."""
