"""Fits the linear model of goods (`screener/judge/tables/goods.txt`): which kind of goods the words of a title are of.

    python -m tests.tables.goods [--measure]

The corpus is every noun below, alone and with each of the words that titles put beside any goods: nothing but these lists is learnt. Features
are the noun itself, its pairs of characters (Han) or its words (Latin); the model is multinomial naive Bayes with add-one smoothing, whose
log-odds against the average class are rounded to hundredths: additive, whole numbers, the same on every machine. `--measure` prints its accuracy
on the real titles beside the repository, by the roots of their categories; they are not learnt from.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Final

OUT: Final = Path(__file__).parents[2] / "screener" / "judge" / "tables" / "goods.txt"

NOUNS: Final = {
    "clothes": (
        "连衣裙 半身裙 衬衫 衬衣 T恤 卫衣 毛衣 针织衫 羊毛衫 羊绒衫 打底衫 风衣 大衣 外套 夹克 西装 西服 马甲 棉衣 棉服 羽绒服 "
        "皮衣 皮草 牛仔裤 休闲裤 运动裤 短裤 长裤 阔腿裤 打底裤 瑜伽裤 速干裤 冲锋衣 抓绒衣 软壳衣 皮肤衣 POLO衫 polo 背心 吊带 "
        "旗袍 礼服 睡衣 睡裙 家居服 内衣 内裤 文胸 保暖内衣 秋衣 秋裤 袜子 丝袜 泳衣 泳裤 运动套装 训练服 球衣 校服 工作服 雨衣 "
        "童装 女装 男装 裙子 裤子 上衣 dress skirt shirt blouse t-shirt hoodie sweater cardigan coat jacket parka trench blazer "
        "suit vest jeans trousers pants shorts leggings underwear bra pajamas socks swimsuit tracksuit jersey"
    ),
    "shoes": (
        "运动鞋 跑步鞋 跑鞋 篮球鞋 板鞋 滑板鞋 休闲鞋 帆布鞋 老爹鞋 训练鞋 足球鞋 登山鞋 徒步鞋 皮鞋 德比鞋 豆豆鞋 乐福鞋 单鞋 "
        "高跟鞋 平底鞋 凉鞋 拖鞋 靴子 短靴 长靴 马丁靴 雪地靴 棉鞋 童鞋 学步鞋 女鞋 男鞋 工装鞋 工装靴 小白鞋 雨靴 布鞋 shoes "
        "sneakers boots sandals slippers loafers heels trainers flats"
    ),
    "bags": (
        "手提包 单肩包 斜挎包 双肩包 背包 托特包 水桶包 链条包 腋下包 戴妃包 钱包 卡包 手拿包 腰包 胸包 公文包 电脑包 旅行包 "
        "行李箱 拉杆箱 旅行箱 登机箱 密码箱 书包 女包 男包 箱包 邮差包 波士顿包 登山包 handbag bag tote clutch wallet purse "
        "backpack crossbody suitcase luggage briefcase"
    ),
    "accessories": (
        "围巾 丝巾 披肩 手套 帽子 棒球帽 鸭舌帽 渔夫帽 毛线帽 皮带 腰带 领带 领结 袖扣 太阳镜 墨镜 眼镜框 眼镜架 发箍 发夹 雨伞 "
        "scarf gloves hat cap belt tie sunglasses eyewear umbrella"
    ),
    "watches": "手表 腕表 机械表 石英表 全自动表 计时码表 潜水表 陀飞轮 怀表 女表 男表 情侣表 电子表 钟表 watch wristwatch chronograph",
    "jewellery": (
        "项链 手链 手镯 戒指 耳钉 耳环 吊坠 挂坠 胸针 黄金 钻戒 银饰 珍珠 翡翠 和田玉 珠宝 首饰 饰品 脚链 necklace bracelet ring "
        "earrings pendant brooch jewelry"
    ),
    "beauty": (
        "口红 唇膏 唇釉 唇泥 粉底液 粉饼 气垫 遮瑕 散粉 腮红 眼影 眼线 睫毛膏 眉笔 香水 淡香水 浓香水 香氛 香体 面霜 眼霜 精华 "
        "精华液 爽肤水 化妆水 乳液 面膜 洗面奶 卸妆 防晒霜 隔离霜 护手霜 身体乳 沐浴露 洗发水 护发素 指甲油 护肤 彩妆 美妆 "
        "lipstick foundation mascara perfume cologne fragrance cream serum toner lotion eyeshadow"
    ),
    "phones": "智能手机 5G手机 折叠屏手机 手机 老人机 对讲机 phone smartphone",
    "audio": (
        "耳机 蓝牙耳机 降噪耳机 入耳式耳机 头戴式耳机 音箱 音响 麦克风 耳麦 收音机 录音笔 播放器 headphones earbuds speaker "
        "microphone"
    ),
    "computers": (
        "笔记本电脑 台式机 一体机 平板电脑 显示器 键盘 鼠标 硬盘 移动硬盘 U盘 内存条 显卡 主板 路由器 打印机 复印机 扫描仪 投影仪 "
        "墨盒 硒鼓 碎纸机 读卡器 网卡 laptop keyboard mouse monitor printer router tablet"
    ),
    "cameras": "相机 单反 微单 镜头 摄像机 三脚架 闪光灯 相机电池 存储卡 无人机 camera lens tripod drone",
    "appliances": (
        "电视 空调 冰箱 洗衣机 热水器 电饭煲 电压力锅 微波炉 电磁炉 榨汁机 破壁机 豆浆机 咖啡机 空气炸锅 电水壶 吸尘器 除螨仪 "
        "挂烫机 加湿器 净化器 电风扇 取暖器 剃须刀 电动牙刷 吹风机 直发器 美容仪 扫地机器人 油烟机 燃气灶 插座 插线板 开关 灯泡 "
        "吸顶灯 台灯 refrigerator vacuum blender kettle dryer shaver"
    ),
    "home": (
        "四件套 被子 蚕丝被 羽绒被 夏凉被 床单 床笠 枕头 枕套 毛毯 毯子 床垫 凉席 毛巾 浴巾 地毯 窗帘 抱枕 沙发垫 桌布 收纳箱 "
        "收纳盒 收纳袋 衣架 鞋架 置物架 挂钩 垃圾桶 拖把 沙发 床 衣柜 书桌 椅子 茶几 书架 鞋柜 餐桌 花瓶 摆件 装饰画 炒锅 汤锅 "
        "砧板 菜刀 碗 盘子 杯子 水杯 保温杯 茶具 餐具 筷子 bedding pillow blanket towel curtain carpet storage sofa chair desk "
        "cookware mug"
    ),
    "books": (
        "小说 散文 诗集 传记 教材 教辅 字典 词典 绘本 漫画 杂志 期刊 历史书 文学 图书 书籍 出版社 作者 译者 著 编著 套装书 平装 "
        "精装 考试用书 试卷 练习册 食谱 画册 book novel paperback hardcover textbook dictionary magazine"
    ),
    "toys": (
        "积木 拼图 玩具 毛绒玩具 公仔 娃娃 手办 模型 车模 遥控车 遥控飞机 玩偶 陀螺 桌游 魔方 滑板车 toy lego puzzle doll plush "
        "figure"
    ),
    "food": (
        "坚果 饼干 巧克力 糖果 牛肉干 蜜饯 零食 茶叶 龙井 普洱 红茶 绿茶 咖啡豆 奶粉 大米 面粉 食用油 酱油 白酒 红酒 啤酒 饮料 "
        "果汁 牛奶 蜂蜜 燕窝 海参 月饼 水果 snack chocolate coffee tea wine"
    ),
    "stationery": (
        "文具 中性笔 钢笔 铅笔 圆珠笔 水笔 记号笔 橡皮 笔袋 文件夹 文件袋 笔记本本子 便利贴 计算器 订书机 胶水 胶带 修正带 日历 "
        "手账 pen pencil notebook stationery"
    ),
    "phonefilm": (
        "手机贴膜 钢化膜 手机壳 保护套 手机套 贴纸 数据线 充电器 充电头 充电宝 移动电源 手机支架 转接头 手机配件 case charger "
        "cable protector"
    ),
    "auto": "汽车脚垫 座垫 座套 车载支架 行车记录仪 轮胎 机油 雨刮 车衣 车灯 方向盘套 香薰 汽车用品 car tire",
    "sports": (
        "羽毛球拍 乒乓球拍 网球拍 篮球 足球 跳绳 瑜伽垫 哑铃 跑步机 泳镜 帐篷 睡袋 鱼竿 渔具 护膝 轮滑 自行车 racket dumbbell "
        "tent"
    ),
    "pets": "猫粮 狗粮 猫砂 宠物 宠物用品 猫抓板 牵引绳 狗窝 猫窝 鱼缸 鱼粮 pet",
    "tools": (
        "五金 五金工具 螺丝刀 扳手 电钻 卷尺 工具箱 锤子 钳子 建材 涂料 油漆 瓷砖 地板 水龙头 花洒 管件 阀门 "
        "锁具 梯子 电线 电缆 仪器 劳保 焊机 hardware drill"
    ),
    "garden": "花盆 种子 肥料 绿植 盆栽 多肉 鲜花 园艺 花卉 农药 农资 化肥 garden seeds plants",
    "office": "办公用品 办公耗材 打印纸 复印纸 档案盒 白板 教具 学习用品 学生用品 办公文具",
    "health": "血压计 血糖仪 体温计 口罩 轮椅 按摩椅 按摩器 足浴盆 维生素 钙片 保健品 药 安全套 massager thermometer vitamin",
}  # fmt: skip
"""Class of goods and what belongs to it, chosen by hand."""

_BESIDE: Final = (
    "新款 正品 包邮 女士 男士 儿童 秋冬 春夏 夏季 冬季 韩版 欧美 时尚 简约 大码 加厚 纯棉 真皮 防水 便携 "
    "礼盒 送礼 现货 黑色 白色 红色 蓝色 女 男 2026 new women men black white genuine"
)
BESIDE: Final = tuple(_BESIDE.split())
"""Words that stand beside goods of every class: no evidence of any."""

_SCALE: Final = 100
"""Weights are whole hundredths of log-odds."""
_LEAST: Final = 60
"""Hundredths below which a feature says nothing and is left out."""


def features(noun: str) -> list[str]:
    """The noun, its pairs of characters if it is Han, its words if it is Latin."""
    noun = noun.lower()
    if noun.isascii():
        return [noun]
    return [noun, *(one + other for one, other in pairwise(noun) if not (one + other).isascii())] if len(noun) > 2 else [noun]


def fitted() -> dict[str, list[int]]:
    """Feature to its weight per class, in the order of `NOUNS`."""
    counts = {label: Counter[str]() for label in NOUNS}
    for label, nouns in NOUNS.items():
        for noun in nouns.split():
            for feature in features(noun):
                counts[label][feature] += len(BESIDE) + 1
            counts[label].update(feature for word in BESIDE for feature in features(word))
    vocabulary = sorted({feature for counted in counts.values() for feature in counted})
    totals = {label: counted.total() + len(vocabulary) for label, counted in counts.items()}
    model: dict[str, list[int]] = {}
    for feature in vocabulary:
        logs = [math.log((counts[label][feature] + 1) / totals[label]) for label in NOUNS]
        average = sum(logs) / len(logs)
        weights = [round((one - average) * _SCALE) for one in logs]
        if max(weights) >= _LEAST and len(feature) > 1:
            model[feature] = weights
    return model


def written(model: dict[str, list[int]]) -> str:
    """The table: the classes, then a feature a line with its weights and whether it is a noun by itself."""
    whole = {noun.lower() for nouns in NOUNS.values() for noun in nouns.split()}
    lines = [" ".join(NOUNS)]
    lines += [f"{feature} {','.join(map(str, weights))} {'noun' if feature in whole else 'pair'}" for feature, weights in model.items()]
    return "\n".join(lines) + "\n"


def measure() -> None:
    """Prints how often the model's best class belongs to the root of a real title's category, where it is sure."""
    from screener.judge.goods import GROUPS, SURE, goods_of

    roots = {
        "服饰、鞋、包": {"wear"}, "家用电器": {"house"}, "家居家装": {"house"}, "电脑、软件、办公": {"tech", "stationery"}, "出版物": {"books"},
        "健康运动、户外": {"wear", "sports"}, "数码": {"tech"}, "钟表": {"wear"}, "手机": {"tech"}, "个护化妆": {"beauty"},
    }  # fmt: skip
    data = Path(__file__).parents[3] / "shared" / "data" / "listings-b2c.jsonl.gz"
    right: Counter[str] = Counter()
    sure: Counter[str] = Counter()
    every: Counter[str] = Counter()
    with gzip.open(data) as lines:
        for line in lines:
            event = json.loads(line)
            root = event["category"][0] if event["category"] else ""
            if root in roots:
                every[root] += 1
                scores = goods_of(event["title"].lower())
                group = max(GROUPS, key=lambda one: max(scores.get(label, 0) for label in GROUPS[one]))
                if max(scores.get(label, 0) for label in GROUPS[group]) >= SURE:
                    sure[root] += 1
                    right[root] += group in roots[root]
    for root, count in every.items():
        print(f"{root:10} {count:6} titles, sure of {sure[root] / count:.0%}, right in {right[root] / max(1, sure[root]):.1%} of these")
    print(f"all: sure of {sure.total() / every.total():.0%}, right in {right.total() / sure.total():.1%} of these")


def main() -> None:
    """Writes the table and says what it was made of, or measures it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true")
    if parser.parse_args().measure:
        measure()
        return
    text = written(fitted())
    OUT.write_text(text, encoding="utf-8")
    nouns, digest = sum(len(one.split()) for one in NOUNS.values()), hashlib.sha256(text.encode()).hexdigest()
    print(f"{len(NOUNS)} classes, {nouns} nouns, {len(text.splitlines()) - 1} features, {len(text)} characters, sha256 {digest}")


if __name__ == "__main__":
    main()
