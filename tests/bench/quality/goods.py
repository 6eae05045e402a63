"""What is sold: lines of goods by category, and titles as shops write them. Phrased by hand after no file of titles."""

from __future__ import annotations

import random
from typing import Final

from msgspec import Struct

from tests.bench.quality.cases import Maker
from tests.bench.quality.phrases import say


class Line(Struct, frozen=True, kw_only=True):
    """A line of goods; `zh` and `en` are its nouns, `traits` what titles praise it for, `low` and `high` its usual counter price in yuan."""

    category: tuple[str, ...]
    zh: tuple[str, ...]
    en: tuple[str, ...]
    traits: tuple[str, ...]
    sizes: tuple[str, ...] = ("",)
    low: int
    high: int


def _line(category: str, zh: str, low: int, high: int, en: str, traits: str, sizes: str) -> Line:
    return Line(
        category=tuple(category.split("/")), zh=tuple(zh.split()), en=tuple(en.split(", ")), traits=tuple(traits.split()),
        sizes=tuple(sizes.split()) or ("",), low=low, high=high,
    )  # fmt: skip


LINES: Final = (
    _line(
        "服饰、鞋、包/女鞋", "单鞋 高跟鞋 乐福鞋 短靴 马丁靴 小白鞋 凉鞋", 500, 6500,
        "heels, loafers, ankle boots, flats, sandals",
        "真皮 尖头 浅口 粗跟 百搭 通勤 软底 显瘦 羊皮 漆皮", "35 36 37 38 39 40",
    ),
    _line(
        "服饰、鞋、包/男鞋", "皮鞋 休闲鞋 板鞋 豆豆鞋 德比鞋 工装靴", 500, 5200,
        "derby shoes, loafers, work boots, casual shoes",
        "头层牛皮 英伦 商务 透气 手工 增高 系带 圆头", "39 40 41 42 43 44",
    ),
    _line(
        "健康运动、户外/运动鞋", "跑步鞋 篮球鞋 板鞋 老爹鞋 训练鞋 慢跑鞋 滑板鞋", 459, 1699,
        "running shoes, sneakers, basketball shoes, trainers, skate shoes",
        "缓震 透气 网面 气垫 轻便 防滑 低帮 高帮 情侣款 复古", "36 38.5 40 41 42.5 43 44 45",
    ),
    _line(
        "服饰、鞋、包/女包", "斜挎包 链条包 托特包 手提包 单肩包 水桶包 戴妃包 腋下包", 2600, 26000,
        "shoulder bag, tote bag, chain bag, handbag, crossbody bag",
        "真皮 羊皮 菱格 老花 小方 大容量 通勤 复古 牛皮 鳄鱼纹", "小号 中号 大号 mini 25 30",
    ),
    _line(
        "服饰、鞋、包/男包", "公文包 手拿包 钱包 双肩包 胸包 皮带", 900, 9800,
        "briefcase, wallet, backpack, belt, card holder",
        "头层牛皮 商务 压纹 短款 长款 大容量 棋盘格", "",
    ),
    _line(
        "服饰、鞋、包/功能箱包", "拉杆箱 登机箱 旅行箱 行李箱 腰包 电脑包", 900, 7800,
        "suitcase, carry-on, trolley case, travel bag",
        "铝框 万向轮 静音 20寸 24寸 28寸 防刮 密码锁", "",
    ),
    _line(
        "健康运动、户外/运动包、户外包", "双肩包 登山包 健身包 腰包", 300, 1600,
        "backpack, hiking pack, gym bag",
        "防水 轻量 30L 45L 透气背负 多隔层", "",
    ),
    _line(
        "服饰、鞋、包/配饰", "围巾 丝巾 皮带 棒球帽 太阳镜 披肩 手套", 480, 4200,
        "scarf, silk square, belt, sunglasses, cap",
        "羊绒 真丝 双面 格纹 提花 百搭 偏光 送礼", "",
    ),
    _line(
        "服饰、鞋、包/男装", "夹克 POLO衫 T恤 卫衣 羽绒服 牛仔裤 衬衫", 380, 5600,
        "jacket, polo shirt, t-shirt, hoodie, down jacket, jeans",
        "修身 纯棉 刺绣 商务 休闲 宽松 翻领 印花", "M L XL XXL 175/92A 48 50",
    ),
    _line(
        "服饰、鞋、包/女装", "连衣裙 针织衫 大衣 半身裙 风衣 西装外套 羽绒服", 380, 6800,
        "dress, knit sweater, coat, trench coat, blazer",
        "收腰 羊毛 双面呢 法式 名媛 显瘦 真丝 廓形", "S M L XL",
    ),
    _line(
        "服饰、鞋、包/内衣", "内裤 文胸套装 保暖内衣 睡衣 家居服", 120, 900,
        "boxer briefs, bra set, pyjamas, thermal set",
        "莫代尔 无痕 冰丝 加绒 蕾丝 三条装", "M L XL 75B 80B",
    ),
    _line(
        "健康运动、户外/户外服饰", "冲锋衣 软壳 羽绒服 抓绒衣 皮肤衣 速干裤", 780, 5900,
        "shell jacket, softshell, down parka, fleece",
        "防水 防风 三合一 900蓬 透湿 可拆卸 压胶", "S M L XL XXL",
    ),
    _line(
        "健康运动、户外/运动服饰", "运动套装 卫衣 运动裤 速干T恤 瑜伽裤", 260, 1200,
        "tracksuit, hoodie, leggings, sports bra",
        "速干 弹力 宽松 加绒 高腰 立领", "S M L XL",
    ),
    _line(
        "钟表/手表", "机械表 石英表 腕表 男表 女表 潜水表 计时码表", 1600, 88000,
        "automatic watch, quartz watch, chronograph, dress watch, diver watch",
        "全自动 陶瓷圈 蓝宝石 钢带 皮带 月相 夜光 防水 镂空", "36mm 40mm 41mm 42mm",
    ),
    _line(
        "个护化妆/彩妆/唇膏、口红", "口红 唇釉 唇膏 唇泥", 210, 460,
        "lipstick, lip gloss, lip tint",
        "哑光 丝绒 滋润 显白 镜面 正红 豆沙色", "#999 #405 #316 #01 3.5g",
    ),
    _line(
        "个护化妆/香水SPA", "香水 淡香水 浓香水 香氛", 480, 2600,
        "eau de parfum, eau de toilette, perfume",
        "持久 花香 木质调 清新 女士 男士 礼盒", "30ml 50ml 100ml",
    ),
    _line(
        "个护化妆", "精华液 面霜 眼霜 爽肤水 粉底液 气垫", 320, 1900,
        "serum, face cream, eye cream, toner, foundation",
        "保湿 抗皱 提亮 紧致 修护 敏感肌", "15ml 30ml 50ml 150ml",
    ),
    _line(
        "数码/时尚影音", "蓝牙耳机 降噪耳机 头戴式耳机 音箱 入耳式耳机", 399, 2999,
        "wireless earbuds, noise cancelling headphones, speaker",
        "主动降噪 无线 重低音 长续航 运动防水 弹窗", "",
    ),
    _line(
        "手机/手机通讯", "智能手机 5G手机 折叠屏手机", 1999, 9999,
        "smartphone, 5G phone, foldable phone",
        "全网通 双卡 快充 曲面屏 超清夜拍", "128GB 256GB 512GB 12+256",
    ),
    _line(
        "手机/手机配件", "充电器 数据线 手机壳 移动电源 耳机", 49, 399,
        "charger, data cable, phone case, power bank",
        "快充 20W 硅胶 磁吸 原厂 编织", "",
    ),
    _line(
        "数码/数码配件", "存储卡 相机电池 读卡器 移动硬盘 U盘", 69, 899,
        "memory card, camera battery, portable drive",
        "高速 A2 4K 金属 加密 防震", "64GB 128GB 1TB",
    ),
    _line(
        "数码/摄影摄像", "微单相机 定焦镜头 变焦镜头 运动相机", 1999, 16000,
        "mirrorless camera, prime lens, zoom lens",
        "全画幅 4K 防抖 大光圈 套机", "",
    ),
    _line(
        "电脑、软件、办公/外设产品", "鼠标 机械键盘 耳麦 游戏手柄", 129, 1299,
        "mouse, mechanical keyboard, headset, gamepad",
        "无线 RGB 茶轴 青轴 静音 电竞", "",
    ),
    _line(
        "电脑、软件、办公/办公打印", "硒鼓 墨盒 打印机 碎纸机", 169, 2600,
        "toner cartridge, ink cartridge, printer",
        "原装 大容量 易加粉 双面 无线", "",
    ),
    _line(
        "家用电器/个护保健", "吹风机 剃须刀 电动牙刷 美容仪 直发器", 299, 3299,
        "hair dryer, shaver, electric toothbrush, curler",
        "负离子 高速 声波 充电式 干湿两用 礼盒装", "",
    ),
    _line(
        "家用电器/厨房电器", "破壁机 电饭煲 咖啡机 空气炸锅 榨汁机", 299, 3600,
        "blender, rice cooker, coffee machine, air fryer",
        "家用 静音 预约 大容量 不粘 智能", "",
    ),
    _line(
        "家用电器/生活电器", "吸尘器 扫地机器人 空气净化器 挂烫机", 499, 4300,
        "vacuum cleaner, robot vacuum, air purifier",
        "无线 手持 大吸力 静音 除螨", "",
    ),
    _line(
        "家居家装/家纺", "四件套 蚕丝被 羽绒被 毛毯", 399, 3900,
        "duvet set, silk quilt, blanket",
        "长绒棉 贡缎 60支 加厚 绣花", "1.5m 1.8m 2.0m",
    ),
    _line(
        "母婴童/服饰寝居、童装、童鞋", "童鞋 儿童卫衣 宝宝外套 儿童羽绒服 学步鞋", 160, 1200,
        "kids shoes, kids hoodie, toddler jacket",
        "软底 透气 加绒 纯棉 男童 女童 中大童", "90 110 120 130 28码 32码",
    ),
)  # fmt: skip

COLOURS: Final = ("黑色", "白色", "米白", "灰色", "藏青", "酒红", "浅粉", "墨绿", "卡其", "雾蓝", "焦糖色", "银色", "黑金", "奶茶色", "棕色")
COLOURS_EN: Final = ("black", "white", "ivory", "grey", "navy", "burgundy", "pink", "green", "khaki", "brown", "silver")

_MODELS: Final = "[{L}{d}{d}{d}|{L}{L}{d}{d}{d}{d}|{d}{d}{d}{d}{d}-{d}{d}|{L}{d}{d}-{L}{d}|{d}{d}{d}{d}{d}{d}]"
_TITLES: Final = (
    "{name} [{year}|{year}款|]{season}[新款|] {who}{trait}{noun} {trait}{noun} {model} {colour} {size}",
    "{name}{who}{noun}{year}新款{trait}{trait}{noun} {colour} {size}",
    "[{season}新品|热卖|{year}新款|] {name} {trait}{noun} {who} {model} {colour}",
    "{name} {noun} {who}{trait} {trait} {model} [送礼|日常|潮流|百搭|官网同步|] {size}",
    "{who}{noun} {trait}{trait} {name} {model}{colour} [包邮|顺丰包邮|现货|]",
)
_TITLES_EN: Final = (
    "{name} {noun_en} [for women|for men|unisex|] {colour_en} {model} [size {size}|]",
    "[New {year} |]{name} {model} {noun_en}, {colour_en}[, with box|, free shipping|]",
    "[Women's|Men's|] {name} {noun_en} {model} [{colour_en}|in {colour_en}]",
)


def slots(chance: random.Random, line: Line, name: str) -> dict[str, str | tuple[str, ...]]:
    """What fills the slots of titles about this line under this name ("" for goods of no name). One model, colour and size a listing."""
    model = say(chance, _MODELS, {"L": tuple("ABCDEFGHKLMNPRSTWXZ"), "d": tuple("0123456789")})
    return {
        "name": name, "model": model, "noun": line.zh, "noun_en": line.en, "trait": line.traits,
        "colour": chance.choice(COLOURS), "colour_en": chance.choice(COLOURS_EN), "size": chance.choice(line.sizes),
        "year": chance.choice(("2023", "2024", "2025", "2026")), "season": ("春季", "秋冬", "夏季", "春夏", "冬季", ""),
        "who": ("女", "男", "男女同款", "女士", "男士", ""),
    }  # fmt: skip


def title(chance: random.Random, line: Line, name: str, english: bool = False) -> str:
    """An ordinary title."""
    return say(chance, chance.choice(_TITLES_EN if english else _TITLES), slots(chance, line, name))


def line_of(chance: random.Random, maker: Maker) -> Line | None:
    """A line of goods that the brand is registered for; None if the benchmark knows none."""
    fits = [line for line in LINES if any(path[: len(line.category)] == line.category or line.category == path for path in maker.categories)]
    return chance.choice(fits) if fits else None


def counter_price(chance: random.Random, line: Line, maker: Maker | None = None) -> float:
    """A genuine new article's price in yuan: a little above the brand's floor, or somewhere in the line's range."""
    floors = [floor.amount for floor in maker.floors if floor.category == line.category[: len(floor.category)]] if maker else []
    return round(max(floors) / chance.uniform(0.3, 0.6) if floors else line.low + (line.high - line.low) * chance.random() ** 2)
