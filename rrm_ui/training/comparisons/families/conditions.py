"""Several conditions in one request; the worse response breaks one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import JUDGED
from rrm_ui.training.comparisons.families._topics_table import TOPICS, measure_word

_COUNTS: dict[Language, tuple[str, ...]] = {
    "en": ("", "one", "two", "three", "four", "five"),
    "zh": ("", "一", "两", "三", "四", "五"),
}
_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": (
        "Name {count} {topic}, {layout}, {case}, and {end}.",
        "List {count} {topic} {layout} and {case}. Also, {end}.",
        "{count} {topic}, please: {layout}, {case}. And {end}.",
    ),
    "zh": ("说出{count}{of}{topic}，{layout}，并{end}。", "列举{count}{of}{topic}，要{layout}，还要{end}。"),
}
_LAYOUTS: dict[Language, dict[str, str]] = {
    "en": {"line": "on one line with commas", "list": "one per line"},
    "zh": {"line": "写在一行", "list": "每行写一个"},
}
_CASES = {"upper": "in capital letters", "lower": "in small letters"}
_WORDS: dict[Language, tuple[str, ...]] = {
    "en": ("done", "thanks", "over", "enough"),
    "zh": ("完毕", "谢谢", "以上", "结束"),
}
_ENDS: dict[Language, dict[str, str]] = {
    "en": {"end": 'end with the word "{}"', "start": 'begin with the word "{}"'},
    "zh": {"end": "以“{}”结尾", "start": "以“{}”开头"},
}


@dataclass(frozen=True)
class _Shape:
    """What a response looks like, a field for each condition."""

    count: int
    layout: str
    case: str
    """``upper`` or ``lower``; of no meaning in Chinese."""
    end: str
    """``end`` or ``start``: where the word stands."""

    def render(self, language: Language, things: list[str], word: str) -> str:
        """Return the response of this shape."""
        chosen = things[: self.count]
        comma = {"en": ", ", "zh": "、"}[language]
        text = comma.join(chosen) if self.layout == "line" else "\n".join(chosen)
        gap = "\n" if self.layout == "list" else {"en": " ", "zh": "，"}[language]
        text = f"{text}{gap}{word}" if self.end == "end" else f"{word}{gap}{text}"
        return text.upper() if self.case == "upper" else text.lower()

    def told(self, language: Language, word: str) -> list[str]:
        """Return the conditions that it keeps, in words."""
        layout = {"en": {"line": "one line", "list": "one per line"}, "zh": {"line": "一行", "list": "每行一个"}}
        case = {"upper": "capitals", "lower": "small letters"}[self.case]
        place = {
            "en": {"end": '"{}" at the end', "start": '"{}" at the start'},
            "zh": {"end": "“{}”在结尾", "start": "“{}”在开头"},
        }
        parts = [f"{self.count} things" if language == "en" else f"{self.count}个", layout[language][self.layout]]
        return [*parts, *([case] if language == "en" else []), place[language][self.end].format(word)]


def make(draw: Draw, language: Language) -> Draft:
    """Return a list under three or four conditions, and one that breaks a single one."""
    topic, things = draw.row(TOPICS[language])
    word = draw.choice(_WORDS[language])
    asked = _Shape(
        draw.integer(2, 4), draw.choice(("line", "list")), draw.choice(list(_CASES)), draw.choice(("end", "start"))
    )
    broken = draw.choice([name for name in asked.__dataclass_fields__ if name != "case" or language == "en"])
    other = _broken(draw, asked, broken)
    better, worse = (one.render(language, draw.shuffled(things), word) for one in (asked, other))
    place = list(asked.__dataclass_fields__).index(broken)
    wants, has = asked.told(language, word), other.told(language, word)
    at = min(place, len(wants) - 1)
    right, wrong = JUDGED[language]
    found = {"en": ('gives "{}": {}, {}', "{}, not {}"), "zh": ("给出“{}”：{}，{}", "{}，不是{}")}[language]
    kept = {"en": ", ", "zh": "、"}[language].join(wants)
    ask = draw.choice(_QUERIES[language]).format(
        count=_COUNTS[language][asked.count], topic=topic, of=measure_word(topic) if language == "zh" else "",
        layout=_LAYOUTS[language][asked.layout], case=_CASES[asked.case], end=_ENDS[language][asked.end].format(word),
    )  # fmt: skip
    return Draft(
        query=ask[0].upper() + ask[1:],
        better=DraftResponse(better, found[0].format(_on_one_line(better), kept, right)),
        worse=DraftResponse(worse, found[0].format(_on_one_line(worse), found[1].format(has[at], wants[at]), wrong)),
        flaw="form",
        working={"en": "Wanted: {}.", "zh": "要求：{}。"}[language].format(kept),
        steps=2,
    )


def _on_one_line(text: str) -> str:
    return " / ".join(text.split("\n"))


def _broken(draw: Draw, shape: _Shape, broken: str) -> _Shape:
    """Return ``shape`` with its field ``broken`` changed."""
    if broken == "count":
        return replace(shape, count=draw.choice([count for count in (2, 3, 4) if count != shape.count]))
    if broken == "layout":
        return replace(shape, layout="line" if shape.layout == "list" else "list")
    if broken == "case":
        return replace(shape, case="lower" if shape.case == "upper" else "upper")
    return replace(shape, end="start" if shape.end == "end" else "end")


FAMILY = Family("conditions", make, taught="reward")
