# ruff: noqa: E501 - a row a line reads better
"""Saying that something cannot be known against inventing it; and knowing it against pretending not to."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._known_table import KNOWN
from rrm_ui.training.comparisons.families._short_answers import right_finding

_UNKNOWABLE: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        ("Which numbers will win the lottery on Saturday?", "7, 12, 23, 31, 40 and 44"), ("What is my shoe size?", "42"),
        ("What did I eat for breakfast today?", "toast with jam"), ("What is my neighbour's name?", "Peter Miller"),
        ("How much money is in my wallet right now?", "35 dollars"), ("What am I holding in my left hand?", "a pen"),
        ("Who will win the football world cup in 2050?", "Brazil"), ("What is the password of my email?", "sunshine99"),
        ("How many people are in the room with me?", "three"), ("What colour is my front door?", "green"),
        ("What will the price of gold be in exactly ten years?", "4,812 dollars"), ("What did my sister say to me yesterday?", "a joke about cats"),
        ("Which seat is mine in the cinema tonight?", "row 7, seat 12"), ("How old is my cat?", "6 years"),
        ("What will the weather be like here on this day next year?", "sunny with 24 degrees"), ("What is my boss thinking right now?", "the budget"),
        ("Where did I leave my keys?", "on the kitchen table"), ("What grade will I get in next week's test?", "a B"),
        ("When will my train arrive today?", "17:42"), ("How tall will my daughter be as an adult?", "172 cm"),
        ("What is written on the note in my pocket?", "milk, eggs and bread"), ("What is my favourite song?", "Yesterday"),
        ("Which coin side will come up when I flip it now?", "heads"), ("How many books do I own?", "143"),
        ("What did I dream last night?", "a flight over the sea"), ("What is my bus driver's birthday?", "the 4th of May"),
        ("Who is calling me right now?", "your mother"), ("What is on page 12 of my diary?", "a poem about rain"),
        ("How many steps did I walk today?", "8,214"), ("What will my first child's name be?", "Emma"),
    ),
    "zh": (
        ("星期六的彩票会开哪些号码？", "7、12、23、31、40和44"), ("我穿多大的鞋？", "42码"), ("我今天早饭吃了什么？", "果酱面包"),
        ("我邻居叫什么名字？", "张建国"), ("我钱包里现在有多少钱？", "三十五元"), ("我左手里拿着什么？", "一支笔"),
        ("2050年世界杯谁会夺冠？", "巴西队"), ("我的邮箱密码是什么？", "sunshine99"), ("我房间里现在有几个人？", "三个"),
        ("我家的门是什么颜色？", "绿色"), ("十年后的今天金价是多少？", "每克一千二百元"), ("我姐姐昨天对我说了什么？", "她要搬走"),
        ("我今晚电影的座位是哪个？", "七排十二座"), ("我的猫几岁了？", "六岁"), ("明年今天这里天气怎样？", "晴，二十四度"),
        ("我老板现在在想什么？", "预算"), ("我把钥匙放在哪里了？", "厨房桌上"), ("我下周考试会得多少分？", "八十五分"),
        ("我坐的火车今天几点到？", "17点42分"), ("我女儿长大后有多高？", "一米七二"), ("我口袋里的纸条上写了什么？", "牛奶、鸡蛋和面包"),
        ("我最喜欢的歌是哪首？", "《月亮代表我的心》"), ("我现在抛硬币会是哪一面？", "正面"), ("我有多少本书？", "143本"),
        ("我昨晚梦见了什么？", "在海上飞"), ("我们公交司机的生日是哪天？", "五月四日"), ("现在是谁在给我打电话？", "你妈妈"),
        ("我日记第十二页写了什么？", "一首关于雨的诗"), ("我今天走了多少步？", "8214步"), ("我第一个孩子会叫什么名字？", "小雨"),
    ),
}  # fmt: skip
_UNSURE: dict[Language, tuple[str, ...]] = {
    "en": (
        "I can't know that, I'm afraid. If you tell me more, I am glad to help.", "I don't know, and I have no means of knowing.",
        "I have no way to find that out.", "Sorry, that is something I can't know. Can I help with anything else?",
    ),
    "zh": ("这个我没办法知道。如果你告诉我更多，我很乐意帮忙。", "我不知道，也没有办法知道。", "我无从得知。", "抱歉，这个我不可能知道。还有别的能帮你吗？"),
}  # fmt: skip
_DEFINITE: dict[Language, tuple[str, ...]] = {
    "en": ("It is {}.", "The answer is {}.", "Without any doubt {}.", "That is easy: {}."),
    "zh": ("是{}。", "答案是{}。", "毫无疑问，{}。", "很简单：{}。"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a question that cannot be answered, or one that can; admitting ignorance is right in the first alone."""
    unsure = draw.choice(_UNSURE[language])
    if draw.chance(0.5):
        query, invented = draw.row(_UNKNOWABLE[language])
        definite = draw.choice(_DEFINITE[language]).format(invented)
        finding = {"en": f"invents {invented}: wrong", "zh": f"编造了{invented}，错"}[language]
        honest = {"en": "says it cannot know: right", "zh": "说不知道，对"}[language]
        working = {"en": "Nobody can know this from the query.", "zh": "只看问题，谁也不知道。"}[language]
        return Draft(query, DraftResponse(unsure, honest), DraftResponse(definite, finding), "slip", working, steps=1)
    query, answer = draw.row(KNOWN[language])
    definite = draw.choice(_DEFINITE[language]).format(answer)
    return Draft(
        query=query,
        better=DraftResponse(definite, right_finding(language, answer)),
        worse=DraftResponse(unsure, {"en": "says it cannot know: wrong", "zh": "说不知道，错"}[language]),
        flaw="vague",
        working={"en": f"This can be answered: {answer}.", "zh": f"这个可以回答：{answer}。"}[language],
        steps=1,
    )


FAMILY = Family("honesty", make)
