"""Held-out innocents whose words or letters look guilty. A kind without a brand is a grammar: patterns with slots, filled by chance."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from tests.bench.quality.cases import HardNegative, listing
from tests.bench.quality.held_out_goods import Scene, photo
from tests.bench.quality.held_out_phrases import ending


class Plain(Struct, frozen=True):
    """Goods without a protected brand: category, price range in CNY, title patterns and the slots' fillers."""

    category: str
    prices: tuple[float, float]
    patterns: str
    slots: dict[str, str]
    locale: str = "zh-CN"
    descriptions: str = ""


def _filled(chance: random.Random, pattern: str, slots: dict[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda found: chance.choice(slots[found[1]].split("|")), pattern)


def _written(plain: Plain, scene: Scene) -> HardNegative:
    chance = scene.chance
    title = _filled(chance, chance.choice(plain.patterns.split("|")), plain.slots)
    said = _filled(chance, chance.choice(plain.descriptions.split("|")), plain.slots)
    description = said or (ending(chance) if plain.locale == "zh-CN" else "")
    price = round(chance.uniform(*plain.prices), 1)
    event = listing(
        scene.seller,
        f"{scene.label}-l1",
        title,
        description=description,
        category=plain.category.split("/"),
        price=price,
        quantity=chance.choice((1, 8, 30, 200)),
        photos=(photo(chance),),
        locale=plain.locale,
    )
    return HardNegative(kind="", events=(event,))


_COLOUR = "红色|黑色|米白|藏青|墨绿|咖啡色|雾霾蓝"
_SIZE = "S|M|L|XL|均码|2XL"

PLAIN: Final = {
    "jade_grade_a": Plain(
        "珠宝/翡翠",
        (300, 9000),
        "天然翡翠A货<thing> <water> 附<paper>|缅甸A货<thing> <water> <colour>|<water>翡翠<thing> 保A货 假一赔十 <paper>|"
        "老坑<water>A货翡翠 <thing> 送礼",
        {
            "thing": "手镯|平安扣吊坠|观音挂件|戒面|珠链|如意锁|无事牌",
            "water": "冰种|糯种|玻璃种|豆种|飘花",
            "paper": "国检证书|鉴定证书|NGTC证书",
            "colour": "阳绿|紫罗兰|晴底|满绿",
        },
    ),
    "artificial_plants": Plain(
        "家居家装/家装软饰",
        (9, 300),
        "高仿真<plant> <place>装饰 <more>|<plant>高仿真假花 <more> <place>摆件|超仿真<plant>盆栽 <place>绿植 <more>|精仿绢花<plant> <more>|"
        "高仿<plant>果蔬模型 <place>道具",
        {
            "plant": "绿萝|发财树|龟背竹|玫瑰|蝴蝶兰|琴叶榕|芦苇|橄榄树",
            "place": "客厅|橱窗|办公室|婚庆|电视柜",
            "more": "免浇水|落地大型|手感保湿|10支|1.5米",
        },
    ),
    "putian_place": Plain(
        "食品/生鲜",
        (15, 260),
        "福建莆田<food> <pack> 产地直发|莆田特产<food> <pack>|莆田<food> 家乡味 <pack>|湄洲岛 莆田<souvenir> 手工|莆田市<service> 同城上门",
        {
            "food": "兴化米粉|枇杷|桂圆干|卤面|文旦柚|海蛎饼|妈祖平安面",
            "pack": "5斤装|礼盒|250g*4袋|新鲜现摘",
            "souvenir": "木雕摆件|妈祖香囊|银饰手镯",
            "service": "搬家服务|家电清洗|摄影跟拍",
        },
    ),
    "scale_model": Plain(
        "玩具/模型",
        (30, 900),
        "1:<scale> <thing>模型 <more>|<thing> 仿真1:<scale> 合金车模 <more>|微距镜头 1:1放大倍率 <more>|AB胶 1:1配比 环氧树脂 <more>|"
        "<thing>手办 1比1 等身 <more>|图纸1:1打印纸样 <more>",
        {"scale": "18|24|43|64|1", "thing": "挖掘机|高铁|消防车|老爷车|坦克|飞机", "more": "声光回力|收藏摆件|送底座|包邮|儿童礼物|A0幅面"},
    ),
    "watch_and_part_codes": Plain(
        "钟表/配件",
        (5, 200),
        "<code>石英机芯 <more>|全新<code>表芯 三针 <more>|轴承<code> <more>|<code>继电器模块 <more>|电池<code> 适配摄像机 <more>|"
        "LED灯泡<code> <more>",
        {"code": "VX12E|VX3K|VX-42|QQ2035|GT-G5|S2-H12|LJR6204|OG-PK8|VS-C3|A1-1688V", "more": "带电池|日历|维修配件|5个装|静音|DIY"},
    ),
    "platform_wechat": Plain(
        "食品/零食",
        (9, 120),
        "【微信专享】<food> <pack>|<food> <pack> 微信支付立减|<food> 微店同款 <pack> 拼团价|企业微信办公 <thing> 打卡机|"
        "<thing> 支持QQ微信视频 <more>",
        {
            "food": "坚果礼包|牛肉干|芒果干|手撕面包|海苔",
            "pack": "500g|10包|整箱|家庭装",
            "thing": "儿童电话手表|智能门铃|平板支架",
            "more": "定位|4G|防水",
        },
    ),
    "foreign_trade_unbranded": Plain(
        "服饰、鞋、包/女装",
        (19, 160),
        "外贸原单 <wear> <colour> <size>|出口<country>尾单<wear> <colour>|日单<wear> 纯棉 <size> <colour>|外贸尾货 <wear> 宽松 <size>|"
        "剪标余单<wear> 无牌 <colour>",
        {"wear": "碎花连衣裙|亚麻衬衫|家居服套装|针织背心|阔腿裤", "colour": _COLOUR, "size": _SIZE, "country": "欧洲|日本|澳洲"},
    ),
    "everyday_word_brands": Plain(
        "食品/生鲜",
        (9, 400),
        "<origin>苹果 <pack> 脆甜|小熊软糖 <pack>|沙漠骆驼奶粉 <pack>|骆驼祥子 老舍 <book>|三星级酒店布草 <pack>|"
        "小米 <origin>月子米 <pack>|美的生活 散文集 <book>"
        "|海鸥摄影画册 <book>|红豆薏米粉 <pack>|猫人之间 <book>|红蜻蜓标本 <pack>|玫瑰太太的花园 <book>|超人气 <origin>零食 <pack>|"
        "啄木鸟的故事 绘本 <book>",
        {"origin": "陕西|山东|新疆|云南", "pack": "5斤|10斤|盒装|2袋|30套", "book": "精装|青少版|正版图书|插图版"},
    ),
    "museum_replica": Plain(
        "收藏/工艺品",
        (30, 2000),
        "<work>复制品 <museum>文创 <more>|仿古<work> 摆件 <more>|<museum> <work> 高仿复制画 宣纸微喷 <more>|"
        "<work>石膏像 1:1翻模 美术教具 <more>|影视道具 <work>复刻模型 <more>",
        {"work": "清明上河图|青铜鼎|兵马俑|千里江山图|唐三彩马|维纳斯|青花瓷瓶", "museum": "博物馆|美术馆|考古所", "more": "礼盒|装裱|30cm|证书"},
    ),
    "anti_counterfeit": Plain(
        "图书/工具",
        (8, 400),
        "<thing>真假鉴别 图解 正版书|防伪标签 <more> 定制 一次性|识别假货 <thing>鉴定入门 教材 <more>|验钞机 <more> 智能语音|"
        "镭射防伪不干胶 防高仿 <more>|<thing>鉴定师培训课程 <more>",
        {"thing": "奢侈品包袋|名表|翡翠|球鞋|古钱币|字画", "more": "二维码|第三版|1000枚|小型便携|线上"},
    ),
    "mirrors_and_batteries": Plain(
        "家居家装/生活日用",
        (5, 300),
        "AAA电池 7号 <more>|<thing> AAA级 <more>|浴室镜 镜面不锈钢 <more>|A级<thing> <more>|Mirror 化妆镜 <more>|超A级防滑<thing> <more>|"
        "<thing> 复刻经典纹样 <more>",
        {"thing": "羽毛球|乳胶枕|竹签|瓷砖|天丝四件套|地垫", "more": "20粒|家用|加厚|高清防爆|出口品质|包邮"},
    ),
    "flat_shoes_and_fans": Plain(
        "服饰、鞋、包/女鞋",
        (30, 220),
        "平跟单鞋 <more> <colour>|中跟单鞋女 <more> <size>码|仿兔毛耳罩 <colour>|高仿皮草 人造毛外套 <colour>|仿真丝衬衫 <colour> <more>|"
        "仿皮短裙 <colour> <more>|精工刺绣布鞋 <size>码|原色单肩布袋 <colour>",
        {"more": "百搭|软底|春秋|通勤", "colour": _COLOUR, "size": "35|36|37|38|39"},
    ),
    "customer_service": Plain(
        "家用电器/生活电器",
        (49, 900),
        "<thing> <more> 全国联保|<thing> 家用 <more> 三年质保|<thing> <more> 顺丰包邮",
        {"thing": "加湿器|养生壶|挂烫机|电风扇|除湿机", "more": "静音|大容量|遥控|智能"},
        descriptions="有任何问题请点击旺旺联系在线客服，售后热线400-000-0000。|"
        "请加购物车后一起结算。质保期内联系本店客服处理，不要私下转账。|客服微信群已停用，请在平台内咨询。",
    ),
    "decorated_honest": Plain(
        "服饰、鞋、包/内衣",
        (9, 99),
        "★ <thing> ★ <more> ❤包邮❤|【<more>】<thing>✨<colour>✨|➤<thing>｜<more>｜<colour>|①<thing> ②<more> ③<colour>|"
        "ＳＡＬＥ！<thing>　<more>　<colour>|🎁<thing>~<more>~<colour>🎁|㊣手工<thing> <more>",
        {"thing": "棉袜|发圈|帆布袋|抱枕套|围裙|遮阳帽", "more": "纯棉|3件装|新品上市|限时|厂家直销", "colour": _COLOUR},
    ),
    "pinyin_and_abc": Plain(
        "图书/儿童",
        (9, 99),
        "拼音挂图 nai niu 奶牛 <more>|识字卡 ke xue 科学 pin yin <more>|xiao xiong 小熊上学 拼音绘本 <more>|ABC字母贴 A.B.C.D <more>|"
        "汉字拆分 木+木=林 亻+言=信 <more>|偏旁部首卡 氵 艹 扌 <more>",
        {"more": "一年级|大字|有声|48张|磁力|幼小衔接"},
    ),
    "science_letters": Plain(
        "文具/教具",
        (9, 199),
        "α-熊果苷 原料粉 <more>|β-葡聚糖 <more>|Ω欧姆 电阻 10kΩ <more>|Σ求和 公式贴 <more>|π文化衫 <more>|μm级 滤芯 0.5μ <more>|"
        "Россия 俄语入门 <more>|Ελληνικά 希腊语教材 <more>",
        {"more": "100g|包邮|20个|实验室|初学者|进口"},
    ),
    "difference_link": Plain(
        "服务/补差价",
        (1, 1),
        "补差价专用链接 <more>|邮费补拍 <more>|运费差价 <more> 差几元拍几件|定金尾款链接 <more>|定制补款 <more>",
        {"more": "请联系客服后再拍|单拍不发货|1元|勿直接拍"},
    ),
    "licensed_replica_shirt": Plain(
        "Sports/Fan shop",
        (300, 700),
        "Official licensed replica jersey <team> <year> <size>|<team> レプリカユニフォーム <year> 公式|"
        "Authentic vs replica kit guide book <year>|<team> replica helmet, mini, licensed <year>|"
        "Dinosaur skull replica, museum resin <size>|Réplica de fósil para escuela <size>",
        {"team": "River City Herons|North Bay Lynx|Ashford Rovers|Lakeside Owls", "year": "2025|2026|1998 retro", "size": "L|M|XL|15 cm"},
        "en",
    ),
    "unicode_honest": Plain(
        "Home/Gifts",
        (20, 200),
        "👨\u200d👩\u200d👧 family mug <more>|می\u200cخواهم کتاب شعر <more>|דגל\u200e <more> ספר|Nước hoa quả ép <more>|"
        "कॉफ़ी मग क्\u200dष <more>|Café\u00ad table book <more>|❤\ufe0f 手工皂 <more>",
        {"more": "350 ml|A5|gift|2 pcs|new"},
        "en",
    ),
}


def _kind(plain: Plain) -> Callable[[Scene], HardNegative]:
    return lambda scene: _written(plain, scene)


def decomposed_accents(scene: Scene) -> HardNegative:
    """A Vietnamese or French title in decomposed form: many combining marks, all honest."""
    chance = scene.chance
    title = chance.choice(
        (
            "Áo dài truyền thống cách tân",
            "Bánh tráng nướng Đà Lạt",
            "Crème brûlée à la lavande",
            "Nước mắm Phú Quốc thượng hạng",
            "Pâté forestier artisanal",
        )
    )
    shown = unicodedata.normalize("NFD", f"{title} {chance.choice(('500 g', 'size M', 'mới 2026', 'combo 2', '12 pcs'))}")
    locale = "vi" if title[0] in "ÁBN" else "fr"
    event = listing(
        scene.seller, f"{scene.label}-l1", shown, category=("Food",), price=chance.uniform(20, 90), photos=(photo(chance),), locale=locale
    )
    return HardNegative(kind="", events=(event,))


KINDS: Final[dict[str, Callable[[Scene], HardNegative]]] = {
    **{name: _kind(plain) for name, plain in PLAIN.items()},
    "decomposed_accents": decomposed_accents,
}
