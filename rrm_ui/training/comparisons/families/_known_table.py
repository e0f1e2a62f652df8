# ruff: noqa: E501 - a row a line reads better
"""Questions that everybody can answer, with their answers."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Language

KNOWN: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        ("What colour is a ripe banana?", "yellow"),
        ("Which planet do we live on?", "Earth"), ("What is 6 plus 7?", "13"), ("Which animal says meow?", "the cat"),
        ("What is the opposite of hot?", "cold"),
        ("In which country is Paris?", "France"),
        ("What is the first letter of the alphabet?", "A"), ("How many wheels does a bicycle have?", "2"),
        ("What is 10 times 10?", "100"), ("Which star gives us daylight?", "the Sun"),
        ("What do cows drink as calves?", "milk"), ("What is half of 50?", "25"),
        ("Which month comes after May?", "June"), ("What is the plural of mouse?", "mice"),
        ("Which metal is attracted by a magnet: iron or gold?", "iron"), ("What is the past tense of go?", "went"), ("Is a whale a fish or a mammal?", "a mammal"),
        ("What is 20 minus 8?", "12"), ("What colour do blue and yellow make?", "green"), ("How many cents are in a dollar?", "100"),
        ("How many fingers are on one hand?", "5"), ("What colour is grass?", "green"), ("Which animal gives us wool?", "sheep"),
        ("What is 9 minus 4?", "5"), ("How many wheels does a car have?", "4"), ("What is the opposite of big?", "small"),
        ("What does an umbrella keep off?", "rain"), ("Which meal is eaten in the morning?", "breakfast"), ("In which room does one cook?", "kitchen"),
        ("What is the last letter of the alphabet?", "Z"), ("What is 5 times 6?", "30"), ("Which number comes after 99?", "100"),
        ("What is the past tense of see?", "saw"), ("What is the plural of child?", "children"), ("Which month comes before December?", "November"),
        ("What do hens lay?", "eggs"), ("What is the opposite of early?", "late"), ("What is a young dog called?", "puppy"),
        ("What colour is coal?", "black"), ("Which organ pumps the blood?", "heart"), ("What is 100 minus 1?", "99"), ("What do we breathe?", "air"),
    ),
    "zh": (
        ("熟香蕉是什么颜色？", "黄色"), ("我们住在哪个星球上？", "地球"),
        ("6加7等于几？", "13"), ("哪种动物喵喵叫？", "猫"), ("水结冰后叫什么？", "冰"),
        ("“热”的反义词是什么？", "冷"), ("巴黎在哪个国家？", "法国"),
        ("字母表的第一个字母是什么？", "A"), ("自行车有几个轮子？", "2个"), ("10乘10等于多少？", "100"),
        ("白天的光来自哪颗星？", "太阳"), ("小牛喝什么长大？", "牛奶"),
        ("50的一半是多少？", "25"), ("五月之后是几月？", "六月"),
        ("磁铁吸铁还是吸金？", "铁"), ("“大”的反义词是什么？", "小"), ("鲸鱼是鱼还是哺乳动物？", "哺乳动物"), ("20减8等于几？", "12"),
        ("蓝色加黄色是什么颜色？", "绿色"), ("一元有多少分？", "100分"),
        ("一只手有几根手指？", "5根"), ("草是什么颜色？", "绿色"), ("羊毛来自什么动物？", "羊"), ("9减4等于几？", "5"), ("汽车有几个轮子？", "4个"),
        ("“早”的反义词是什么？", "晚"), ("下雨天出门要带什么？", "伞"), ("早上吃的饭叫什么？", "早饭"), ("在哪个房间做饭？", "厨房"), ("母鸡下什么？", "蛋"),
        ("5乘6等于几？", "30"), ("99后面是哪个数？", "100"), ("十二月的前一个月是几月？", "十一月"), ("“黑”的反义词是什么？", "白"), ("煤是什么颜色？", "黑色"),
        ("哪个器官让血液流动？", "心脏"), ("100减1等于几？", "99"), ("我们呼吸什么？", "空气"), ("“左”的反义词是什么？", "右"), ("夜里天上最亮的是什么？", "月亮"),
    ),
}  # fmt: skip
