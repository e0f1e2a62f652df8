"""An answer of a given length, in words or characters."""

from __future__ import annotations

from collections.abc import Sequence

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._requests_table import REQUESTS
from rrm_ui.training.comparisons.families._topics_table import TOPICS, Topic

_EXACT: dict[Language, tuple[str, ...]] = {
    "en": ("Name some {topic} in exactly {n} words.", "Answer in exactly {n} words: which {topic} do you know?"),
    "zh": ("用正好{n}个词说出几种{topic}，用空格隔开。", "请用{n}个词回答（空格分隔）：你知道哪些{topic}？"),
}
_ONE_SENTENCE: dict[Language, tuple[str, ...]] = {
    "en": ("{} Answer in one sentence.", "{} Please use a single sentence.", "In just one sentence: {}"),
    "zh": ("{}请用一句话回答。", "{}只用一句话。", "请用一句话回答：{}"),
}
_SEVERAL: dict[Language, tuple[str, ...]] = {
    "en": ("{} Answer in at least two sentences.", "{} Use two sentences or more.", "In more than one sentence: {}"),
    "zh": ("{}请至少用两句话回答。", "{}用两句或更多句。", "请用不止一句话回答：{}"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return an answer that keeps to the length against one that does not."""
    return _sentence(draw, language) if draw.chance(0.5) else _words(draw, language)


def _words(draw: Draw, language: Language) -> Draft:
    topic, things = draw.choice(_single_words(draw.rows(TOPICS[language])))
    count = draw.integer(1, 5)
    other = count + draw.choice((-1, 1, 2)) if count > 1 else count + draw.choice((1, 2))
    right, wrong = draw.sample(things, count), draw.sample(things, min(other, len(things)))
    asked = {"en": f"The answer must have {count} {'word' if count == 1 else 'words'}.", "zh": f"回答应有{count}个词。"}
    query = draw.choice(_EXACT[language]).format(topic=topic, n=count)
    return Draft(
        query=query.replace(" 1 words", " one word"),
        better=DraftResponse(" ".join(right), _counted(language, right, count)),
        worse=DraftResponse(" ".join(wrong), _counted(language, wrong, count)),
        flaw="form",
        working=asked[language],
        steps=2,
    )


def _single_words(rows: Sequence[Topic]) -> list[Topic]:
    """Return the rows that hold single words alone; where none does, the single words of each."""
    bare = [(topic, tuple(thing for thing in things if " " not in thing)) for topic, things in rows]
    return [row for row in rows if row in bare] or bare


def _counted(language: Language, words: list[str], count: int) -> str:
    numbered = ", ".join(f"{word} {i}" for i, word in enumerate(words, 1))
    if len(words) == count:
        return {"en": f"writes {numbered}: {count}, as asked", "zh": f"写了{numbered}：{count}个，符合"}[language]
    return {
        "en": f"writes {numbered}: {len(words)}, not {count}, wrong",
        "zh": f"写了{numbered}：{len(words)}个，不是{count}个，错",
    }[language]


def _sentence(draw: Draw, language: Language) -> Draft:
    request = draw.row([one for one in REQUESTS[language] if len(one.response) > 1])
    parts = len(request.response)
    short, long = draw.choice(request.response), request.text(language)
    one_wanted = draw.chance(0.5)
    fits, fails = {"en": ("as asked", "not what was asked"), "zh": ("符合", "不合要求")}[language]
    comma = ", " if language == "en" else "，"
    one = {"en": "has one sentence", "zh": "只有一句"}[language] + comma + (fits if one_wanted else fails)
    several = {"en": f"has {parts} sentences", "zh": f"有{parts}句"}[language] + comma + (fails if one_wanted else fits)
    pair = (DraftResponse(short, one), DraftResponse(long, several))
    better, worse = pair if one_wanted else pair[::-1]
    asked = {"en": ("One sentence was asked for.", "At least two sentences were asked for."),
             "zh": ("要求只用一句话。", "要求至少两句话。")}[language]  # fmt: skip
    return Draft(
        query=draw.choice((_ONE_SENTENCE if one_wanted else _SEVERAL)[language]).format(request.query),
        better=better,
        worse=worse,
        flaw="form",
        working=asked[0 if one_wanted else 1],
        steps=1,
    )


FAMILY = Family("word-limits", make)
