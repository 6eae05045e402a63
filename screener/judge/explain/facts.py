"""Facts that detectors note in English, said in Chinese. A detector composes its facts from few patterns; what fits none is quoted as noted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from screener.contracts import Signal
from screener.judge.explain.quoting import quoted
from screener.judge.explain.signals_zh import SIGNALS

_VALUES: Final[Mapping[str, str]] = {
    "new": "全新", "used": "二手", "unknown": "成色不明的", "title": "标题", "description": "描述",
    "weak evidence": "证据较弱", "strong evidence": "证据较强", "a detector failed": "有一项检测出了故障",
    "in letters of a decorative alphabet": "用花体、带圈等装饰性字母写出",
    "with separators or characters of other alphabets": "在中间插入符号，或混用其他文字的字符",
    "in characters that look alike": "用形近的字符写出",
    "in characters that sound alike": "用音近的字写出",
    "with a character taken apart": "把一个字拆开写出",
    "misspelt, with digits for letters, or in pinyin": "拼错、用数字代替字母，或用拼音写出",
    "an e-mail address": "电子邮箱", "a link": "网址", "a share code": "分享口令", "a telephone number": "电话号码",
    "the address of an account": "社交账号网址",
    "WeChat": "微信", "Xiaohongshu": "小红书", "Douyin": "抖音", "Kuaishou": "快手", "Weibo": "微博", "Taobao": "淘宝",
    **{name: name for name in ("QQ", "WhatsApp", "Telegram", "LINE", "KakaoTalk", "Viber", "Signal", "Instagram", "Facebook", "Discord")},
    "CNY": "元", "USD": "美元", "EUR": "欧元",
}  # fmt: skip
"""Values of a fixed choice. Any other value is quoted: it is somebody's name or text."""

_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?%?\Z")

_PATTERNS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "protected_brand": (
        (r"names the brand (.+), in disguise, by a seller its owner did not authorise", "以变形写法提到品牌 {0}，而卖家未获该品牌授权"),
        (r"names the brand (.+), by a seller its owner did not authorise", "提到品牌 {0}，而卖家未获该品牌授权"),
    ),
    "disguised_brand": ((
        r"writes the brand (.+?) (in letters of a decorative alphabet|with separators or characters of other alphabets|in characters that look alike|"
        r"in characters that sound alike|with a character taken apart|misspelt, with digits for letters, or in pinyin)",
        "品牌 {0} 的写法：{1}",
    ),),
    "replica_slang": (
        (r'"(.+)" is what sellers of copies write', "{0}是卖仿品的人常用的说法"),
        (r'"(.+)", written otherwise, is what sellers of copies write', "{0}是卖仿品的人常用的说法，这里换了一种写法"),
        (r'"(.+)" is what sellers of copies write; beside it: (.+)', "{0}是卖仿品的人常用的说法，另外还有{1}"),
        (r'"(.+)", written otherwise, is what sellers of copies write; beside it: (.+)', "{0}是卖仿品的人常用的说法，这里换了一种写法，另外还有{1}"),
    ),
    "denied_original": ((r'"(.+)" says that it is not the genuine article', "{0}等于说明商品不是正品"),),
    "coded_hint": ((r'"(.+)" hints at what the listing does not say', "{0}暗示了没有明说的内容"),),
    "contact_diversion": (
        (r'"(.+)" beside what is shaped like an account', "{0}旁边有形似账号的字符"),
        (r'"(.+)", for ([A-Za-z]+), beside what is shaped like an account', "{0}（指{1}）旁边有形似账号的字符"),
        (r"what is shaped like (an e-mail address|a link|a share code|a telephone number|the address of an account)", "有形似{0}的字符"),
        (
            r"what is shaped like (an e-mail address|a link|a share code|a telephone number|the address of an account), written to be overlooked",
            "有形似{0}的字符，写法像是为了躲过检查",
        ),
        (r'"(.+)" sends the buyer to a contact that the text does not give', "{0}让买家去找文字里没有写出的联系方式"),
    ),
    "price_floor": ((
        r"([0-9.]+) (\w+) for a (\w+) article; genuine new goods of (.+) here start at ([0-9.]+)",
        "标价 {0} {1}，{2}商品；品牌 {3} 的全新正品在这一类目最低卖 {4} {1}",
    ),),
    "edited_while_held": ((r"edit number ([0-9]+) while the listing is held", "暂扣期间的第 {0} 次修改"),),
    "oversized_text": ((r"the (\w+) has ([0-9]+) characters, of which the first ([0-9]+) were judged", "{0}共 {1} 个字符，只检查了前 {2} 个"),),
    "relisted": ((
        r"the same title was held or blocked before, in another listing of this seller or in this one before its removal",
        "同样的标题此前曾被暂扣或拦截：或者在这位卖家的另一件商品上，或者在本商品被删除之前",
    ),),
    "accessory_cover": ((
        r"says that it fits goods of (.+), and is of the brand's own kind of goods", "自称适配品牌 {0} 的商品，卖的却正是该品牌的那类商品",
    ),),
    "seller_strikes": ((
        r"([0-9.]+) strikes left \(half-life 30 days\); ([0-9]+) listings blocked and ([0-9]+) held so far",
        "违规记录尚余 {0} 次（每 30 天减半）；至今共有 {1} 件商品被拦截，{2} 件被暂扣",
    ),),
    "clock_skew": ((r"occurred_at lies more than five minutes after the broker's time", "自报的时间比消息系统的时间晚五分钟以上"),),
}  # fmt: skip
"""By signal: what the detector writes, and the Chinese for it with the values by number."""

_COMPILED: Final = {name: tuple((re.compile(fact, re.DOTALL), chinese) for fact, chinese in pairs) for name, pairs in _PATTERNS.items()}

_PRIOR: Final = re.compile(r"revision ([0-9]+) was held at risk ([0-9.]+) for (.*)", re.DOTALL)
_DUE: Final = re.compile(r"nobody decided by review_by; (weak evidence|strong evidence|a detector failed): (.*)", re.DOTALL)
_VERDICT: Final = re.compile(r"decided by (.*?): (.*)", re.DOTALL)
_SWITCH: Final = re.compile(r"the title shares ([0-9]+%) with the allowed one; (.+)", re.DOTALL)
_CHANGES: Final = (
    (re.compile(r"category (.+) became (.+)", re.DOTALL), "类目由 {0} 变为 {1}"),
    (re.compile(r"the brand (.+) appeared", re.DOTALL), "新出现品牌 {0}"),
    (re.compile(r"(?:the )?price (?:went )?from ([0-9.]+) to ([0-9.]+) (\w+)", re.DOTALL), "价格由 {0} {2} 变为 {1} {2}"),
)


def in_chinese(signal: Signal) -> str | None:
    """The fact of a signal in Chinese, without a full stop; None when it fits no pattern of its detector."""
    fact = signal.fact
    for pattern, chinese in _COMPILED.get(signal.name, ()):
        if found := pattern.fullmatch(fact):
            return chinese.format(*(_value(one) for one in found.groups()))
    match signal.name:
        case "prior_hold":
            found = _PRIOR.fullmatch(fact)
            return found and f"第 {found[1]} 版曾被暂扣，风险值 {found[2]}，当时的信号：{_labels(found[3])}"
        case "review_due":
            found = _DUE.fullmatch(fact)
            return found and f"期限内没有人工决定；{_VALUES[found[1]]}：{_labels(found[2])}"
        case "verdict":
            found = _VERDICT.fullmatch(fact)
            return found and f"由 {quoted(found[1], 'zh')} 决定，理由：{quoted(found[2], 'zh')}"
        case "bait_and_switch":
            return _switch(fact)
        case _:
            return None


def _switch(fact: str) -> str | None:
    found = _SWITCH.fullmatch(fact)
    if found is None:
        return None
    changes = []
    for change in found[2].split("; "):
        fitting = ((pattern.fullmatch(change), chinese) for pattern, chinese in _CHANGES)
        said = next((chinese.format(*(_value(one) for one in fit.groups())) for fit, chinese in fitting if fit), None)
        if said is None:  # cut off at the fact's end, or a seller's category with a semicolon in it
            return None
        changes.append(said)
    return f"与已放行的标题只有 {found[1]} 相同；{'，'.join(changes)}"


def _value(text: str) -> str:
    if text in _VALUES:
        return _VALUES[text]
    return text if _NUMBER.match(text) or re.fullmatch(r"[A-Z]{3}", text) else quoted(text, "zh")


def _labels(names: str) -> str:
    """Signal names, joined by commas, as their labels."""
    listed = [name.strip() for name in names.split(",") if name.strip()]
    return "、".join(SIGNALS[name].label if name in SIGNALS else quoted(name, "zh") for name in listed) or "无"
