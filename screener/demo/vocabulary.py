"""Words for the invented marketplace: goods, qualities, colours, invented brands. Chosen by hand; no brand, seller or person here exists.

Chinese and English lists of one line of goods stand side by side, so that either language can be drawn for the same category and price range.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

Path = tuple[str, ...]


class Line(Struct, frozen=True):
    """A line of goods: what it is called, where it stands, and between which list prices (yuan) it is sold."""

    category: Path
    zh: tuple[str, ...]
    en: tuple[str, ...]
    low: int
    high: int


def _line(category: str, zh: str, en: str, low: int, high: int) -> Line:
    return Line(tuple(category.split("/")), tuple(zh.split()), tuple(en.split(", ")), low, high)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


EVERYDAY_GOODS: Final = (
    _line("home/bedding", "四件套 夏凉被 枕套 床笠 毛毯 蚕丝被", "duvet cover, summer quilt, pillowcase pair, fitted sheet, throw blanket", 39, 420),
    _line("home/kitchen", "炒锅 砧板 保鲜盒 沥水篮 陶瓷碗 蒸笼", "frying pan, cutting board, storage jar, dish rack, soup bowl, steamer", 15, 260),
    _line("home/lighting", "台灯 落地灯 小夜灯 吸顶灯 灯串", "desk lamp, floor lamp, night light, ceiling light, string lights", 19, 480),
    _line("home/storage", "收纳箱 衣架 鞋架 挂钩 抽屉柜", "storage box, coat hanger set, shoe rack, wall hooks, drawer unit", 9, 180),
    _line("home/furniture", "书桌 餐椅 床头柜 书架 折叠桌", "writing desk, dining chair, bedside table, bookshelf, folding table", 120, 1900),
    _line("garden/tools", "浇水壶 园艺剪 花盆 育苗盘 遮阳网", "watering can, pruning shears, flower pot, seed tray, shade net", 8, 150),
    _line("garden/plants", "多肉植物 绿萝 蝴蝶兰 薄荷盆栽 种子", "succulent, pothos plant, orchid, mint pot, seed mix", 6, 120),
    _line("food/tea", "龙井茶 普洱茶饼 茉莉花茶 红茶礼盒 乌龙茶", "green tea, pu-erh cake, jasmine tea, black tea tin, oolong", 29, 680),
    _line("food/snacks", "坚果礼包 海苔 牛肉干 饼干 蜜饯", "nut mix, seaweed snack, beef jerky, butter biscuits, candied fruit", 9, 130),
    _line("pets/supplies", "猫砂 狗粮 猫抓板 牵引绳 宠物窝", "cat litter, dog food, scratching board, pet leash, pet bed", 12, 260),
    _line("toys/building", "积木 拼图 陀螺 毛绒玩偶 遥控车", "building bricks, jigsaw puzzle, spinning top, plush doll, remote car", 15, 330),
    _line("stationery/paper", "笔记本 手账本 便利贴 文件夹 日历", "notebook, bullet journal, sticky notes, ring binder, wall calendar", 4, 60),
    _line(
        "fashion/clothing/dresses",
        "连衣裙 半身裙 衬衫 针织衫 阔腿裤",
        "summer dress, pleated skirt, linen shirt, knit cardigan, wide trousers",
        49,
        390,
    ),
    _line(
        "fashion/clothing/basics",
        "纯棉短袖 打底衫 船袜 家居服 保暖裤",
        "cotton t-shirt, base layer, ankle socks, lounge set, thermal leggings",
        12,
        160,
    ),
    _line("electronics/accessories/cases", "手机壳 钢化膜 平板保护套 镜头盖", "phone case, screen protector, tablet sleeve, lens cap", 6, 89),
    _line(
        "electronics/accessories/cables", "数据线 充电头 移动电源 转接头 集线器", "charging cable, wall charger, power bank, adapter, usb hub", 9, 160
    ),
    _line("auto/interior", "车载支架 脚垫 头枕 遮阳挡 收纳袋", "car phone mount, floor mats, neck pillow, sun shade, seat organiser", 12, 240),
    _line("sports/gear", "瑜伽垫 跳绳 羽毛球拍 护膝 泳镜", "yoga mat, skipping rope, badminton racket, knee support, swim goggles", 15, 320),
    _line("baby/care", "围兜 学饮杯 隔尿垫 婴儿背带 安抚巾", "baby bib, sippy cup, changing pad, baby carrier, comfort cloth", 12, 290),
    _line("tools/hand", "螺丝刀套装 卷尺 扳手 工具箱 美工刀", "screwdriver set, tape measure, spanner, tool box, utility knife", 8, 210),
    _line("crafts/yarn", "毛线 十字绣 手工珠子 布料 编织针", "wool yarn, cross stitch kit, craft beads, cotton fabric, knitting needles", 6, 110),
    _line("electronics/wearables", "智能手环 儿童电话手表 运动手表", "fitness band, kids phone watch, sports watch", 79, 590),
)
"""What nine listings of ten are about: goods without a protected brand."""

SNEAKERS: Final = _line("fashion/shoes/sneakers", "跑鞋 板鞋 篮球鞋 休闲鞋", "running shoes, court sneakers, basketball shoes, trainers", 499, 1399)
BAGS: Final = _line("fashion/bags/handbags", "手提包 斜挎包 托特包 链条包", "handbag, crossbody bag, tote bag, chain bag", 2800, 14800)
WATCHES: Final = _line("jewellery/watches", "机械表 石英表 腕表 计时表", "automatic watch, quartz watch, dress watch, chronograph", 1900, 16800)
SKINCARE: Final = _line("beauty/skincare", "精华液 面霜 眼霜 乳液", "serum, face cream, eye cream, lotion", 380, 1580)
LIPSTICK: Final = _line("beauty/make-up", "口红 粉底液 气垫 唇釉", "lipstick, foundation, cushion, lip glaze", 260, 520)
PERFUME: Final = _line("beauty/perfume", "香水 淡香水", "eau de parfum, eau de toilette", 620, 1680)
PHONES: Final = _line("electronics/phones", "智能手机 5G手机 折叠屏手机", "smartphone, 5G phone, foldable phone", 2999, 8999)
AUDIO: Final = _line("electronics/audio", "蓝牙耳机 降噪耳机 头戴耳机", "earbuds, noise cancelling headphones, over-ear headphones", 699, 2699)
LENSES: Final = _line("electronics/cameras/lenses", "定焦镜头 变焦镜头 人像镜头", "prime lens, zoom lens, portrait lens", 2299, 12999)
JACKETS: Final = _line("fashion/outdoor/jackets", "冲锋衣 羽绒服 软壳衣", "shell jacket, down jacket, softshell", 899, 4699)
SUNGLASSES: Final = _line("fashion/eyewear", "太阳镜 墨镜 偏光镜", "sunglasses, polarised shades", 780, 2280)
LUGGAGE: Final = _line("fashion/luggage", "拉杆箱 登机箱 旅行箱", "cabin case, trolley, travel suitcase", 1280, 5600)
POWER_TOOLS: Final = _line("tools/power", "电钻 角磨机 电动扳手", "cordless drill, angle grinder, impact wrench", 399, 1899)
PENS: Final = _line("stationery/pens", "钢笔 签字笔 宝珠笔", "fountain pen, rollerball, ballpoint", 320, 3200)
SCARVES: Final = _line("fashion/scarves", "真丝方巾 羊绒围巾 披肩", "silk square, cashmere scarf, shawl", 1100, 4200)
JEWELS: Final = _line("jewellery/fine", "项链 手链 耳钉 戒指", "necklace, bracelet, ear studs, ring", 1500, 12000)


class BrandPlan(Struct, frozen=True):
    """An invented brand before it becomes a registry record."""

    name: str
    zh: str
    lines: tuple[Line, ...]
    models: tuple[str, ...]
    aliases: tuple[str, ...] = ()


BRANDS: Final = (
    BrandPlan("Velloro", "维洛罗", (SNEAKERS,), ("Aero 3", "Court 77", "Pulse", "Strada", "V-One")),
    BrandPlan("Zephyrun", "泽菲润", (SNEAKERS,), ("Glide 12", "Tempo", "Ridge GT", "Mile 8")),
    BrandPlan("Pivarro", "皮瓦罗", (SNEAKERS, JACKETS), ("Hoop 5", "Baseline", "Apex", "Rally")),
    BrandPlan("Marquenne", "玛珂恩", (BAGS, SCARVES), ("Lune", "Saint-Val", "Petite Arche", "Cabine 30")),
    BrandPlan("Tessarou", "泰莎柔", (BAGS, PERFUME), ("Noisette", "Grand Soir", "Mini Volt", "Fleur 9")),
    BrandPlan("Ostrelle", "奥丝翠", (SCARVES, BAGS), ("Carrousel", "Ombre", "Voile 90")),
    BrandPlan("Brontal", "布朗塔", (WATCHES,), ("Meridian 40", "Diver 300", "Regulus", "Chrono B2")),
    BrandPlan("Halcyra", "海曦拉", (JEWELS, WATCHES), ("Aurore", "Duet", "Trefoil", "Orbit")),
    BrandPlan("Solvique", "索薇珂", (SKINCARE, LIPSTICK), ("Rouge 21", "Hydra 5", "Nuit", "Velvet 08")),
    BrandPlan("Aurevie", "奥蕊薇", (SKINCARE, PERFUME), ("Lumière", "Renew", "Calm B5", "Rosée")),
    BrandPlan("Kestrion", "凯思瑞昂", (PHONES,), ("K9", "K9 Pro", "Fold 2", "K8 Lite")),
    BrandPlan("Lumivant", "流明梵", (AUDIO,), ("Silence 4", "Buds S", "Studio X", "Air Note")),
    BrandPlan("Optaris", "奥普塔瑞", (LENSES,), ("35mm F1.4", "24-70mm F2.8", "85mm F1.8", "100mm F2.8")),
    BrandPlan("Nordhavik", "诺德哈维", (JACKETS,), ("Fjell", "Storm 3L", "Vidda", "Tind Down")),
    BrandPlan("Ekselund", "埃克瑟伦", (JACKETS, LUGGAGE), ("Trek 40", "Skog", "Polar")),
    BrandPlan("Myrthos", "密索斯", (SUNGLASSES,), ("Delos", "Ikaria", "Pilot 58", "Naxa")),
    BrandPlan("Rovigant", "罗维甘", (LUGGAGE,), ("Cabin 20", "Atlas 28", "Nomade")),
    BrandPlan("Voltrane", "沃川", (POWER_TOOLS,), ("VT-18", "VT-20 Max", "G125")),
    BrandPlan("Quillmark", "奎尔玛", (PENS,), ("No. 5", "Imprint", "Legat 146")),
    BrandPlan("Drakmoor", "德拉克莫", (BAGS, LUGGAGE), ("Brief 38", "Dray", "Holdall")),
    BrandPlan("Cavendral", "卡文德拉", (SUNGLASSES, SCARVES), ("Mews", "Square 54", "Regent")),
    BrandPlan("Sableth", "赛布丝", (PERFUME, LIPSTICK), ("Ink 02", "Nocturne", "Amber Line")),
    BrandPlan("Tindrelo", "廷德洛", (SNEAKERS,), ("Kiddo 2", "Hop", "Pebble")),
    # As real registries do, this one has a name that is an everyday word: alone it must protect nothing.
    BrandPlan("Silvanor", "森林", (JACKETS, BAGS), ("Moss", "Bark 25", "Canopy"), ("Forest",)),
)
"""The invented brands; their names were checked against nothing but our own invention, and any likeness is chance."""

QUALITIES: Final = {
    "zh": _words("新款 简约 加厚 轻薄 防水 便携 透气 大容量 百搭 复古 北欧风 可折叠 耐磨 柔软 静音 多功能 网红 日式 清新 升级款"),
    "en": ("new", "simple", "thick", "lightweight", "waterproof", "portable", "breathable", "large", "vintage style", "foldable", "soft", "quiet"),
}
COLOURS: Final = {
    "zh": _words("黑色 白色 米白 灰色 藏青 酒红 浅粉 墨绿 卡其 雾蓝 燕麦色 焦糖色 银色"),
    "en": ("black", "white", "ivory", "grey", "navy", "burgundy", "blush", "dark green", "khaki", "mist blue", "oat", "caramel"),
}
AUDIENCES: Final = {
    "zh": _words("男女同款 女士 男士 儿童 学生 家用 办公室 户外 宿舍 送礼"),
    "en": ("unisex", "for women", "for men", "for kids", "for students", "for home", "for the office", "for travel", "as a gift"),
}
ENDINGS: Final = {
    "zh": _words("包邮 现货 正品 当天发货 厂家直销 七天无理由 送运费险 专柜同步 限时优惠 老客回购"),
    "en": ("free shipping", "in stock", "ships today", "easy returns", "genuine", "limited offer", "direct from maker"),
}
DESCRIPTIONS: Final = {
    "zh": (
        "实物拍摄，颜色以收到为准，支持七天无理由退换。",
        "材质亲肤，做工细致，尺码标准，拿不准可以问客服。",
        "下单后四十八小时内发出，偏远地区除外。",
        "自用闲置，功能正常，成色见图，不议价。",
        "新品上架，关注店铺领券更优惠。",
        "尺寸为手工测量，误差一到三厘米属于正常。",
    ),
    "en": (
        "Photos show the actual item. Returns within seven days.",
        "Ships within two working days, tracked.",
        "Measured by hand, please allow one to three centimetres.",
        "Carefully packed. Ask us about sizes.",
        "Used a few times, works as it should, see the photos.",
    ),
}
