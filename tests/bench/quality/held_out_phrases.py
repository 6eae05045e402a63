"""What sellers of copies say: open words, veiled claims, ways out of the marketplace, and words in other tongues. From knowledge of the trade."""

from __future__ import annotations

import random
from typing import Final

SLANG: Final = (
    "高仿",
    "精仿",
    "复刻",
    "莆田",
    "原单",
    "一比一",
    "A货",
    "超A",
    "顶级复刻",
    "公司级",
    "纯原",
    "真标",
    "尾单",
    "过验",
    "莆田纯原",
    "超高仿",
)
"""Words that say copy to everyone in the trade; short enough to be disguised inside a title."""

LATIN_SLANG: Final = ("replica", "AAA copy", "mirror quality", "super clone", "1:1 replica", "top copy", "A+ replica", "best rep", "putian")
"""The same in Latin letters."""

_OPEN_ZH: Final = (
    "{g}一比一复刻|莆田{v}版本 过毒过验|顶级复刻 {v}厂出品|公司级 原楦原纸板 真标带半码|高仿{g}专柜同步更新|超A货 五金刻字与正品一致|"
    "纯原版本 原鞋开模|"
    "原单尾货 工厂流出 剪标|精仿{g}高品质 可对比专柜|1:1复刻 {v}厂最新版 机芯一致|A货{g}顶级皮料 可随意对比|莆田鞋 批发一件代发 {v}纯原|"
    "高端复刻 支持对比 全套包装|海外代工厂同料 复刻版|仿真度99% 顶级A货|高版本{g} 超A级 防尘袋小票齐"
)
_OPEN_EN: Final = (
    "1:1 replica|AAA quality copy|{v} factory super clone|mirror grade replica with box|best batch rep, {v} version|high quality knockoff|"
    "top copy, same as original|"
    "UA grade, {v} batch|grade 7A replica|fake but identical, comes with tags|1to1 clone with working serial|inspired replica, logo included"
)
_VEILED_ZH: Final = (
    "懂的来 不解释|细节自己看 不多说|对比专柜无压力|专柜同款同料 走工厂渠道|图片已打码 实物带标|拍下备注要标还是不要标|行家来 小白绕道|"
    "不支持专柜鉴定 介意勿拍|"
    "只看质量 不问来源|代工厂直供 跟正价款一模一样|包装小票全套 送人有面|质量一步到位 别问真假|市面最高版本 不怕比|吊牌购物袋都给配|"
    "做工和几千块的没区别|"
    "五金刻字logo都有 图上抹掉了|能过X得物 自己试|接受验货 但别拿去柜台|给得起专柜的质感 出厂的价格|平台不让写 你懂的|"
    "实物logo齐全 图片做了处理|同一条流水线出来的"
)
_VEILED_EN: Final = (
    "you know what it is|looks exactly like the one in the boutique|logo hidden in photos, real item has logo|no questions about authenticity please|"
    "same factory, same leather, no store price|not from the store but nobody can tell|comes with box, card, receipt and bag|"
    "do not take it to the boutique|"
    "as good as the real one|passes legit check apps|brand name blurred due to platform rules|tag optional, tell us when ordering"
)
_WEIXIN: Final = "薇|微信|V❤|威信|vx|加v|卫星|徽信|WX|💚|绿泡泡|➕V|v信|微❤️|维X|wechat"
_CALLS: Final = (
    "看更多款加{w}:{i}|{w}{i} 更多细节图|拍前联系{w} {i}|平台价贵 {w}【{i}】便宜一半|要视频看货 {w}→{i}|{w}☞{i} 一手货源|"
    "实拍加 {w}.{i}|批发代理{w}～{i}"
)
_ABROAD: Final = (
    "whatsapp {p} for more models|WhatsApp: {p} real photos|message on telegram @{i}|catalogue at yupoo {i}|"
    "order by wa me {p}|add wechat {i} cheaper price|DM insta {i} for catalog"
)
_DIGITS: Final = (
    "0123456789", "０１２３４５６７８９", "零一二三四五六七八九", "〇幺二三四五陆柒捌玖", "⓪①②③④⑤⑥⑦⑧⑨", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "o12345678９",
    "洞妖两三四五六拐八勾",
)  # fmt: skip

FOREIGN: Final = {
    "es": "réplica calidad espejo|imitación 1:1 con caja|clon AAA máxima calidad|copia exacta no original|triple A réplica premium",
    "pt-BR": "primeira linha premium|réplica AAA com caixa|linha 1:1 importada|cópia perfeita idêntica ao original|"
    "segunda linha nunca, só primeira linha",
    "fr": "réplique qualité miroir|contrefaçon haut de gamme|copie 1:1 avec boîte|imitation parfaite indiscernable",
    "de": "1:1 Replika Spitzenqualität|Nachbildung AAA mit Karton|Top Fälschung kaum zu unterscheiden|Replica Uhr Superklon",
    "it": "replica perfetta 1:1|imitazione qualità AAA|copia identica con scatola|tarocco di alta qualità",
    "ru": "люкс реплика 1:1|копия ААА класса с коробкой|паль хорошего качества|качество премиум копия, не отличить|зеркальная копия",
    "ja": "スーパーコピー N級品|レプリカ 最高級コピー品 国内発送|1:1 完全複製 付属品完備|ブランドコピー 激安|N品 専門店",
    "ko": "레플리카 미러급 풀박스|정로스 1:1 퀄리티|미러급 이미테이션|SA급 짝퉁 최고급|커스텀급 레플",
    "vi": "hàng super fake bản đẹp|rep 1:1 full box bill|like auth 99% chuẩn chi tiết|hàng F1 cao cấp trung|fake loại 1",
    "th": "งานมิลเลอร์ 1:1 อุปกรณ์ครบ|ก๊อปเกรดพรีเมียม|งานออริ เทียบแท้|ของก๊อปเกรดเอ มีกล่อง",
    "id": "KW super mirror quality|barang imitasi grade ori|replika 1:1 lengkap box|KW1 premium import",
    "tr": "birebir replika A kalite|muadil 1:1 kutulu|çakma değil replika ithal|A+ kalite taklit",
    "ar": "تقليد درجة أولى|ماستر كواليتي مع العلبة|كوبي ون طبق الأصل|نسخة مطابقة للأصل ١:١",
    "pl": "replika 1:1 z pudełkiem|podróbka najwyższej jakości|kopia AAA jak oryginał",
}  # fmt: skip
"""Locale and what copies are called there, forms separated by a bar."""

GENERIC: Final = {
    "es": ("zapatillas", "bolso", "reloj"), "pt-BR": ("tênis", "bolsa", "relógio"), "fr": ("baskets", "sac à main", "montre"),
    "de": ("Turnschuhe", "Handtasche", "Uhr"), "it": ("scarpe", "borsa", "orologio"), "ru": ("кроссовки", "сумка", "часы"),
    "ja": ("スニーカー", "ショルダーバッグ", "腕時計"), "ko": ("운동화", "숄더백", "시계"), "vi": ("giày", "túi xách", "đồng hồ"),
    "th": ("รองเท้า", "กระเป๋า", "นาฬิกา"),
    "id": ("sepatu", "tas", "jam tangan"), "tr": ("spor ayakkabı", "çanta", "saat"), "ar": ("حذاء", "حقيبة", "ساعة"),
    "pl": ("buty", "torebka", "zegarek"),
}  # fmt: skip
"""Locale and its words for shoes, a bag and a watch."""

_ENDS: Final = (
    "支持七天退换|48小时内发货|默认发圆通|尺码正常，按平时穿的拍|细节图见详情|批量可谈|现货秒发|实物拍摄，光线略有色差|"
    "下单请备注颜色尺码|客服在线时间9:00-22:00"
)


def _one(chance: random.Random, forms: str) -> str:
    text = chance.choice(forms.split("|"))
    return text.replace("{v}", chance.choice(("G5", "S2", "VS", "OG", "PK", "H12", "C", "ZF", "LJR", "GT"))).replace(
        "{g}", chance.choice(("", "版本", "男女款", "新款"))
    )


def open_claim(chance: random.Random, locale: str = "zh-CN") -> str:
    """An open word for copies, in Chinese or English."""
    return _one(chance, _OPEN_ZH if locale == "zh-CN" else _OPEN_EN)


def veiled_claim(chance: random.Random, locale: str = "zh-CN") -> str:
    """A claim without any word for copy: what the reader of the trade understands."""
    return _one(chance, _VEILED_ZH if locale == "zh-CN" else _VEILED_EN)


def ending(chance: random.Random) -> str:
    """Harmless service sentences, as descriptions end."""
    return "，".join(chance.sample(_ENDS.split("|"), 2)) + "。"


def _account(chance: random.Random) -> str:
    letters = "".join(chance.choice("abcdefghkmnpqrstuvwxyz") for _ in range(chance.randint(2, 5)))
    digits = "".join(chance.choice("0123456789") for _ in range(chance.randint(4, 6)))
    return chance.choice((letters + digits, f"{letters}_{digits}", digits + letters, f"{letters}-{digits}", f"{letters}{digits[:3]}{letters[:2]}"))


def _number(chance: random.Random) -> str:
    # A block of zeros, and 555-01xx abroad, which is kept free for fiction: made up, so that no person is meant.
    digits = f"1990000{chance.randrange(10_000):04d}"
    alphabet = chance.choice(_DIGITS)
    spelt = "".join(alphabet[int(digit)] for digit in digits)
    return chance.choice(
        (spelt, f"{spelt[:3]} {spelt[3:7]} {spelt[7:]}", f"{spelt[:3]}-{spelt[3:7]}-{spelt[7:]}", ".".join((spelt[:3], spelt[3:7], spelt[7:])))
    )


def contact(chance: random.Random, locale: str = "zh-CN") -> str:
    """An invitation to leave the marketplace, with a made-up id."""
    account = _account(chance)
    if locale != "zh-CN":
        phone = chance.choice((f"+1 555 01{chance.randrange(100):02d} {chance.randrange(1000):03d}", f"+86 199 0000 {chance.randrange(10_000):04d}"))
        return _one(chance, _ABROAD).replace("{i}", account).replace("{p}", phone)
    word = _one(chance, _WEIXIN)
    if chance.random() < 0.25:
        word, account = chance.choice(("扣扣", "QQ", "企鹅", "电话微同", word)), _number(chance)
    spread = chance.choice(
        (account, " ".join(account), account.replace("0", "O"), account.upper(), "".join(f"{c}*" if i == 2 else c for i, c in enumerate(account)))
    )
    return _one(chance, _CALLS).replace("{w}", word).replace("{i}", spread if chance.random() < 0.4 else account)
