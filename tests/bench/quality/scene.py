"""One constructed listing after another: picks brand and goods, and knows how sellers price, name and praise copies."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

from tests.bench.quality.cases import Attack, Brands, Maker, listing
from tests.bench.quality.goods import Line, counter_price, line_of, slots, title
from tests.bench.quality.phrases import say

# What sellers write about copies, from trade usage. Open words say it, hints make the buyer ask, sources explain the price away.
OPEN: Final = (
    "[高仿|超高仿|精仿|顶级高仿|顶仿|高端定制版]",
    "[一比一|1:1|1比1|1：1]{of}[复刻|打版|开模|定制|原版]",
    "[顶级|高端|原版|厂版]复刻[版|]",
    "[A货|超A|顶A|AAA级|A+货|超A级]",
    "莆田[货|纯原|鞋厂|公司级|工厂直发|原厂]",
    "[纯原|OG纯原|S2纯原|纯原版本|G版|H12版|LJR版]",
    "[公司级|真标|特供版|过验版|专柜过检版]",
    "[复刻|高版本|最高版本|市面顶级版本]",
    "[外贸|尾货|工厂]原单",
    "[原单|跟单|尾单][正品级|品质|同专柜质量]",
    "[代工厂流出|同厂同线|原厂皮料 同厂做工]",
)
"""Any of these beside a brand is a copy on offer."""

PLAIN_OPEN: Final = OPEN[:6]
"""Those that mean nothing else."""

HINTS: Final = (
    "懂的来",
    "你懂的",
    "行家[自鉴|随意验]",
    "大牌同款",
    "[专柜|柜台]同款同[材质|厂|品质]",
    "[支持|可]专柜[验货|对比|鉴定]",
    "细节[看图|到位] 不解释",
    "[闭眼入|自己鉴别]",
    "[过|可过]得物[鉴定|]",
    "不是专柜价 质量[一样|没差]",
    "[海外|免税店]渠道 [全套包装|带小票]",
    "[海关|保税区][罚没|扣货]",
    "配[全套盒子|防尘袋 小票 身份卡]",
)

OPEN_EN: Final = (
    "[1:1|AAA|AAA+|top|super|mirror] [replica|copy|clone|quality replica]",
    "[high quality|best|UA|unauthorized authentic] [reps|rep|replica|dupe]",
    "[mirror|5A|7A|OG|best batch] quality",
    "[replica|knock off|fake but perfect|superfake]",
    "same factory as [original|authentic]",
)


class Scene:
    """A source of seeded choices for one family of attacks or one kind of hard negative."""

    def __init__(self, brands: Brands, family: str, seed: int) -> None:
        self.chance = random.Random(f"{family}/{seed}")
        self.family = family
        self.brands = brands
        self._lined = [maker for maker in brands.makers if line_of(self.chance, maker) is not None]
        self._invented = [maker for maker in self._lined if maker.fictional]
        self._number = 0

    def maker(self, among: Sequence[Maker] | None = None, *, latin: bool = False, han: bool = False, gated: bool = False) -> Maker:
        """A brand with goods, half of them invented ones; `among` narrows the choice, `latin` and `han` ask for names in that script.

        Gated brands only where they are asked for: else their gate would stop what other evidence should. Raises `LookupError` if no brand suits.
        """
        allowed = None if among is None else {maker.brand_id for maker in among}
        pools = (self._invented, self._lined) if self.chance.random() < 0.5 else (self._lined, self._invented)
        for pool in pools:
            fits = [one for one in pool if (allowed is None or one.brand_id in allowed) and (one.latin or not latin) and (one.han or not han)]
            fits = [one for one in fits if one.gated == gated]
            if fits:
                return self.chance.choice(fits)
        raise LookupError(f"no brand of the registry suits {self.family}")

    def line(self, maker: Maker) -> Line:
        """A line of goods of the brand, the one with a price floor if there is one."""
        found = line_of(self.chance, maker)
        assert found is not None, "makers are picked among those with goods"
        return found

    def name(self, maker: Maker) -> str:
        """The brand as titles write it."""
        both = self.chance.choice(("{}{}", "{}/{}", "{}（{}）", "{} {}"))
        if maker.latin and maker.han and self.chance.random() < 0.35:
            names = [self.chance.choice(maker.latin), self.chance.choice(maker.han)]
            return both.format(*names)
        name = self.chance.choice(maker.latin or maker.han) if self.chance.random() < 0.5 else self.chance.choice(maker.han or maker.latin)
        return name if self.chance.random() < 0.7 else name.upper()

    def titled(self, maker: Maker, name: str, english: bool = False) -> tuple[str, Line]:
        """An ordinary title with the brand under `name`, and its goods."""
        line = self.line(maker)
        return title(self.chance, line, name, english), line

    def say(self, *patterns: str, of: str = "", **more: str) -> str:
        """One of the patterns, said."""
        return say(self.chance, self.chance.choice(patterns), {"of": of, **more})

    def join(self, text: str, pitch: str) -> str:
        """The pitch before, behind or inside a title."""
        words = text.split(" ")
        place = self.chance.choice((0, len(words), self.chance.randrange(len(words) + 1)))
        left, right = self.chance.choice((("", ""), ("", ""), ("【", "】"), ("(", ")"), ("❗", "❗")))
        return " ".join((*words[:place], f"{left}{pitch}{right}", *words[place:])).strip()

    def price(self, line: Line, maker: Maker | None = None) -> float | None:
        """What copies ask: often no price in the event, else from a twentieth to near the counter price."""
        counter = counter_price(self.chance, line, maker)
        kind = self.chance.random()
        if kind < 0.4:
            return None
        return round(counter * (self.chance.uniform(0.05, 0.25) if kind < 0.65 else self.chance.uniform(0.3, 0.9)))

    def seller(self) -> str:
        """A seller that nobody knows yet."""
        self._number += 1
        return f"q-{self.family}-{self._number}"

    def one(self, text: str, maker: Maker | None, line: Line, **content: Any) -> Attack:
        """An attack of one new listing with this title; category and price as its goods have them unless `content` says otherwise."""
        content = {"category": line.category, "price": self.price(line, maker), **content}
        needs = content.pop("needs", ())
        evidence = content.pop("evidence", ())
        event = listing(self.seller(), "l-1", text, **content)
        return Attack(family=self.family, events=(event,), brand_id=maker.brand_id if maker else None, needs=needs, evidence=evidence)

    def slots(self, line: Line, name: str) -> dict[str, str | tuple[str, ...]]:
        """What fills the slots of a title."""
        return slots(self.chance, line, name)
