"""Words and phrases that are counted, spelt and taken apart."""

from __future__ import annotations

ENGLISH_WORDS: tuple[str, ...] = (
    "strawberry", "banana", "pepper", "letter", "balloon", "coffee", "butter", "cheese", "kitchen", "garden",
    "planet", "window", "pencil", "bottle", "orange", "rabbit", "summer", "winter", "tomato", "potato",
    "engine", "dinner", "cookie", "kitten", "puzzle", "mirror", "tunnel", "rocket", "sister", "brother",
    "cinema", "camera", "carrot", "button", "basket", "blanket", "bamboo", "raccoon", "elephant", "umbrella",
    "calendar", "hospital", "mountain", "sentence", "tomorrow", "mosquito", "dinosaur", "avocado", "computer",
    "teacher", "holiday", "pumpkin", "lantern", "village", "monster", "process", "success", "address",
    "pineapple", "chocolate", "cucumber", "vegetable", "crocodile", "butterfly", "library", "picture",
    "journey", "lettuce", "seventeen", "ginger",
)  # fmt: skip

SHORT_WORDS: tuple[str, ...] = (
    "apple", "table", "chair", "water", "bread", "stone", "cloud", "river", "house", "light", "music", "paper",
    "train", "tiger", "lemon", "sugar", "night", "green", "plant", "horse", "sheep", "knife", "spoon", "clock",
    "phone", "beach", "grape", "onion", "queen", "robot", "salad", "shirt", "smile", "storm", "sword", "towel",
    "truck", "uncle", "wheel", "world", "bird", "book", "door", "fish", "gold", "hand", "king", "lamp", "moon",
    "nest", "rain", "ship", "star", "tree", "wolf", "milk", "road", "salt", "snow", "wind", "cake", "desk",
    "frog",
)  # fmt: skip

PHRASES: tuple[str, ...] = (
    "天天向上", "人山人海", "人来人往", "不知不觉", "自言自语", "一心一意", "百战百胜", "知己知彼", "高高兴兴",
    "来来往往", "走走停停", "说说笑笑", "日复一日", "年复一年", "一步一个脚印", "人外有人天外有天",
    "山外青山楼外楼", "种瓜得瓜种豆得豆", "吃一堑长一智", "活到老学到老", "一传十十传百", "三人行必有我师",
    "前人栽树后人乘凉", "不经一事不长一智", "世上无难事只怕有心人", "床前明月光疑是地上霜",
    "春眠不觉晓处处闻啼鸟", "白日依山尽黄河入海流", "千里之行始于足下", "好好学习天天向上",
    "冰冻三尺非一日之寒", "路遥知马力日久见人心", "远亲不如近邻", "百闻不如一见", "只要功夫深铁杵磨成针",
    "礼尚往来", "有则改之无则加勉", "尺有所短寸有所长", "仁者见仁智者见智", "己所不欲勿施于人",
    "当局者迷旁观者清", "失之毫厘差之千里", "兵来将挡水来土掩", "欲穷千里目更上一层楼", "有志者事竟成",
    "一寸光阴一寸金", "车到山前必有路", "青出于蓝而胜于蓝", "少壮不努力老大徒伤悲", "大大小小的石头",
)  # fmt: skip

CHINESE_WORDS: tuple[str, ...] = (
    "春夏秋冬", "东南西北", "山清水秀", "风和日丽", "鸟语花香", "画龙点睛", "守株待兔", "刻舟求剑", "井底之蛙",
    "亡羊补牢", "掩耳盗铃", "愚公移山", "对牛弹琴", "杯弓蛇影", "狐假虎威", "叶公好龙", "自相矛盾", "胸有成竹",
    "水滴石穿", "熟能生巧", "龙飞凤舞", "雪中送炭", "锦上添花", "马到成功", "万里长城", "电脑键盘", "红色气球",
    "北京烤鸭", "西湖龙井", "番茄炒蛋", "图书馆", "自行车", "向日葵", "火车站", "巧克力", "冰淇淋", "博物馆",
    "长颈鹿", "太阳镜", "羽毛球", "笔记本", "洗衣机",
    "春暖花开", "秋高气爽", "青山绿水", "花好月圆", "金榜题名", "画蛇添足", "闻鸡起舞", "纸上谈兵", "卧薪尝胆",
    "望梅止渴",
    "塞翁失马", "鹤立鸡群", "如鱼得水", "一鸣惊人", "四面楚歌", "三顾茅庐", "草船借箭", "凿壁偷光", "悬梁刺股",
    "滴水成冰",
    "电冰箱", "照相机", "望远镜", "运动会", "游泳池", "足球场", "天安门", "长江大桥", "牛肉面条", "红烧排骨",
)  # fmt: skip

ENGLISH_ITEMS: tuple[str, ...] = (
    "apple", "pear", "plum", "grape", "lemon", "cat", "dog", "bird", "fish", "horse", "red", "blue", "green",
    "pen", "book", "lamp", "spoon", "fork", "bread", "milk", "rice", "tea", "soap", "hat", "scarf",
)  # fmt: skip

CHINESE_ITEMS: tuple[str, ...] = (
    "苹果", "梨", "葡萄", "柠檬", "西瓜", "猫", "狗", "小鸟", "金鱼", "马", "铅笔", "书", "台灯", "勺子",
    "筷子", "面包", "牛奶", "米饭", "茶", "肥皂", "帽子", "围巾", "雨伞", "钥匙", "毛巾",
)  # fmt: skip
