"""Uncontroversial facts in English and Chinese, each with wrong answers that are near by."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """A fact in one language."""

    question: str
    statement: str
    """A sentence with ``{}`` where the answer stands."""
    right: str
    wrong: tuple[str, ...]


class Fact(NamedTuple):
    """A fact in both languages."""

    english: Told
    chinese: Told


def _fact(english: str, chinese: str) -> Fact:
    """Return the fact of two lines: ``question | statement | right | wrong; wrong``."""
    return Fact(_told(english), _told(chinese))


def _told(line: str) -> Told:
    question, statement, right, wrong = (part.strip() for part in line.split("|"))
    return Told(question, statement, right, tuple(part.strip() for part in wrong.split(";")))


_CAPITALS = """
France|Paris|Lyon; Marseille|法国|巴黎|里昂; 马赛
Italy|Rome|Milan; Venice|意大利|罗马|米兰; 威尼斯
Spain|Madrid|Barcelona; Seville|西班牙|马德里|巴塞罗那; 塞维利亚
Germany|Berlin|Munich; Hamburg|德国|柏林|慕尼黑; 汉堡
Japan|Tokyo|Osaka; Kyoto|日本|东京|大阪; 京都
China|Beijing|Shanghai; Guangzhou|中国|北京|上海; 广州
Canada|Ottawa|Toronto; Vancouver|加拿大|渥太华|多伦多; 温哥华
Russia|Moscow|Saint Petersburg; Kazan|俄罗斯|莫斯科|圣彼得堡; 喀山
Egypt|Cairo|Alexandria; Luxor|埃及|开罗|亚历山大; 卢克索
India|New Delhi|Mumbai; Kolkata|印度|新德里|孟买; 加尔各答
Turkey|Ankara|Istanbul; Izmir|土耳其|安卡拉|伊斯坦布尔; 伊兹密尔
Brazil|Brasilia|Rio de Janeiro; Sao Paulo|巴西|巴西利亚|里约热内卢; 圣保罗
Greece|Athens|Thessaloniki; Sparta|希腊|雅典|塞萨洛尼基; 斯巴达
Portugal|Lisbon|Porto; Faro|葡萄牙|里斯本|波尔图; 法鲁
Austria|Vienna|Salzburg; Graz|奥地利|维也纳|萨尔茨堡; 格拉茨
South Korea|Seoul|Busan; Incheon|韩国|首尔|釜山; 仁川
Vietnam|Hanoi|Ho Chi Minh City; Da Nang|越南|河内|胡志明市; 岘港
Thailand|Bangkok|Chiang Mai; Phuket|泰国|曼谷|清迈; 普吉
Sweden|Stockholm|Gothenburg; Oslo|瑞典|斯德哥尔摩|哥德堡; 奥斯陆
Poland|Warsaw|Krakow; Gdansk|波兰|华沙|克拉科夫; 格但斯克
"""

_SYMBOLS = """
gold|Au|Go; Ag|金|Au|Ag; Jn
silver|Ag|Si; Au|银|Ag|Si; Au
iron|Fe|Ir; In|铁|Fe|Ir; Tl
oxygen|O|Ox; Os|氧|O|Ox; Os
hydrogen|H|Hy; He|氢|H|Hg; He
sodium|Na|So; S|钠|Na|So; S
potassium|K|P; Po|钾|K|P; Po
carbon|C|Ca; Co|碳|C|Ca; Co
nitrogen|N|Ni; Na|氮|N|Ni; Na
helium|He|H; Hl|氦|He|H; Hl
copper|Cu|Co; Cp|铜|Cu|Co; Cp
calcium|Ca|C; Cl|钙|Ca|C; Cl
zinc|Zn|Zi; Zc|锌|Zn|Zi; Xn
lead|Pb|Le; Ld|铅|Pb|Le; Ld
"""

_CONTINENTS = """
Brazil|South America|Africa; Europe|巴西|南美洲|非洲; 欧洲
Egypt|Africa|Europe; South America|埃及|非洲|欧洲; 南美洲
Kenya|Africa|Asia; South America|肯尼亚|非洲|亚洲; 南美洲
Canada|North America|Europe; South America|加拿大|北美洲|欧洲; 南美洲
Mexico|North America|South America; Europe|墨西哥|北美洲|南美洲; 欧洲
Japan|Asia|Europe; North America|日本|亚洲|欧洲; 北美洲
India|Asia|Africa; Europe|印度|亚洲|非洲; 欧洲
Mongolia|Asia|Europe; Africa|蒙古国|亚洲|欧洲; 非洲
Sweden|Europe|Asia; North America|瑞典|欧洲|亚洲; 北美洲
Portugal|Europe|South America; Africa|葡萄牙|欧洲|南美洲; 非洲
Argentina|South America|Europe; North America|阿根廷|南美洲|欧洲; 北美洲
Nigeria|Africa|Asia; South America|尼日利亚|非洲|亚洲; 南美洲
"""

_AUTHORS = """
Romeo and Juliet|William Shakespeare|Charles Dickens; Jane Austen|《罗密欧与朱丽叶》|莎士比亚|狄更斯; 奥斯汀
Hamlet|William Shakespeare|Oscar Wilde; Mark Twain|《哈姆雷特》|莎士比亚|王尔德; 马克·吐温
War and Peace|Leo Tolstoy|Anton Chekhov; Fyodor Dostoevsky|《战争与和平》|托尔斯泰|契诃夫; 陀思妥耶夫斯基
Oliver Twist|Charles Dickens|Mark Twain; Thomas Hardy|《雾都孤儿》|狄更斯|马克·吐温; 哈代
Pride and Prejudice|Jane Austen|Virginia Woolf; Emily Bronte|《傲慢与偏见》|奥斯汀|伍尔夫; 艾米莉·勃朗特
Don Quixote|Miguel de Cervantes|Victor Hugo; Dante Alighieri|《堂吉诃德》|塞万提斯|雨果; 但丁
Les Miserables|Victor Hugo|Emile Zola; Honore de Balzac|《悲惨世界》|雨果|左拉; 巴尔扎克
Journey to the West|Wu Cheng'en|Cao Xueqin; Shi Nai'an|《西游记》|吴承恩|曹雪芹; 施耐庵
The Old Man and the Sea|Ernest Hemingway|William Faulkner; John Steinbeck|《老人与海》|海明威|福克纳; 斯坦贝克
"""


def _rows(lines: str) -> list[list[str]]:
    return [line.split("|") for line in lines.strip().split("\n")]


def _frame(lines: str, english: str, chinese: str) -> tuple[Fact, ...]:
    """Return the facts of rows that share a question and a statement; ``@`` stands for what is asked about."""
    return tuple(
        _fact(
            f"{english.replace('@', row[0])} | {row[1]} | {row[2]}",
            f"{chinese.replace('@', row[3])} | {row[4]} | {row[5]}",
        )
        for row in _rows(lines)
    )


_SINGLE: tuple[Fact, ...] = (
    _fact(
        "How many days are in a week? | A week has {} days. | 7 | 5; 6; 8", "一周有几天？ | 一周有{}天。 | 7 | 5; 6; 8"
    ),
    _fact(
        "How many days does April have? | April has {} days. | 30 | 31; 28",
        "四月有多少天？ | 四月有{}天。 | 30 | 31; 28",
    ),
    _fact(
        "How many days does August have? | August has {} days. | 31 | 30; 29",
        "八月有多少天？ | 八月有{}天。 | 31 | 30; 29",
    ),
    _fact(
        "How many days does a leap year have? | A leap year has {} days. | 366 | 365; 364",
        "闰年有多少天？ | 闰年有{}天。 | 366 | 365; 364",
    ),
    _fact(
        "How many hours are in a day? | A day has {} hours. | 24 | 12; 20",
        "一天有多少小时？ | 一天有{}小时。 | 24 | 12; 20",
    ),
    _fact(
        "How many seconds are in a minute? | A minute has {} seconds. | 60 | 100; 30",
        "一分钟有多少秒？ | 一分钟有{}秒。 | 60 | 100; 30",
    ),
    _fact(
        "How many minutes are in an hour? | An hour has {} minutes. | 60 | 100; 50",
        "一小时有多少分钟？ | 一小时有{}分钟。 | 60 | 100; 50",
    ),
    _fact(
        "How many legs does a spider have? | A spider has {} legs. | 8 | 6; 10",
        "蜘蛛有几条腿？ | 蜘蛛有{}条腿。 | 8 | 6; 10",
    ),
    _fact(
        "How many legs does an ant have? | An ant has {} legs. | 6 | 8; 4", "蚂蚁有几条腿？ | 蚂蚁有{}条腿。 | 6 | 8; 4"
    ),
    _fact(
        "How many arms does an octopus have? | An octopus has {} arms. | 8 | 10; 6",
        "章鱼有几条腕足？ | 章鱼有{}条腕足。 | 8 | 10; 6",
    ),
    _fact(
        "How many legs does a horse have? | A horse has {} legs. | 4 | 2; 6", "马有几条腿？ | 马有{}条腿。 | 4 | 2; 6"
    ),
    _fact(
        "How many sides does a triangle have? | A triangle has {} sides. | 3 | 4; 5",
        "三角形有几条边？ | 三角形有{}条边。 | 3 | 4; 5",
    ),
    _fact(
        "How many sides does a hexagon have? | A hexagon has {} sides. | 6 | 5; 7; 8",
        "六边形有几条边？ | 六边形有{}条边。 | 6 | 5; 7; 8",
    ),
    _fact(
        "How many sides does a pentagon have? | A pentagon has {} sides. | 5 | 6; 4",
        "五边形有几条边？ | 五边形有{}条边。 | 5 | 6; 4",
    ),
    _fact(
        "How many faces does a cube have? | A cube has {} faces. | 6 | 4; 8; 12",
        "正方体有几个面？ | 正方体有{}个面。 | 6 | 4; 8; 12",
    ),
    _fact(
        "How many corners does a square have? | A square has {} corners. | 4 | 3; 6",
        "正方形有几个角？ | 正方形有{}个角。 | 4 | 3; 6",
    ),
    _fact(
        "How many degrees does a right angle have? | A right angle has {} degrees. | 90 | 180; 45",
        "直角是多少度？ | 直角是{}度。 | 90 | 180; 45",
    ),
    _fact(
        "What do the angles of a triangle add up to, in degrees? | They add up to {} degrees. | 180 | 360; 90",
        "三角形的内角和是多少度？ | 三角形的内角和是{}度。 | 180 | 360; 90",
    ),
    _fact(
        "How many planets are in our solar system? | Our solar system has {} planets. | 8 | 9; 7; 10",
        "太阳系有几颗行星？ | 太阳系有{}颗行星。 | 8 | 9; 7; 10",
    ),
    _fact(
        "How many letters does the English alphabet have? | The English alphabet has {} letters. | 26 | 24; 25; 28",
        "英语字母表有多少个字母？ | 英语字母表有{}个字母。 | 26 | 24; 25; 28",
    ),
    _fact(
        "How many wheels does a tricycle have? | A tricycle has {} wheels. | 3 | 2; 4",
        "三轮车有几个轮子？ | 三轮车有{}个轮子。 | 3 | 2; 4",
    ),
    _fact(
        "How many players of one soccer team are on the field? | A soccer team fields {} players. | 11 | 10; 9; 12",
        "一支足球队上场几人？ | 一支足球队上场{}人。 | 11 | 10; 9; 12",
    ),
    _fact(
        "How many strings does a violin have? | A violin has {} strings. | 4 | 5; 6",
        "小提琴有几根弦？ | 小提琴有{}根弦。 | 4 | 5; 6",
    ),
    _fact(
        "How many centimetres are in a metre? | A metre has {} centimetres. | 100 | 10; 1000",
        "一米等于多少厘米？ | 一米等于{}厘米。 | 100 | 10; 1000",
    ),
    _fact(
        "How many grams are in a kilogram? | A kilogram has {} grams. | 1000 | 100; 500",
        "一千克等于多少克？ | 一千克等于{}克。 | 1000 | 100; 500",
    ),
    _fact(
        "At how many degrees Celsius does water freeze? | Water freezes at {} degrees Celsius. | 0 | 10; 32",
        "标准大气压下水在多少摄氏度结冰？ | 标准大气压下，水在{}摄氏度结冰。 | 0 | 10; 32",
    ),
    _fact(
        "Which planet is closest to the Sun? | The planet closest to the Sun is {}. | Mercury | Venus; Mars",
        "离太阳最近的行星是哪一颗？ | 离太阳最近的行星是{}。 | 水星 | 金星; 火星",
    ),
    _fact(
        "What is the largest planet of the solar system? | The largest planet is {}. | Jupiter | Saturn; Neptune",
        "太阳系最大的行星是哪一颗？ | 太阳系最大的行星是{}。 | 木星 | 土星; 海王星",
    ),
    _fact(
        "Which planet is called the Red Planet? | The Red Planet is {}. | Mars | Venus; Jupiter",
        "哪颗行星因呈红色而被称为“红色星球”？ | 被称为“红色星球”的是{}。 | 火星 | 金星; 木星",
    ),
    _fact(
        "What is the highest mountain above sea level? | The highest mountain is {}. | Mount Everest | K2; Mont Blanc",
        "世界上海拔最高的山峰是哪座？ | 世界上海拔最高的山峰是{}。 | 珠穆朗玛峰 | 乔戈里峰; 勃朗峰",
    ),
    _fact(
        "What is the largest animal on Earth? | The largest is the {}. | blue whale | African elephant; whale shark",
        "地球上最大的动物是什么？ | 地球上最大的动物是{}。 | 蓝鲸 | 非洲象; 鲸鲨",
    ),
    _fact(
        "What is the tallest living animal? | The tallest living animal is the {}. | giraffe | elephant; ostrich",
        "现存最高的陆地动物是什么？ | 现存最高的陆地动物是{}。 | 长颈鹿 | 大象; 鸵鸟",
    ),
    _fact(
        "What is the fastest animal on land? | The fastest animal on land is the {}. | cheetah | lion; horse",
        "陆地上跑得最快的动物是什么？ | 陆地上跑得最快的动物是{}。 | 猎豹 | 狮子; 马",
    ),
    _fact(
        "What is the largest living bird? | The largest living bird is the {}. | ostrich | eagle; penguin",
        "现存最大的鸟是什么？ | 现存最大的鸟是{}。 | 鸵鸟 | 老鹰; 企鹅",
    ),
    _fact(
        "What do you get when you mix blue and yellow paint? | Blue and yellow paint make {}. | green | purple; orange",
        "蓝色和黄色颜料混合得到什么颜色？ | 蓝色和黄色颜料混合得到{}。 | 绿色 | 紫色; 橙色",
    ),
    _fact(
        "What colour do red and yellow paint make? | Red and yellow paint make {}. | orange | green; purple",
        "红色和黄色颜料混合得到什么颜色？ | 红色和黄色颜料混合得到{}。 | 橙色 | 绿色; 紫色",
    ),
    _fact(
        "What colour do red and blue paint make? | Red and blue paint make {}. | purple | green; orange",
        "红色和蓝色颜料混合得到什么颜色？ | 红色和蓝色颜料混合得到{}。 | 紫色 | 绿色; 橙色",
    ),
    _fact(
        "What colour is an emerald? | An emerald is {}. | green | red; blue",
        "祖母绿宝石是什么颜色？ | 祖母绿宝石是{}的。 | 绿色 | 红色; 蓝色",
    ),
    _fact(
        "What colour is a ruby? | A ruby is {}. | red | green; blue",
        "红宝石是什么颜色？ | 红宝石是{}的。 | 红色 | 绿色; 蓝色",
    ),
    _fact(
        "Who first walked on the Moon? | The first one there was {}. | Neil Armstrong | Buzz Aldrin; Yuri Gagarin",
        "第一个登上月球的人是谁？ | 第一个登上月球的人是{}。 | 阿姆斯特朗 | 奥尔德林; 加加林",
    ),
    _fact(
        "Who was the first human in space? | It was {}. | Yuri Gagarin | Neil Armstrong; John Glenn",
        "第一个进入太空的人是谁？ | 第一个进入太空的人是{}。 | 加加林 | 阿姆斯特朗; 杨利伟",
    ),
    _fact(
        "Who was the first president of the United States? | It was {}. | George Washington | Abraham Lincoln",
        "美国第一任总统是谁？ | 美国第一任总统是{}。 | 华盛顿 | 杰斐逊; 林肯",
    ),
    _fact(
        "What is the first month of the year? | The first month of the year is {}. | January | February; December",
        "公历一年的第一个月有多少天？ | 公历一年的第一个月有{}天。 | 31 | 30; 28",
    ),
    _fact(
        "What is the last month of the year? | The last month of the year is {}. | December | November; January",
        "公历一年的最后一个月有多少天？ | 公历一年的最后一个月有{}天。 | 31 | 30; 29",
    ),
    _fact(
        "Which day comes after Monday? | The day after Monday is {}. | Tuesday | Wednesday; Sunday",
        "星期一的后一天是星期几？ | 星期一的后一天是{}。 | 星期二 | 星期三; 星期日",
    ),
    _fact(
        "Which gas do plants take in for photosynthesis? | Plants take in {}. | carbon dioxide | oxygen; nitrogen",
        "植物进行光合作用吸收什么气体？ | 植物进行光合作用时吸收{}。 | 二氧化碳 | 氧气; 氮气",
    ),
    _fact(
        "Which gas makes up most of the air? | Most of the air is {}. | nitrogen | oxygen; carbon dioxide",
        "空气中含量最多的气体是什么？ | 空气中含量最多的气体是{}。 | 氮气 | 氧气; 二氧化碳",
    ),
    _fact(
        "Which organ pumps blood through the body? | Blood is pumped by the {}. | heart | liver; lung",
        "哪个器官把血液输送到全身？ | 把血液输送到全身的器官是{}。 | 心脏 | 肝脏; 肺",
    ),
    _fact(
        "What do bees make? | Bees make {}. | honey | silk; milk", "蜜蜂酿造什么？ | 蜜蜂酿造的是{}。 | 蜂蜜 | 醋; 酱油"
    ),
    _fact(
        "What is a baby dog called? | A baby dog is called a {}. | puppy | kitten; calf",
        "小蝌蚪长大后变成什么？ | 小蝌蚪长大后变成{}。 | 青蛙 | 小鱼; 乌龟",
    ),
    _fact(
        "What is a baby cat called? | A baby cat is called a {}. | kitten | puppy; cub",
        "毛毛虫长大后变成什么？ | 毛毛虫长大后变成{}或蛾。 | 蝴蝶 | 蜻蜓; 蜜蜂",
    ),
    _fact(
        "What does a caterpillar turn into? | A caterpillar turns into a {} or a moth. | butterfly | dragonfly; bee",
        "熊猫最主要的食物是什么？ | 熊猫最主要的食物是{}。 | 竹子 | 鱼; 草莓",
    ),
    _fact(
        "What does a giant panda mostly eat? | A giant panda mostly eats {}. | bamboo | fish; meat",
        "春节吃的饺子，外皮主要用什么做？ | 饺子皮主要用{}做。 | 面粉 | 糖; 豆腐",
    ),
    _fact(
        "Which animal is known as man's best friend? | Man's best friend is the {}. | dog | cat; horse",
        "中国的国宝动物是什么？ | 中国的国宝动物是{}。 | 大熊猫 | 东北虎; 金丝猴",
    ),
    _fact(
        "What does the Earth orbit? | The Earth orbits {}. | the Sun | the Moon; Mars",
        "地球围绕什么公转？ | 地球围绕{}公转。 | 太阳 | 月球; 火星",
    ),
    _fact(
        "Which metal is liquid at room temperature? | The liquid metal is {}. | mercury | iron; lead",
        "常温下呈液态的金属是什么？ | 常温下呈液态的金属是{}。 | 汞 | 铁; 铅",
    ),
    _fact(
        "What is the main language of Brazil? | The main language of Brazil is {}. | Portuguese | Spanish; French",
        "巴西的官方语言是什么？ | 巴西的官方语言是{}。 | 葡萄牙语 | 西班牙语; 法语",
    ),
    _fact(
        "What is the currency of Japan? | The currency of Japan is the {}. | yen | yuan; won",
        "日本的货币是什么？ | 日本的货币是{}。 | 日元 | 人民币; 韩元",
    ),
    _fact(
        "In which country are the pyramids of Giza? | The pyramids of Giza are in {}. | Egypt | Mexico; Iraq",
        "吉萨金字塔在哪个国家？ | 吉萨金字塔在{}。 | 埃及 | 墨西哥; 伊拉克",
    ),
    _fact(
        "In which city is the Eiffel Tower? | The Eiffel Tower is in {}. | Paris | London; Rome",
        "埃菲尔铁塔在哪座城市？ | 埃菲尔铁塔在{}。 | 巴黎 | 伦敦; 罗马",
    ),
    _fact(
        "In which city is the Colosseum? | The Colosseum is in {}. | Rome | Athens; Naples",
        "故宫在哪座城市？ | 故宫在{}。 | 北京 | 西安; 南京",
    ),
    _fact(
        "In which city is Big Ben? | Big Ben is in {}. | London | Dublin; Edinburgh",
        "兵马俑在哪座城市？ | 兵马俑在{}。 | 西安 | 洛阳; 北京",
    ),
    _fact(
        "What is frozen water called? | Frozen water is called {}. | ice | steam; dew",
        "水冻成的固体叫什么？ | 水冻成的固体叫{}。 | 冰 | 露水; 蒸汽",
    ),
    _fact(
        "Which sense do we use our ears for? | We use our ears for {}. | hearing | smell; taste",
        "人用哪个器官听声音？ | 人用{}听声音。 | 耳朵 | 鼻子; 舌头",
    ),
    _fact(
        "Which season comes after winter? | After winter comes {}. | spring | autumn; summer",
        "冬天之后是什么季节？ | 冬天之后是{}。 | 春天 | 秋天; 夏天",
    ),
    _fact(
        "Which sport is played at Wimbledon? | The sport played at Wimbledon is {}. | tennis | golf; cricket",
        "中国的“国球”是什么运动？ | 中国的“国球”是{}。 | 乒乓球 | 网球; 篮球",
    ),
)

FACTS: tuple[Fact, ...] = (
    *_frame(_CAPITALS, "What is the capital of @? | The capital of @ is {}.", "@的首都是哪里？ | @的首都是{}。"),
    *_frame(
        _SYMBOLS,
        "What is the chemical symbol of @? | The chemical symbol of @ is {}.",
        "元素@的符号是什么？ | 元素@的符号是{}。",
    ),
    *_frame(_CONTINENTS, "On which continent is @? | The continent of @ is {}.", "@在哪个洲？ | @在{}。"),
    *_frame(_AUTHORS, "Who wrote @? | The author of @ is {}.", "@的作者是谁？ | @的作者是{}。"),
    *_SINGLE,
)
