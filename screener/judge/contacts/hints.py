"""Words that send the buyer to a contact without giving one: a code to scan, a picture, a profile, a private message. Weak each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from msgspec import Struct


class Hint(Struct, frozen=True):
    """A phrase, and how sure it is that it leads away."""

    text: str
    strength: float


_SLOTS: Final = {
    "messenger": ("微信", "v", "vx", "微", "薇", "威", "qq", "扣扣", "好友", "我", "客服微信", "群"),
    "contact": ("联系方式", "微信", "微信号", "vx", "号码", "二维码", "微信二维码", "电话", "联络方式", "qq", "号"),
    "where": (
        "主页", "首页", "店铺首页", "主图", "图片", "图上", "图片里", "图里", "图中", "图片中", "头像", "简介", "个人简介", "评论区",
        "包裹里", "末图", "最后一张图",
    ),
    "name": ("微信", "vx", "wx", "薇信", "qq", "扣扣", "whatsapp", "wechat", "telegram"),
    "leave": ("不走", "绕开", "绕过", "脱离", "避开", "离开", "跳过", "不经过"),
    "scan": ("扫码", "扫图", "扫二维码", "扫描二维码", "长按二维码", "识别二维码"),
    "reach": ("dm", "pm", "inbox", "message", "msg", "text", "whatsapp", "contact", "wechat", "telegram"),
    "us": ("me", "us", "seller"),
    "thing": ("contact", "contacts", "contact info", "contact details", "whatsapp", "wechat", "details", "number", "qr code", "ig", "insta",
    "telegram", "contact me"),
    "private": ("dm", "pm", "inbox"),
    "what": ("price", "prices", "details", "more", "order", "orders", "pics", "info", "link"),
    "inside": ("图里", "图中", "图片里", "主图"),
    "place": ("picture", "pictures", "photo", "photos", "pic", "pics", "image", "bio", "profile"),
}  # fmt: skip
_PHRASES: Final = (
    (0.5, "<scan>加<messenger>"), (0.5, "<where><contact>"), (0.5, "<where>有<contact>"), (0.5, "<where>看<contact>"), (0.5, "<contact>在<where>"),
    (0.5, "<contact>见<where>"), (0.5, "<contact>见图"), (0.4, "<inside>有<messenger>"), (0.5, "<contact>看<where>"), (0.5, "看图加<messenger>"),
    (0.4, "看图加"), (0.4, "<scan>看款"), (0.4, "<scan>进群"),
    (0.4, "<scan>下单"), (0.4, "<scan>咨询"), (0.4, "<scan>联系"), (0.4, "加<messenger>看款"), (0.4, "加<messenger>看图"), (0.4, "加<messenger>咨询"),
    (0.4, "加<messenger>详聊"), (0.4, "加<messenger>下单"), (0.4, "加<messenger>优惠"), (0.5, "站外交易"), (0.5, "站外联系"), (0.4, "线下交易"),
    (0.5, "懂的加"), (0.5, "懂得加"), (0.3, "主页联系"), (0.3, "私我"), (0.3, "私信我"), (0.3, "私聊我"), (0.3, "戳我主页"), (0.3, "主页有惊喜"),
    (0.4, "<leave>平台"), (0.4, "<scan>加"), (0.4, "加<name>"), (0.4, "加我<name>"), (0.3, "<name>群"), (0.3, "进群"), (0.3, "加群"),
    (0.4, "vx聊"),
    (0.4, "v聊"), (0.4, "加<name>聊"), (0.4, "私加"), (0.4, "微信转账"), (0.4, "微信下单"), (0.4, "微信交易"),
    (0.4, "转微信"), (0.3, "进群看款"), (0.3, "拉你进群"),
    (0.4, "<thing> in <place>"), (0.4, "<thing> in the <place>"), (0.4, "<thing> on <place>"), (0.4, "see <thing> in <place>"),
    (0.4, "link in bio"), (0.4, "link in profile"), (0.3, "link in comments"), (0.4, "<place> has contact"), (0.4, "see <place> for contact"),
    (0.3, "see our profile"), (0.3, "check our profile"),
    (0.3, "see my profile"), (0.3, "check my profile"),
    (0.3, "<reach> <us> for"), (0.3, "<private> <us> for"), (0.3, "<private> for <what>"), (0.3, "<private> to order"), (0.3, "dm me"),
    (0.3, "dm us"), (0.3, "pm me"), (0.3, "inbox me"), (0.4, "whatsapp me"), (0.4, "whatsapp us"),
    (0.4, "scan the qr code"), (0.4, "scan qr code"), (0.4, "scan to add"), (0.5, "order on whatsapp"), (0.5, "order via whatsapp"),
    (0.5, "order via wechat"), (0.5, "order via telegram"), (0.5, "deal outside"),
)  # fmt: skip
"""Strength and pattern; a slot in angle brackets stands for each of its words."""


def _expanded() -> Iterator[Hint]:
    for strength, pattern in _PHRASES:
        pieces = pattern.replace(">", "<").split("<")
        ways = [_SLOTS[piece] if at % 2 else (piece,) for at, piece in enumerate(pieces)]
        yield from (Hint("".join(way), strength) for way in product(*ways))


HINTS: Final[tuple[Hint, ...]] = tuple({hint.text: hint for hint in reversed(tuple(_expanded()))}.values())
"""Every hint; of two with one text the first that is listed."""
