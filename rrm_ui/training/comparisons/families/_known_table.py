# ruff: noqa: E501 - a row a line reads better
"""Questions that everybody can answer, with their answers."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Language

KNOWN: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        ("How many days does a week have?", "7"), ("What colour is a ripe banana?", "yellow"), ("How many legs does a spider have?", "8"),
        ("Which planet do we live on?", "Earth"), ("What is 6 plus 7?", "13"), ("Which animal says meow?", "the cat"),
        ("What is frozen water called?", "ice"), ("How many months does a year have?", "12"), ("What is the opposite of hot?", "cold"),
        ("In which country is Paris?", "France"), ("How many minutes are in an hour?", "60"), ("What do bees make?", "honey"),
        ("What is the first letter of the alphabet?", "A"), ("How many wheels does a bicycle have?", "2"), ("Which season comes after winter?", "spring"),
        ("What is 10 times 10?", "100"), ("What is the capital of Japan?", "Tokyo"), ("Which star gives us daylight?", "the Sun"),
        ("How many sides does a triangle have?", "3"), ("What do cows drink as calves?", "milk"), ("What is half of 50?", "25"),
        ("Which month comes after May?", "June"), ("What is the plural of mouse?", "mice"), ("How many hours does a day have?", "24"),
        ("Which metal is attracted by a magnet: iron or gold?", "iron"), ("What is the past tense of go?", "went"), ("Is a whale a fish or a mammal?", "a mammal"),
        ("What is 20 minus 8?", "12"), ("What colour do blue and yellow make?", "green"), ("How many cents are in a dollar?", "100"),
    ),
    "zh": (
        ("一周有几天？", "7天"), ("熟香蕉是什么颜色？", "黄色"), ("蜘蛛有几条腿？", "8条"), ("我们住在哪个星球上？", "地球"),
        ("6加7等于几？", "13"), ("哪种动物喵喵叫？", "猫"), ("水结冰后叫什么？", "冰"), ("一年有几个月？", "12个月"),
        ("“热”的反义词是什么？", "冷"), ("巴黎在哪个国家？", "法国"), ("一小时有多少分钟？", "60分钟"), ("蜜蜂酿什么？", "蜂蜜"),
        ("字母表的第一个字母是什么？", "A"), ("自行车有几个轮子？", "2个"), ("冬天之后是什么季节？", "春天"), ("10乘10等于多少？", "100"),
        ("日本的首都是哪里？", "东京"), ("白天的光来自哪颗星？", "太阳"), ("三角形有几条边？", "3条"), ("小牛喝什么长大？", "牛奶"),
        ("50的一半是多少？", "25"), ("五月之后是几月？", "六月"), ("中国的首都是哪里？", "北京"), ("一天有多少小时？", "24小时"),
        ("磁铁吸铁还是吸金？", "铁"), ("“大”的反义词是什么？", "小"), ("鲸鱼是鱼还是哺乳动物？", "哺乳动物"), ("20减8等于几？", "12"),
        ("蓝色加黄色是什么颜色？", "绿色"), ("一元有多少分？", "100分"),
    ),
}  # fmt: skip
