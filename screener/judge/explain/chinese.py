"""The sentences around the evidence in Chinese, for reviewers."""

from __future__ import annotations

from typing import Final

from screener.judge.explain.words import Frame, Sentences

CHINESE: Final = Frame(
    head="{kind}：商品 {listing}，第 {revision} 版，卖家 {seller}",
    kinds={"allow": "放行", "hold": "暂扣", "block": "拦截", "release": "解除"},
    means={
        "allow": "经审查，该版本没有发现问题。",
        "hold": "尚无定论，须由人工审核。",
        "block": "证据充分，足以拦截。",
        "release": "该版本此前的暂扣或拦截已经结束。",
        "": "本版程序不认识的决定。",
    },
    risk="  {means}不是正品的风险：{word}（{risk:.2f}，满分为 1）。",
    bands=((0.0, "很低"), (0.1, "较低"), (0.4, "中等"), (0.7, "较高"), (0.9, "很高")),
    shadow="  试运行模式：只审查、只记录，没有通知执行服务。",
    degraded="  有一项检测出了故障，证据可能不全；在这种情况下系统绝不放行。",
    escalated="  逾期无人审核，而证据较强：已升级处理。",
    sampled="  到期自动解除，并被抽中由人工复查。",
    brands="涉及品牌：{brands}",
    evidence="证据：",
    no_evidence="证据：无",
    fields={
        "title": "标题", "description": "描述", "brand": "品牌栏", "price": "价格", "category": "类目", "images": "图片", "attributes": "商品属性",
        "seller": "卖家的过往记录", "listing": "商品的过往记录", "event": "事件本身", "": "未知位置",
    },
    signal="  {number}. {label}（{name}），{word}信号（强度 {strength:.2f}，满分为 1），见{field}{span}",
    strength=((0.0, "弱"), (0.4, "中等"), (0.7, "强")),
    span="，第 {start} 至 {end} 个字符",
    wrote="     卖家原文：{quote}",
    found="     查到的情况：{fact}。",
    noted="     查到的情况（英文原文）：{fact}。",
    meaning="     为何算作信号：{meaning}",
    innocent="     考虑过的正当解释：{innocent}。结论：{fell}。",
    unknown_signal=Sentences(
        "未知信号",
        "本版程序没有介绍这种信号的文字。",
        "本版程序不了解",
        "请看记录内容和同名检测器",
        "请看同名检测器",
    ),
    rules="符合的规则：",
    rule="  {id}：{reason}",
    rule_as_recorded="  {id}：{reason}（英文原文）",
    rule_unread="  {id}（理由见规则手册 {version}，此处没有该手册）",
    no_rules={
        "allow": "符合的规则：无；各信号按权重合计，未达到规则手册规定的暂扣标准。",
        "hold": "符合的规则：无；各信号按权重合计，达到了规则手册规定的暂扣标准。",
        "": "符合的规则：无；由人工决定，或者到期自动处理。",
    },
    own_rules={
        "barred": "该商品已被整体禁止，之后的版本一律不展示。",
        "degraded": "有一项检测出了故障，因此该版本不放行，等待人工审核。",
        "score": "各项迹象合计的风险达到了规则手册的拦截线，而且证据不少于两类。",
    },
    cleared="怎样才算正当：",
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
    chain="该商品此前的决定：",
    link="  第 {revision} 版第 {sequence} 个决定：{at}，{kind}，风险 {risk:.2f}{signals}",
    link_signals="（{signals}）",
    first="该商品此前的决定：此处没有记录。",
    identity="决定编号 {decision}，是该版本的第 {sequence} 个决定，起因：{cause}。",
    supersedes="它取代决定 {decision}。",
    times="事件自报时间：{occurred}；消息系统收到时间：{appended}。",
    in_force="所依据的规则手册 {rulebook}（偏移量 {rulebook_offset}），品牌库 {registry}（偏移量 {registry_offset}），审查程序 {judge}。",
    separator="、",
    stop="。",
)  # fmt: skip
