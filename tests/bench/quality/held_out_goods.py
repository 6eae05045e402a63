"""What the held-out cases talk about: goods with their nouns and attributes, and whom a counterfeiter picks. No list is copied."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from tests.bench.quality.cases import Brands, Maker, listing


class Kind(Struct, frozen=True):
    """Goods of one kind; `price` is what a genuine new piece costs when the registry gives no floor, in CNY."""

    leaves: tuple[str, ...]
    nouns: tuple[str, ...]
    traits: tuple[str, ...]
    english: tuple[str, ...]
    english_traits: tuple[str, ...]
    price: float


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


KINDS: Final = (
    Kind(
        ("女包", "男包", "功能箱包", "运动包、户外包"),
        _words("链条包|托特包|斜挎小方包|水桶包|手提波士顿包|腋下包|双肩背包|邮差包|信封长款钱包|马鞍包|登机拉杆箱"),
        _words("头层牛皮|小羊皮|老花|菱格|五金金扣|大容量|通勤百搭|ins网红|迷你款|中号|经典黑|奶白|荔枝纹|2026新款|配礼盒防尘袋"),
        _words("shoulder bag|crossbody bag|tote|bucket bag|backpack|card wallet|chain flap bag|travel duffle"),
        _words("genuine leather|lambskin|gold hardware|medium|monogram canvas|black|new season|with dust bag|quilted"),
        2200,
    ),
    Kind(
        ("运动鞋", "女鞋", "男鞋", "服饰寝居、童装、童鞋"),
        _words("运动鞋|跑步鞋|板鞋|老爹鞋|低帮休闲鞋|篮球鞋|小白鞋|高帮帆布鞋|德训鞋|拖鞋"),
        _words("男女同款|情侣|透气网面|缓震|气垫|真皮|黑白熊猫配色|36-45码|防滑耐磨|春夏|增高|学生|限量联名|樱花粉"),
        _words("sneakers|running shoes|basketball shoes|low top trainers|slides|high top canvas shoes"),
        _words("men women|EU 36-46|panda black white|breathable|cushioned|leather upper|limited colourway|unisex"),
        700,
    ),
    Kind(
        ("手表",),
        _words("机械表|自动机械腕表|计时码表|潜水表|石英女表|镂空陀飞轮|日历防水男表"),
        _words("蓝宝石镜面|316L精钢|40mm|41mm|绿盘|黑盘|夜光|全自动机芯|陶瓷圈口|钢带|商务"),
        _words("automatic watch|chronograph|diver watch|dress watch|ladies quartz watch"),
        _words("sapphire glass|904L steel|41mm|green dial|ceramic bezel|luminous|steel bracelet"),
        4200,
    ),
    Kind(
        ("唇膏、口红", "彩妆"),
        _words("口红|唇釉|丝绒哑光口红|气垫粉饼|小金管唇膏|口红套盒"),
        _words("正红色|豆沙色|显白|不沾杯|滋润|999色号|烂番茄|3.5g|礼盒装|持久不掉色"),
        _words("lipstick|matte lipstick|lip gloss|cushion compact|lipstick set"),
        _words("rouge|nude pink|long lasting|full size 3.5g|gift box|shade 999"),
        260,
    ),
    Kind(
        ("香水SPA",),
        _words("女士淡香水|男士香水|浓香水EDP|香氛礼盒|古龙水"),
        _words("100ml|50ml|持久留香|木质调|花果香|白茶|乌木玫瑰|喷雾|送女友"),
        _words("eau de parfum|perfume|cologne|eau de toilette spray"),
        _words("100ml|3.4 oz|woody|floral|sealed box|long lasting|for women|for men"),
        720,
    ),
    Kind(
        ("个护化妆",),
        _words("面霜|精华液|肌底液|洗面奶|水乳套装|眼霜|小棕瓶"),
        _words("保湿补水|抗皱紧致|50ml|100ml|敏感肌|修护|提亮肤色|孕妇可用"),
        _words("face cream|serum|eye cream|moisturiser|skin care set"),
        _words("50ml|hydrating|anti-ageing|sealed|brightening|sensitive skin"),
        480,
    ),
    Kind(
        ("户外服饰", "运动服饰", "男装", "女装"),
        _words("冲锋衣|羽绒服|连帽卫衣|短袖T恤|polo衫|运动裤|羊毛大衣|针织开衫|瑜伽裤|夹克外套"),
        _words("刺绣logo|加绒加厚|男女同款|宽松|M-3XL|黑色|纯棉|重磅|防风防水|秋冬|压胶|情侣"),
        _words("down jacket|hoodie|T-shirt|polo shirt|shell jacket|track pants|wool coat"),
        _words("embroidered logo|S-XXL|heavy cotton|waterproof|black|winter|unisex|oversized"),
        900,
    ),
    Kind(
        ("配饰",),
        _words("羊绒围巾|皮带|真丝方巾|太阳镜|墨镜|棒球帽|腰带"),
        _words("针扣|板扣|3.8cm|偏光|桑蚕丝|格纹|男女通用|送礼盒|百搭"),
        _words("belt|silk scarf|cashmere scarf|sunglasses|cap"),
        _words("reversible|3.8 cm|polarised|plaid|gift box|unisex"),
        1300,
    ),
    Kind(
        ("时尚影音",),
        _words("蓝牙耳机|降噪耳机|头戴式耳机|真无线耳塞|便携音箱"),
        _words("主动降噪|长续航|五代|可查序列号|弹窗|入耳式|低延迟|白色"),
        _words("wireless earbuds|noise cancelling headphones|bluetooth speaker"),
        _words("ANC|popup|serial number checks|white|latest generation|wireless charging"),
        900,
    ),
    Kind(
        ("手机通讯", "运营商"),
        _words("智能手机|5G手机|全面屏手机|折叠屏手机"),
        _words("256G|512G|双卡双待|大屏|学生价|全网通|远峰蓝|双摄"),
        _words("smartphone|5G phone|unlocked phone"),
        _words("256GB|dual SIM|unlocked|blue|6.7 inch"),
        2800,
    ),
    Kind(
        ("个护保健",),
        _words("吹风机|电动牙刷|卷发棒|剃须刀|美发直发器"),
        _words("高速|负离子|礼盒套装|国行插头|紫红色|静音|充电式|多档"),
        _words("hair dryer|electric toothbrush|hair styler|shaver"),
        _words("ionic|gift set|fuchsia|full attachments|rechargeable"),
        900,
    ),
)

# Houses that customs reports name year after year; matched by name, so a registry without them simply has fewer targets.
_FAKED: Final = frozenset(
    _words(
        "nike|adidas|chanel|dior|gucci|prada|coach|fendi|burberry|versace|miu miu|converse|new balance|puma|fila|asics|the north face|"
        "arcteryx|columbia|"
        "levi's|tissot|casio|estee lauder|la mer|tom ford|jo malone|clinique|montblanc|salvatore ferragamo|polo ralph lauren|bvlgari|armani|givenchy|"
        "ecco|sony|samsung|yonex|calvin klein|christian louboutin|guerlain|marc jacobs|kenzo|philips"
    )
)


class Target(Struct, frozen=True):
    """A brand, a category of it, and goods that fit there."""

    maker: Maker
    path: tuple[str, ...]
    kind: Kind

    @property
    def genuine_price(self) -> float:
        """The registry's floor for the category, or the kind's usual price; CNY."""
        return next((floor.amount for floor in self.maker.floors if floor.category == self.path and floor.currency == "CNY"), self.kind.price)

    @property
    def has_floor(self) -> bool:
        """The registry states a floor for this category in CNY."""
        return any(floor.category == self.path and floor.currency == "CNY" for floor in self.maker.floors)


def targets(brands: Brands) -> tuple[Target, ...]:
    """Whom to counterfeit: the invented brands and the much-faked real ones, once for every category that has goods here."""
    return tuple(
        Target(maker, path, kind)
        for maker in brands.makers
        if maker.fictional or any(name.casefold() in _FAKED for name in maker.latin)
        for path in maker.categories
        for kind in KINDS
        if path[-1] in kind.leaves
    )


def pick(chance: random.Random, pool: Sequence[Target], *, latin: bool = False, han: bool = False) -> Target:
    """One target; half of them are real brands, if there are any, however many categories a brand has."""
    fit = [target for target in pool if (target.maker.latin or not latin) and (target.maker.han or not han)]
    sides = [side for flag in (True, False) if (side := [target for target in fit if target.maker.fictional is flag])]
    side = chance.choice(sides)
    brand = chance.choice(sorted({target.maker.brand_id for target in side}))
    return chance.choice([target for target in side if target.maker.brand_id == brand])


def name_of(chance: random.Random, maker: Maker) -> str:
    """A name as sellers write it: Latin, Chinese or both."""
    latin, han = (chance.choice(names) if names else "" for names in (maker.latin, maker.han))
    latin = chance.choice((latin, latin.lower(), latin.upper(), latin.capitalize()))
    return chance.choice([form for form in (latin, han, f"{latin}/{han}" if latin and han else "", f"{han}{latin}" if latin and han else "") if form])


def chinese(chance: random.Random, name: str, kind: Kind, *extra: str) -> str:
    """A Chinese title: name, noun, two to four attributes and `extra` in one of the orders that sellers use."""
    noun, traits = chance.choice(kind.nouns), chance.sample(kind.traits, chance.randint(2, 4))
    said = [word for word in extra if word]
    match chance.randrange(4):
        case 0:
            parts = [name, *traits[:1], noun, *traits[1:], *said]
        case 1:
            parts = [*said[:1], name, noun, *traits, *said[1:]]
        case 2:
            parts = [*traits[:2], name, noun, *said, *traits[2:]]
        case _:
            parts = [f"{chance.choice(('2026', '新款', '春季', '现货', '爆款', '专柜同步'))}{name}{noun}", *said, *traits]
    return " ".join(part for part in parts if part)


def english(chance: random.Random, name: str, kind: Kind, *extra: str) -> str:
    """An English title of name, noun, attributes and `extra`."""
    noun, traits = chance.choice(kind.english), chance.sample(kind.english_traits, chance.randint(2, 4))
    said = [word for word in extra if word]
    match chance.randrange(3):
        case 0:
            return " ".join([name, noun, *said, ", ".join(traits)])
        case 1:
            return ", ".join([f"{name} {noun}", *traits, *said])
        case _:
            return " ".join([*said, name, *traits[:1], noun, *traits[1:]])


def fake_price(chance: random.Random, target: Target, low: float = 0.05, high: float = 0.3) -> float:
    """A copy's price in CNY: between `low` and `high` of a genuine one's, ending as sellers end prices."""
    return max(9.0, round(target.genuine_price * chance.uniform(low, high))) + chance.choice((0, 0, 0.9, 0.8, -0.1))


def photo(chance: random.Random) -> str:
    """A fresh PDQ hash; real ones have as many ones as zeros."""
    bits = [0] * 128 + [1] * 128
    chance.shuffle(bits)
    return f"{int(''.join(map(str, bits)), 2):064x}"


def retouched(chance: random.Random, pdq: str, bits: int) -> str:
    """The hash of the same photo after recompression, a watermark or a light crop: `bits` of 256 differ (PDQ's authors call up to 31 the same)."""
    value = int(pdq, 16)
    for place in chance.sample(range(256), bits):
        value ^= 1 << place
    return f"{value:064x}"


class Scene(Struct, frozen=True):
    """One case about to be written: the registry, whom to copy, this case's own chance, and a label that no other case has."""

    brands: Brands
    pool: tuple[Target, ...]
    chance: random.Random
    label: str

    @property
    def seller(self) -> str:
        """The case's invented seller."""
        return f"{self.label}-seller"

    def offer(self, target: Target, title: str, *, number: int = 1, seller: str = "", **more: Any) -> bytes:
        """A listing in the target's category with a photo of its own, an everyday quantity and no declared brand, unless `more` says otherwise."""
        given = {"category": target.path, "photos": (photo(self.chance),), "quantity": self.chance.choice((5, 20, 66, 199, 999)), **more}
        return listing(seller or self.seller, f"{self.label}-l{number}", title, **given)
