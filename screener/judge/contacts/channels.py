"""The channels that lead away from a marketplace, and the names that sellers give them. Disguises by ear and by eye are made from the open names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from screener.judge.claims.disguises import disguises
from screener.judge.sounds import is_word, readings

Shape = Literal["handle", "number", "phone", "name"]
"""Of accounts: `handle` begins with a letter and has a digit or underscore, or is a telephone or long number; `number` is digits alone; `phone` a
telephone number; `name` a free name, often behind an @."""

Grade = Literal["open", "disguise", "doubtful", "ask"]
"""`open` names stand in honest titles too; a `disguise` nobody writes but to pass a filter; a `doubtful` one is an everyday word as well (line, 飞机)
and needs a word of contact; an `ask` is itself the word of contact and names no messenger."""


class Name(Struct, frozen=True):
    """One way to name a channel."""

    text: str
    channel: str
    grade: Grade
    glued: bool = False
    """An account may follow without a gap although both are Latin: 加vabc123."""


SHAPES: Final[dict[str, Shape]] = {
    "wechat": "handle", "qq": "number", "whatsapp": "phone", "telegram": "name", "line": "name", "kakao": "name", "viber": "phone", "signal": "phone",
    "instagram": "name", "facebook": "name", "xiaohongshu": "handle", "douyin": "handle", "kuaishou": "handle", "weibo": "name", "taobao": "name",
    "skype": "name", "snapchat": "name", "discord": "name", "yupoo": "handle", "weidian": "handle", "zalo": "phone", "phone": "phone",
    "account": "handle", "wechat-channel": "handle", "code": "handle",
}  # fmt: skip
"""The channels that a name stands for. Others (email, url, youtube, tiktok, taobao-token) are known by the form of the address itself."""

TITLES: Final = {
    "wechat": "WeChat", "qq": "QQ", "whatsapp": "WhatsApp", "telegram": "Telegram", "line": "LINE", "kakao": "KakaoTalk", "viber": "Viber",
    "signal": "Signal", "instagram": "Instagram", "facebook": "Facebook", "xiaohongshu": "Xiaohongshu", "douyin": "Douyin", "kuaishou": "Kuaishou",
    "weibo": "Weibo", "taobao": "Taobao", "skype": "Skype", "snapchat": "Snapchat", "discord": "Discord", "yupoo": "Yupoo", "weidian": "Weidian",
    "zalo": "Zalo",
}  # fmt: skip
"""How the channels are called in a reason."""

_OPEN: Final = {
    "wechat": ("微信", "wechat", "weixin", "加微", "微信号"),
    "qq": ("qq",),
    "whatsapp": ("whatsapp",),
    "telegram": ("telegram",),
    "kakao": ("kakaotalk", "kakao", "카카오톡", "카톡"),
    "viber": ("viber",),
    "instagram": ("instagram", "insta"),
    "facebook": ("facebook",),
    "xiaohongshu": ("小红书", "小红书号", "xiaohongshu"),
    "douyin": ("抖音", "抖音号", "douyin"),
    "kuaishou": ("快手号", "快手id"),
    "wechat-channel": ("公众号", "视频号"),
    "weibo": ("微博",),
    "skype": ("skype",),
    "snapchat": ("snapchat",),
    "discord": ("discord",),
    "zalo": ("zalo",),
    "yupoo": ("yupoo",),
    "weidian": ("weidian", "微店"),
}
_DISGUISES: Final = {
    "wechat": (
        "vx", "wx", "v信", "w信", "vxin", "wei信", "微x", "薇x", "威x", "维x", "徽信", "溦信", "薇信", "威信", "维信", "围信", "v心", "微xin",
        "绿泡泡", "绿色泡泡", "绿色聊天软件", "绿色软件",
        "绿色图标", "小绿泡", "vvx", "wxh", "vxh", "wxid", "vx号", "wx号", "v型号码", "微芯", "薇芯",
        "徽芯", "wetchat", "weichat", "wechatid", "vchat", "weixinhao", "weixinid", "jiaweixin", "jiavx", "wechathao", "v信号", "微我号", "微你",
    ),
    "qq": ("扣扣", "抠抠", "叩叩", "蔻蔻", "扣扣号",
        "企鹅号", "q号", "qq号", "扣q", "口口号", "丘丘号", "加扣", "加企鹅", "扣裙", "q裙", "qq群", "q群号"),
    "whatsapp": ("whatapp", "watsapp", "watsap", "whatsap", "whatsup", "wattsapp", "whatsaap", "whatssapp", "wtsapp", "whtsapp", "wsapp",
        "瓦次", "瓦茨", "瓦次app", "瓦茨app"),
    "telegram": ("纸飞机", "telegrm", "telegran", "电报群", "电报号", "飞机号", "tg号", "tgid", "小飞机号"),
    "line": ("加line", "line id", "lineid", "加赖", "赖id"),
    "kakao": ("kakaoid", "kkt", "ktalk"),
    "instagram": ("ins号", "igid", "instgram", "intagram"),
    "facebook": ("fbid", "脸书", "facebok"),
    "xiaohongshu": ("小红薯", "小红薯号", "红薯号", "xhs", "xhs号", "小地瓜号"),
    "douyin": ("抖音id", "抖印", "斗音号", "dy号", "dyid", "抖yin", "某音", "dou音", "某抖"),
    "kuaishou": ("快shou", "kuai手", "某手", "ks号"),
    "weibo": ("围脖号", "wb号", "微博号"),
    "taobao": ("旺旺号", "闲鱼号", "咸鱼号"),
}  # fmt: skip
_DOUBTFUL: Final = {
    "wechat": ("卫星", "微", "薇", "溦", "徽", "威", "葳", "we信", "wc", "绿标", "歪信", "危信"),
    "qq": ("企鹅", "秋秋", "球球", "丘丘"),
    "whatsapp": ("wa", "wsp", "ws", "wapp", "w/app"),
    "telegram": ("tg", "电报", "飞机", "tele"),
    "line": ("line", "赖"),
    "signal": ("signal",),
    "instagram": ("ins", "ig"),
    "facebook": ("fb", "messenger"),
    "xiaohongshu": ("红薯", "红书"),
    "douyin": ("dy",),
    "weibo": ("围脖",),
    "phone": (
        "电话",
        "手机号",
        "联系电话",
        "tel",
        "telephone",
        "phone number",
        "call me",
        "call us",
        "手机微信",
        "致电",
        "热线",
        "call",
        "text",
        "phone",
        "mobile",
        "mobile no",
        "cell",
    ),
}
_ASKS: Final = {
    "account": ("加我", "添加我", "联系我", "搜我", "联系方式", "加好友", "联系账号",
                 "contact me", "contact us", "add me", "message me", "text me", "咨询我", "私聊号"),
    "phone": ("联系", "来电", "咨询", "详询", "同号", "text us"),
    "code": ("暗号", "口令", "号码", "老客", "老客户"),
}  # fmt: skip
_LETTERS_FOR_WEI: Final = ("微", "薇", "溦", "徽", "威", "葳")
"""Characters that stand for 微信 behind a word of contact."""
_GLUED: Final = ("加", "➕", "+", "私", "扣", "搜")
"""What asks before a letter that stands for a messenger."""
_EARED: Final = (("微信", "wechat"), ("扣扣", "qq"), ("抖音", "douyin"), ("小红书", "xiaohongshu"), ("电报号", "telegram"), ("企鹅号", "qq"))
"""Open names whose disguises by ear and by eye, one character or (微信) both, are made."""
_MISSPELT: Final = ("whatsapp", "telegram", "instagram", "facebook", "kakaotalk", "snapchat")
_LOOSE: Final = frozenset(("卫星", "味腥", "唯心", "围巾", "维新", "微型", "微薪", "卫信", "伟信", "为心", "维心", "为新", "为信", "慰心"))
"""Words and names that sound like 微信 and that no dictionary of ours has, or that are listed as doubtful."""

SIGNS: Final = {
    "🐧": "qq", "🛰": "wechat", "🟢": "wechat", "💚": "wechat", "✈": "telegram", "🛩": "telegram", "🛫": "telegram", "📱": "phone", "☎": "phone",
    "📞": "phone", "📲": "phone", "📕": "xiaohongshu", "🍠": "xiaohongshu", "💬": "account", "🗨": "account",
}  # fmt: skip
"""Pictures that stand for a channel when an account follows."""
SURE_SIGNS: Final = "🐧🛰"
"""Of them, those that illustrate nothing else before an account."""


def _names() -> Iterator[Name]:
    for table, grade in ((_OPEN, "open"), (_DISGUISES, "disguise"), (_DOUBTFUL, "doubtful"), (_ASKS, "ask")):
        for channel, texts in table.items():
            yield from (Name(text, channel, grade) for text in texts)  # type: ignore[arg-type]
    for ask in _GLUED:
        for letter, channel in (("v", "wechat"), ("vx", "wechat"), ("wx", "wechat"), ("q", "qq"), ("qq", "qq")):
            if ask.isalnum():
                yield Name(ask + letter, channel, "disguise", glued=True)
    for letter in _by_ear("wei"):
        yield Name("加" + letter, "wechat", "disguise")
    for ask in ("私", "联系"):
        yield from (Name(ask + letter, "wechat", "disguise") for letter in _LETTERS_FOR_WEI)
    for letter in ("v", "vx", "wx"):
        yield Name("联系" + letter, "wechat", "disguise", glued=True)
    for phone in ("手机", "电话"):
        yield from (Name(phone + "同" + letter, "wechat", "disguise", glued=True) for letter in ("v", "vx", "wx", *_LETTERS_FOR_WEI))
    for text, channel in _EARED:
        for form in disguises(text, 2):
            if form not in _LOOSE and (len(form) > 2 or not form.isascii()):
                yield Name(form, channel, "disguise")
    for text in _MISSPELT:
        yield from (Name(form, "kakao" if text == "kakaotalk" else text, "disguise") for form in disguises(text, 1))


def _by_ear(syllable: str) -> list[str]:
    """Characters that are read so in the first place and make no word behind 加."""
    codes = (chr(code) for code in range(0x4E00, 0x9FA6))
    return [letter for letter in codes if readings(letter)[:1] == [(syllable,)] and not is_word("加" + letter)]


def _unique() -> tuple[Name, ...]:
    """The first of each text: what is listed by hand goes before what is made."""
    seen: dict[str, Name] = {}
    for name in _names():
        seen.setdefault(name.text, name)
    return tuple(seen.values())


NAMES: Final[tuple[Name, ...]] = _unique()
"""Every name of every channel."""
