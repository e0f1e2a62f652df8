"""Three or four people or things and clues: who is tallest, last, second; kept out of training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from rrm_ui.training.comparisons.draft import Draft, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import short_answers


@dataclass(frozen=True)
class _Scale:
    more: str
    """The clue that the first of two names stands higher, with ``{}`` for either."""
    less: str
    most: str
    least: str
    ends: tuple[str, str]
    """How the two ends of the whole order are called."""
    second: str
    """What one asks about the one after the first."""
    compare: tuple[str, str]
    """What one asks about two of them: who stands higher, who lower."""
    things: bool = False


_SCALES: dict[Language, tuple[_Scale, ...]] = {
    "en": (
        _Scale(
            "{} is taller than {}",
            "{} is shorter than {}",
            "tallest",
            "shortest",
            ("tallest", "shortest"),
            "is the second tallest",
            ("is taller", "is shorter"),
        ),
        _Scale(
            "{} is older than {}",
            "{} is younger than {}",
            "oldest",
            "youngest",
            ("oldest", "youngest"),
            "is the second oldest",
            ("is older", "is younger"),
        ),
        _Scale(
            "{} is faster than {}",
            "{} is slower than {}",
            "fastest",
            "slowest",
            ("fastest", "slowest"),
            "is the second fastest",
            ("is faster", "is slower"),
        ),
        _Scale(
            "{} arrived before {}",
            "{} arrived after {}",
            "first to arrive",
            "last to arrive",
            ("first", "last"),
            "was second to arrive",
            ("arrived earlier", "arrived later"),
        ),
        _Scale(
            "the {} is heavier than the {}",
            "the {} is lighter than the {}",
            "heaviest",
            "lightest",
            ("heaviest", "lightest"),
            "is the second heaviest",
            ("is heavier", "is lighter"),
            True,
        ),
        _Scale(
            "the {} costs more than the {}",
            "the {} costs less than the {}",
            "most expensive",
            "cheapest",
            ("most expensive", "cheapest"),
            "is the second most expensive",
            ("costs more", "costs less"),
            True,
        ),
    ),
    "zh": (
        _Scale("{}比{}高", "{}比{}矮", "最高", "最矮", ("最高", "最矮"), "第二高", ("更高", "更矮")),
        _Scale("{}比{}年长", "{}比{}年轻", "最年长", "最年轻", ("最年长", "最年轻"), "第二年长", ("更年长", "更年轻")),
        _Scale(
            "{}比{}跑得快",
            "{}比{}跑得慢",
            "跑得最快",
            "跑得最慢",
            ("最快", "最慢"),
            "跑得第二快",
            ("跑得更快", "跑得更慢"),
        ),
        _Scale(
            "{}比{}早到", "{}比{}晚到", "到得最早", "到得最晚", ("最早", "最晚"), "第二个到", ("到得更早", "到得更晚")
        ),
        _Scale("{}比{}重", "{}比{}轻", "最重", "最轻", ("最重", "最轻"), "第二重", ("更重", "更轻"), True),
        _Scale("{}比{}贵", "{}比{}便宜", "最贵", "最便宜", ("最贵", "最便宜"), "第二贵", ("更贵", "更便宜"), True),
    ),
}
_PEOPLE: dict[Language, tuple[str, ...]] = {
    "en": ("Ann", "Ben", "Carla", "David", "Emma", "Mei", "Wei", "Omar", "Priya", "Lin", "Tom", "Sofia", "Jun", "Rosa"),
    "zh": (
        "小明",
        "小红",
        "小刚",
        "小丽",
        "王芳",
        "李强",
        "张伟",
        "陈静",
        "安娜",
        "汤姆",
        "大卫",
        "艾玛",
        "赵敏",
        "周杰",
    ),
}
_THINGS: dict[Language, tuple[str, ...]] = {
    "en": ("red box", "blue vase", "lamp", "chair", "suitcase", "clock", "book", "kettle", "radio", "green bag"),
    "zh": ("红盒子", "花瓶", "台灯", "椅子", "行李箱", "闹钟", "词典", "水壶", "收音机", "绿书包"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a chain of clues with a question, whose worse response names another one or another order."""
    scale = draw.choice(_SCALES[language])
    names = draw.sample((_THINGS if scale.things else _PEOPLE)[language], draw.choice((3, 3, 4)))
    kind = draw.choice(("most", "least", "second", "order", "compare"))
    question, right, wrong, wrong_order = _ask(draw, language, scale, names, kind)
    reasons = _chain(language, scale, names)
    flaw: Flaw = "method" if wrong_order == names[::-1] else "slip"
    return short_answers(
        draw, language, query=_told(draw, language, scale, names, question), right=right, wrong=wrong,
        working=_linked(language, names) + reasons + _so(language, right, kind), reasons=reasons,
        wrong_reasons=_chain(language, scale, wrong_order), flaw=flaw, steps=len(names) - 1,
    )  # fmt: skip


def _ask(draw: Draw, language: Language, scale: _Scale, names: list[str], kind: str) -> tuple[str, str, str, list[str]]:
    """Return the question, its answer, a wrong one, and the order that the wrong one comes from."""
    english, joint = language == "en", ", " if language == "en" else "、"
    who = ("Which" if scale.things else "Who") if english else ("哪个" if scale.things else "谁")
    if kind == "order":
        question = (
            f"List them from {scale.ends[0]} to {scale.ends[1]}."
            if english
            else f"请按从{scale.ends[0]}到{scale.ends[1]}的顺序排列。"
        )
        mixed = draw.choice(([names[1], names[0], *names[2:]], [*names[:-2], names[-1], names[-2]], names[::-1]))
        return question, joint.join(names), joint.join(mixed), mixed
    if kind == "compare":
        high, low = sorted(draw.sample(range(len(names)), 2))
        more = draw.chance(0.5)
        first, second = draw.shuffled((names[high], names[low]))
        asked = scale.compare[0 if more else 1]
        the = "the " if scale.things else ""
        question = f"{who} {asked}, {the}{first} or {the}{second}?" if english else f"{first}和{second}，{who}{asked}？"
        place, other = (high, low) if more else (low, high)
    else:
        place = {"most": 0, "least": len(names) - 1, "second": 1}[kind]
        other = draw.choice([index for index in range(len(names)) if index != place])
        asked = scale.least if kind == "least" else scale.most
        verb = "was the" if "arrive" in asked else "is the"
        what = scale.second if kind == "second" else f"{verb} {asked}" if english else asked
        question = f"{who} {what}?" if english else f"{who}{what}？"
    swapped = list(names)
    swapped[place], swapped[other] = swapped[other], swapped[place]
    return question, names[place], names[other], swapped


def _told(draw: Draw, language: Language, scale: _Scale, names: list[str], question: str) -> str:
    clues = [
        scale.more.format(high, low) if draw.chance(0.5) else scale.less.format(low, high)
        for high, low in pairwise(names)
    ]
    clues = draw.shuffled(clues)
    if language == "zh":
        told = "，".join(clues)
        return draw.choice(
            (
                f"{told}。{question}",
                f"已知{told}。{question}",
                f"推理题：{told}。{question}",
                f"{told}。想一想，{question}",
            )
        )
    told = ". ".join(clue[0].upper() + clue[1:] for clue in clues) + "."
    one = ", and ".join((", ".join(clues[:-1]), clues[-1]))
    return draw.choice(
        (
            f"{told} {question}",
            f"Here is a puzzle. {told} {question}",
            f"Suppose {one}. {question}",
            f"We know this: {one}. {question}",
            f"{told}\n{question}",
        )
    )


def _chain(language: Language, scale: _Scale, names: list[str]) -> str:
    if language == "en":
        return f"From {scale.ends[0]} to {scale.ends[1]}: {', '.join(names)}."
    return f"从{scale.ends[0]}到{scale.ends[1]}依次是{'、'.join(names)}。"


def _linked(language: Language, names: list[str]) -> str:
    """Say which of each two neighbours in the order stands higher."""
    links = [f"{high} > {low}" for high, low in pairwise(names)]
    return f"The clues say {', '.join(links)}. " if language == "en" else f"由条件得{'，'.join(links)}。"


def _so(language: Language, right: str, kind: str) -> str:
    if kind == "order":
        return ""
    return f" So the answer is {right}." if language == "en" else f"所以答案是{right}。"


FAMILY = Family("orderings", make, taught="never")
