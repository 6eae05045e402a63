"""Words of everyday speech that are also somebody's brand. Alone they name nothing: an apple is a fruit first.

Frequent words of Chinese and English come from tables (how frequent: `tests/tables/make.py`). Those here were chosen by hand, for titles of goods
use words that books do not: things, animals, colours, qualities and actions that titles of ordinary goods are full of. Plain form (NFKC, case
folded), simplified Han. A brand registered under such a word is found by its other names, by two of its names together, or by this one among the
goods that it is registered for.
"""

from __future__ import annotations

from typing import Final

from screener.judge import tables

_WORDS: Final = """
apple orange mango peach cherry lemon banana olive berry coconut rose lily daisy flower lotus tulip ivy forest ocean river lake island
mountain sun moon star sky cloud rain snow wind fire stone rock sand earth nature spring summer autumn winter tiger lion bear wolf fox
rabbit cat dog horse camel deer eagle swan dove penguin panda elephant dolphin shark butterfly bee bird fish crocodile red blue green pink
black white gold silver purple grey brown navy coach gap guess diesel boss target shell only next vans puma jaguar mustang focus polo golf
sport sports active basic basics classic classics premium royal king queen prince princess baby kids mom lady man men women girl girls boy
boys family home house garden kitchen angel magic dream happy lucky joy love hope peace smile beauty pretty sweet fresh pure natural clean
clear soft smart cool hot fast easy simple best super power energy life live free open one first new now time day night light shine bright
fashion style trend look design studio line point form shape space zone world city street park office travel trip outdoor box bag case cover
cup bottle glass lamp table chair bed door window mirror key lock ring chain diamond pearl crystal jade amber ruby apollo mercury venus mars
delta alpha omega sigma nova zero double extra plus max mini pro air go play pop mix kiss hero legend master champion hunter ranger scout
pilot captain rider sailor farmer doctor seven eleven express direct select choice value original genuine quality canon tide crest gain dial
always pampers axe lynx comfort surf vanish finish theory supreme palace allsaints reserved bench lee
苹果 小熊 骆驼 回力 双星 熊猫 老虎 狮子 大象 海豚 鳄鱼 蝴蝶 蜜蜂 蜻蜓 燕子 天鹅 企鹅 袋鼠 松鼠 小鹿 梅花 牡丹 百合 玫瑰 樱花 荷花 茉莉
兰花 向日葵 太阳 月亮 星星 星空 彩虹 白云 蓝天 大海 海洋 森林 草原 雪山 长城 黄河 长江 泰山 阳光 春天 夏天 秋天 冬天 清风 露露 雪花
雨虹 红色 蓝色 绿色 黑色 白色 红豆 绿豆 黄豆 花生 核桃 红枣 蜂蜜 牛奶 咖啡 可可 柠檬 草莓 樱桃 香蕉 芒果 橘子 西瓜 葡萄 菠萝 椰子 公主 王子 女王 国王
皇后 天使 宝宝 宝贝 妈妈 爸爸 儿童 少女 淑女 绅士 先生 女士 美人 佳人 佳丽 君子 朋友 大王 金牌 王牌 名牌 名人 名门 幸福 快乐 健康 平安
吉祥 如意 永久 永恒 经典 时尚 自然 纯真 美丽 美好 浪漫 温馨 舒适 简单 生活 家园 家居 空间 世界 中国 东方 北京 上海 飞鸽 凤凰 飞跃 前进
英雄 长征 解放 金星 红星 红旗 光明 统一 大众 现代 联想 方正 神舟 创维 先锋 帝王 皇冠 皇家 贵族 传奇 奇迹 梦想 魔法 魔力 相机 手机 电脑
汽车 大地 巨人 立方 钻石 珍珠 水晶 翡翠 琥珀 黄金 白金 三枪 三角 五洲 七色 千色 百色 一号 第一 唯一 唯美 完美 纯净 清新
"""

EVERYDAY: Final = frozenset((*_WORDS.split(), *tables.read("everyday").split(), *tables.read("english").split()))
"""Those words and the frequent ones of Chinese and English, for membership only."""
