# ruff: noqa: E501 - a topic a line reads better
"""Topics with things that belong to them, in English and Chinese."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Language

Topic = tuple[str, tuple[str, ...]]

_REALMS: dict[str, tuple[str, ...]] = {
    "nature": (
        "fruits", "vegetables", "trees", "flowers", "spices", "drinks", "desserts", "colours", "metals", "planets",
        "cheeses", "nuts", "gemstones", "things in a kitchen",
        "水果", "蔬菜", "树木", "花", "调料", "饮料", "甜点", "颜色", "金属", "行星", "坚果", "主食", "宝石", "厨房用品",
    ),
    "animals": ("farm animals", "wild animals", "insects", "birds", "sea animals", "reptiles", "农场动物", "野生动物", "昆虫", "鸟", "海洋动物"),
    "places": (
        "European countries", "Asian capitals", "US states", "rivers", "African countries", "deserts", "South American countries",
        "欧洲国家", "亚洲首都", "中国省份", "河流", "非洲国家", "南美国家", "中国城市",
    ),
    "things": (
        "musical instruments", "pieces of clothing", "means of transport", "tools", "rooms of a house", "board games",
        "sports", "pieces of furniture", "dances", "geometric shapes",
        "乐器", "衣物", "交通工具", "工具", "房间", "棋类", "运动", "家具", "舞蹈", "几何图形", "文具",
    ),
    "life": (
        "kinds of weather", "jobs", "school subjects", "languages", "programming languages", "parts of the body",
        "family members", "months", "天气", "职业", "学校科目", "语言", "身体部位", "节日", "亲属",
    ),
}  # fmt: skip
_SEVERAL_MEANINGS = frozenset(
    {"Python", "Java", "Ruby", "Swift", "Go", "Mercury", "English", "French", "Risk", "horses", "马"}
)
_COUNTED_BY_GE = (
    "欧洲国家", "亚洲首都", "中国省份", "房间", "身体部位", "节日", "非洲国家", "南美国家", "中国城市", "几何图形", "亲属",
)  # fmt: skip


def realm_of(topic: str) -> str:
    """Return the part of the world that ``topic`` belongs to: what is of another one is plainly not of this topic."""
    return next(realm for realm, topics in _REALMS.items() if topic in topics)


def is_plain(thing: str) -> bool:
    """Return whether ``thing`` means one thing alone, so that it can be said to belong to its topic and no other."""
    return thing not in _SEVERAL_MEANINGS


def measure_word(topic: str) -> str:
    """Return the Chinese word between a number and ``topic``."""
    return {"河流": "条", "行星": "颗"}.get(topic, "个" if topic in _COUNTED_BY_GE else "种")


TOPICS: dict[Language, tuple[Topic, ...]] = {
    "en": (
        ("fruits", ("apples", "pears", "bananas", "cherries", "grapes", "plums", "mangoes")),
        ("colours", ("red", "blue", "green", "yellow", "purple", "orange", "black")),
        ("European countries", ("France", "Spain", "Italy", "Poland", "Norway", "Greece", "Portugal")),
        ("farm animals", ("cows", "pigs", "goats", "hens", "sheep", "horses", "ducks")),
        ("musical instruments", ("piano", "violin", "guitar", "drums", "flute", "harp", "trumpet")),
        ("kinds of weather", ("rain", "snow", "fog", "wind", "hail", "sunshine", "storm")),
        ("planets", ("Mars", "Venus", "Saturn", "Jupiter", "Neptune", "Mercury", "Uranus")),
        ("things in a kitchen", ("pans", "knives", "plates", "a stove", "a kettle", "spoons", "a sieve")),
        ("sports", ("tennis", "football", "swimming", "boxing", "cycling", "rowing", "judo")),
        ("vegetables", ("carrots", "peas", "onions", "leeks", "spinach", "beans", "cabbage")),
        ("jobs", ("nurse", "baker", "teacher", "pilot", "carpenter", "lawyer", "farmer")),
        ("trees", ("oak", "birch", "maple", "pine", "willow", "beech", "elm")),
        ("Asian capitals", ("Tokyo", "Beijing", "Bangkok", "Hanoi", "Kathmandu", "Seoul", "Manila")),
        ("pieces of clothing", ("shirt", "trousers", "coat", "scarf", "socks", "gloves", "hat")),
        ("drinks", ("water", "tea", "coffee", "milk", "juice", "cocoa", "lemonade")),
        ("means of transport", ("train", "bus", "ship", "plane", "bicycle", "tram", "car")),
        ("parts of the body", ("arm", "leg", "head", "hand", "foot", "knee", "shoulder")),
        ("flowers", ("roses", "tulips", "daisies", "lilies", "violets", "orchids", "poppies")),
        ("metals", ("iron", "copper", "gold", "silver", "zinc", "tin", "lead")),
        ("rooms of a house", ("kitchen", "bathroom", "bedroom", "cellar", "attic", "hall", "living room")),
        ("languages", ("English", "Chinese", "Arabic", "Hindi", "Russian", "French", "Swahili")),
        ("wild animals", ("lions", "wolves", "bears", "foxes", "tigers", "deer", "zebras")),
        ("school subjects", ("history", "physics", "music", "biology", "art", "chemistry", "geography")),
        ("tools", ("hammer", "saw", "pliers", "drill", "wrench", "screwdriver", "file")),
        ("desserts", ("ice cream", "pudding", "cake", "pie", "mousse", "waffles", "trifle")),
        ("US states", ("Texas", "Ohio", "Maine", "Utah", "Florida", "Oregon", "Nevada")),
        ("rivers", ("Nile", "Danube", "Amazon", "Rhine", "Ganges", "Volga", "Thames")),
        ("programming languages", ("Python", "Java", "Rust", "Ruby", "Go", "Haskell", "Swift")),
        ("spices", ("pepper", "cinnamon", "cumin", "saffron", "ginger", "paprika", "nutmeg")),
        ("board games", ("chess", "Go", "checkers", "Monopoly", "Scrabble", "Risk", "Cluedo")),
        ("insects", ("ants", "bees", "beetles", "flies", "moths", "wasps", "crickets")),
        ("birds", ("sparrows", "eagles", "owls", "swans", "robins", "parrots", "pigeons")),
        ("cheeses", ("gouda", "brie", "cheddar", "feta", "parmesan", "mozzarella", "camembert")),
        ("nuts", ("walnuts", "almonds", "hazelnuts", "cashews", "pecans", "pistachios", "macadamias")),
        ("sea animals", ("whales", "sharks", "squid", "seals", "crabs", "dolphins", "jellyfish")),
        ("African countries", ("Egypt", "Kenya", "Ghana", "Morocco", "Nigeria", "Angola", "Tunisia")),
        ("South American countries", ("Brazil", "Peru", "Chile", "Bolivia", "Ecuador", "Uruguay", "Colombia")),
        ("pieces of furniture", ("table", "chair", "sofa", "bed", "wardrobe", "desk", "bookcase")),
        ("dances", ("tango", "waltz", "salsa", "polka", "samba", "rumba", "foxtrot")),
        ("geometric shapes", ("circle", "square", "triangle", "pentagon", "oval", "hexagon", "rectangle")),
        ("family members", ("mother", "uncle", "sister", "cousin", "grandfather", "niece", "brother")),
        ("months", ("January", "March", "April", "May", "June", "July", "August")),
        ("reptiles", ("snakes", "lizards", "turtles", "crocodiles", "geckos", "iguanas", "tortoises")),
        ("deserts", ("Sahara", "Gobi", "Kalahari", "Atacama", "Negev", "Namib", "Mojave")),
        ("gemstones", ("diamonds", "rubies", "emeralds", "sapphires", "opals", "topazes", "garnets")),
    ),
    "zh": (
        ("水果", ("苹果", "梨", "香蕉", "樱桃", "葡萄", "李子", "芒果")), ("颜色", ("红色", "蓝色", "绿色", "黄色", "紫色", "橙色", "黑色")),
        ("欧洲国家", ("法国", "西班牙", "意大利", "波兰", "挪威", "希腊", "葡萄牙")), ("农场动物", ("牛", "猪", "山羊", "鸡", "绵羊", "马", "鸭子")),
        ("乐器", ("钢琴", "小提琴", "吉他", "鼓", "笛子", "竖琴", "小号")), ("天气", ("下雨", "下雪", "大雾", "刮风", "冰雹", "晴天", "暴风")),
        ("行星", ("火星", "金星", "土星", "木星", "海王星", "水星", "天王星")), ("厨房用品", ("平底锅", "菜刀", "盘子", "炉灶", "水壶", "勺子", "筛子")),
        ("运动", ("网球", "足球", "游泳", "拳击", "骑车", "划船", "柔道")), ("蔬菜", ("胡萝卜", "豌豆", "洋葱", "韭菜", "菠菜", "豆角", "卷心菜")),
        ("职业", ("护士", "面包师", "老师", "飞行员", "木匠", "律师", "农民")), ("树木", ("橡树", "白桦", "枫树", "松树", "柳树", "榆树", "银杏")),
        ("亚洲首都", ("东京", "北京", "曼谷", "河内", "新德里", "首尔", "马尼拉")), ("衣物", ("衬衫", "裤子", "大衣", "围巾", "袜子", "手套", "帽子")),
        ("饮料", ("水", "茶", "咖啡", "牛奶", "果汁", "可可", "汽水")), ("交通工具", ("火车", "公交车", "轮船", "飞机", "自行车", "电车", "汽车")),
        ("身体部位", ("手臂", "腿", "头", "手", "脚", "膝盖", "肩膀")), ("花", ("玫瑰", "郁金香", "雏菊", "百合", "牡丹", "兰花", "菊花")),
        ("金属", ("铁", "铜", "金", "银", "锌", "锡", "铅")), ("房间", ("厨房", "浴室", "卧室", "地下室", "阁楼", "阳台", "客厅")),
        ("语言", ("英语", "汉语", "阿拉伯语", "印地语", "俄语", "法语", "日语")), ("野生动物", ("狮子", "狼", "熊", "狐狸", "老虎", "鹿", "斑马")),
        ("学校科目", ("历史", "物理", "音乐", "生物", "美术", "化学", "地理")), ("工具", ("锤子", "锯子", "钳子", "电钻", "扳手", "螺丝刀", "锉刀")),
        ("甜点", ("冰淇淋", "布丁", "蛋糕", "馅饼", "汤圆", "华夫饼", "豆沙包")), ("中国省份", ("四川", "湖南", "山东", "云南", "福建", "江苏", "陕西")),
        ("河流", ("长江", "黄河", "尼罗河", "多瑙河", "亚马孙河", "莱茵河", "恒河")), ("节日", ("春节", "中秋节", "端午节", "元宵节", "国庆节", "清明节", "重阳节")),
        ("调料", ("盐", "糖", "酱油", "醋", "胡椒", "花椒", "姜")), ("棋类", ("象棋", "围棋", "跳棋", "军棋", "五子棋", "飞行棋", "国际象棋")),
        ("昆虫", ("蚂蚁", "蜜蜂", "甲虫", "苍蝇", "飞蛾", "蟋蟀", "蝴蝶")), ("鸟", ("麻雀", "老鹰", "猫头鹰", "天鹅", "鹦鹉", "鸽子", "燕子")),
        ("坚果", ("核桃", "杏仁", "榛子", "腰果", "松子", "开心果", "夏威夷果")), ("海洋动物", ("鲸鱼", "鲨鱼", "乌贼", "海豹", "螃蟹", "海豚", "水母")),
        ("非洲国家", ("埃及", "肯尼亚", "加纳", "摩洛哥", "尼日利亚", "安哥拉", "突尼斯")), ("南美国家", ("巴西", "秘鲁", "智利", "玻利维亚", "厄瓜多尔", "乌拉圭", "哥伦比亚")),
        ("家具", ("桌子", "椅子", "沙发", "床", "衣柜", "书桌", "书架")), ("舞蹈", ("探戈", "华尔兹", "芭蕾", "街舞", "桑巴", "伦巴", "踢踏舞")),
        ("几何图形", ("圆", "正方形", "三角形", "五边形", "椭圆", "六边形", "长方形")), ("亲属", ("妈妈", "叔叔", "姐姐", "表弟", "爷爷", "侄女", "弟弟")),
        ("宝石", ("钻石", "红宝石", "祖母绿", "蓝宝石", "猫眼石", "黄玉", "石榴石")), ("中国城市", ("杭州", "成都", "武汉", "西安", "青岛", "广州", "南京")),
        ("文具", ("铅笔", "橡皮", "尺子", "圆规", "钢笔", "胶水", "订书机")), ("主食", ("米饭", "面条", "馒头", "饺子", "包子", "烧饼", "花卷")),
    ),
}  # fmt: skip
