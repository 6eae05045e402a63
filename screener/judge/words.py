"""The words that explain a decision, in each language a person may ask for. Names, ids and what a detector noted stay as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

Language = Literal["en", "zh"]


class Words(Struct, frozen=True, kw_only=True):
    """Sentences with places in braces; mappings by decision kind, signal name or field, with "" for what this release does not know."""

    head: str
    kinds: Mapping[str, str]
    means: Mapping[str, str]
    risk: str
    shadow: str
    degraded: str
    escalated: str
    sampled: str
    brands: str
    evidence: str
    no_evidence: str
    signals: Mapping[str, str]
    """What a signal's name means; empty where the name and what the detector noted say it already."""
    fields: Mapping[str, str]
    signal: str
    span: str
    rules: str
    no_rules: str
    producer: Mapping[tuple[str, str], str]
    """By decision and scope."""
    unknown: str
    review: str
    identity: str
    supersedes: str
    times: str
    in_force: str
    separator: str
    """Between two of a list."""


ENGLISH: Final = Words(
    head="{kind} of listing {listing}, revision {revision}, seller {seller}",
    kinds={"allow": "ALLOW", "hold": "HOLD", "block": "BLOCK", "release": "RELEASE"},
    means={
        "allow": "This revision was judged clean.",
        "hold": "Undecided: a person has to look at it.",
        "block": "Strong evidence that the goods are not genuine.",
        "release": "An earlier hold or block of this revision has ended.",
        "": "A decision this release does not know.",
    },
    risk="  {means} Risk {risk:.2f} of 1.",
    shadow="  Shadow mode: judged and recorded only; nothing was sent to the services that act.",
    degraded="  A detector failed, so evidence may be missing; the screener never allows on that.",
    escalated="  Nobody decided in time and the evidence is strong: escalated.",
    sampled="  Released by the clock and picked for a person's look afterwards.",
    brands="Brands named: {brands}",
    evidence="Evidence:",
    no_evidence="Evidence: none",
    signals={},
    fields={},
    signal="  {number}. {name} ({strength:.2f}) in {field}",
    span=", characters {start} to {end}",
    rules="Rules: {rules}",
    no_rules="Rules: none; the weights of the signals alone",
    producer={
        ("allow", "revision"): "The marketplace may show this revision.",
        ("allow", "listing"): "The marketplace may show this revision.",
        ("hold", "revision"): "The marketplace must not show this revision; the last allowed revision may stay visible.",
        ("hold", "listing"): "The marketplace must not show any revision of this listing.",
        ("block", "revision"): "The marketplace must never show this revision; the last allowed revision may stay visible.",
        ("block", "listing"): "The marketplace must never show any revision of this listing.",
        ("release", "revision"): "The marketplace may show this revision.",
        ("release", "listing"): "The marketplace may show this revision.",
    },
    unknown="The marketplace must not show this revision (an unknown decision counts as hold).",
    review="A person decides by {review_by}.",
    identity="Decision {decision}, number {sequence} about this revision, caused by {cause}.",
    supersedes="It replaces decision {decision}.",
    times="The event claims {occurred}; the broker got it {appended}.",
    in_force="In force: rulebook {rulebook} (offset {rulebook_offset}), registry {registry} (offset {registry_offset}), judge {judge}.",
    separator=", ",
)

CHINESE: Final = Words(
    head="{kind}：商品 {listing}，第 {revision} 版，卖家 {seller}",
    kinds={"allow": "放行", "hold": "暂扣", "block": "拦截", "release": "解除"},
    means={
        "allow": "该版本经审查未发现问题。",
        "hold": "尚无定论，须由人工审核。",
        "block": "有充分证据表明该商品不是正品。",
        "release": "该版本此前的暂扣或拦截已经结束。",
        "": "本版程序不认识的决定。",
    },
    risk="  {means}风险值 {risk:.2f}（最高为 1）。",
    shadow="  影子模式：仅审查并记录，未通知执行服务。",
    degraded="  有检测器出错，证据可能不全；这种情况下系统绝不放行。",
    escalated="  逾期无人审核，且证据充分：已升级处理。",
    sampled="  到期自动解除，并被抽中由人工复查。",
    brands="涉及品牌：{brands}",
    evidence="证据：",
    no_evidence="证据：无",
    signals={
        "protected_brand": "提到受保护品牌",
        "disguised_brand": "变形书写品牌名",
        "replica_slang": "仿品用语",
        "price_floor": "价格低于正品最低价",
        "contact_diversion": "引导买家到站外联系",
        "bait_and_switch": "过审后更换商品内容",
        "edited_while_held": "暂扣期间多次修改",
        "seller_strikes": "卖家有违规记录",
        "relisted": "重新上架曾被暂扣或拦截的商品",
        "oversized_text": "文本过长",
        "clock_skew": "事件自报的时间异常",
        "prior_hold": "上一版本曾被暂扣",
        "review_due": "审核期限已到",
        "verdict": "人工裁定",
        "": "本版程序不认识的信号",
    },
    fields={
        "title": "标题",
        "description": "描述",
        "brand": "品牌",
        "price": "价格",
        "category": "类目",
        "images": "图片",
        "attributes": "属性",
        "seller": "卖家",
        "listing": "商品",
        "event": "事件",
    },
    signal="  {number}. {name}（{meaning}，强度 {strength:.2f}），位置：{field}",
    span="，第 {start} 至 {end} 个字符",
    rules="适用规则：{rules}",
    no_rules="适用规则：无；仅由各信号的权重得出",
    producer={
        ("allow", "revision"): "平台可以展示该版本。",
        ("allow", "listing"): "平台可以展示该版本。",
        ("hold", "revision"): "平台不得展示该版本；上一个获准的版本可以继续展示。",
        ("hold", "listing"): "平台不得展示该商品的任何版本。",
        ("block", "revision"): "平台永远不得展示该版本；上一个获准的版本可以继续展示。",
        ("block", "listing"): "平台永远不得展示该商品的任何版本。",
        ("release", "revision"): "平台可以展示该版本。",
        ("release", "listing"): "平台可以展示该版本。",
    },
    unknown="平台不得展示该版本（不认识的决定一律按暂扣处理）。",
    review="人工审核期限：{review_by}。",
    identity="决定编号 {decision}，是该版本的第 {sequence} 个决定，起因：{cause}。",
    supersedes="它取代决定 {decision}。",
    times="事件自报时间 {occurred}；消息系统收到时间 {appended}。",
    in_force="所依据的规则手册 {rulebook}（偏移量 {rulebook_offset}），品牌库 {registry}（偏移量 {registry_offset}），审查程序 {judge}。",
    separator="、",
)

WORDS: Final[Mapping[Language, Words]] = {"en": ENGLISH, "zh": CHINESE}
