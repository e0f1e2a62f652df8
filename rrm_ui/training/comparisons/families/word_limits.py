"""An answer of a given length, in words or characters."""

from __future__ import annotations

from collections.abc import Sequence

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._known_table import KNOWN
from rrm_ui.training.comparisons.families._requests_table import REQUESTS
from rrm_ui.training.comparisons.families._short_answers import JUDGED, with_places
from rrm_ui.training.comparisons.families._topics_table import TOPICS, Topic, measure_word

_EXACT: dict[Language, tuple[str, ...]] = {
    "en": ("Name some {topic} in exactly {n} words.", "Answer in exactly {n} words: which {topic} do you know?"),
    "zh": ("用正好{n}个词说出几{of}{topic}，用空格隔开。", "请用{n}个词回答（空格分隔）：你知道哪些{topic}？"),
}
_CHARACTERS = (
    "说一{of}{topic}，正好{n}个字。", "用{n}个字回答：你想到哪{of}{topic}？", "请写一{of}{topic}，名称要有{n}个字。",
)  # fmt: skip
_ONE_SENTENCE: dict[Language, tuple[str, ...]] = {
    "en": ("{} Answer in one sentence.", "{} Please use a single sentence.", "In just one sentence: {}"),
    "zh": ("{}请用一句话回答。", "{}只用一句话。", "请用一句话回答：{}"),
}
_SEVERAL: dict[Language, tuple[str, ...]] = {
    "en": ("{} Answer in at least two sentences.", "{} Use two sentences or more.", "In more than one sentence: {}"),
    "zh": ("{}请至少用两句话回答。", "{}用两句或更多句。", "请用不止一句话回答：{}"),
}


_ONE_WORD: dict[Language, tuple[str, ...]] = {
    "en": ("{} Answer in one word.", "In a single word: {}", "{} One word only, please."),
    "zh": ("{}只写答案。", "请直接写答案，不要写句子：{}", "{}请只写答案，不要写成句子。"),
}
_WHOLE_SENTENCE: dict[Language, tuple[str, ...]] = {
    "en": ("{} Answer in a full sentence.", "In a complete sentence: {}", "{} A whole sentence, please."),
    "zh": ("{}请用完整的句子回答。", "用一个完整的句子回答：{}", "{}请写成完整的句子。"),
}
_NEED_MORE = (
    "why the sky is blue", "天空为什么蓝", "leap years", "闰年的原因", "viruses and bacteria", "病毒和细菌的区别",
    "asking for a day off", "请假邮件",
)  # fmt: skip
"""Requests that the first sentence of their response does not answer by itself."""
_LONGER: dict[Language, tuple[str, ...]] = {
    "en": ("The answer is {}.", "It is {}, of course.", "That would be {}.", "I am sure that it is {}."),
    "zh": ("答案是{}。", "当然是{}。", "应该是{}，我很确定。", "我认为是{}。"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return an answer that keeps to the length against one that does not."""
    kind = draw.choice(("sentences", "sentences", "sentences", "word or sentence", "words"))
    if kind == "sentences":
        return _sentence(draw, language)
    if kind == "word or sentence":
        return _word_or_sentence(draw, language)
    return _characters(draw) if language == "zh" and draw.chance(0.6) else _words(draw, language)


def _word_or_sentence(draw: Draw, language: Language) -> Draft:
    question, answer = draw.row([row for row in KNOWN[language] if " " not in row[1]])
    sentence = draw.choice(_LONGER[language]).format(answer)
    word_wanted = draw.chance(0.6)
    wrote = {"en": 'writes "{}", {}: {}', "zh": "写“{}”，{}，{}"}[language]
    names = {"en": ("one word", "a whole sentence"), "zh": ("只有答案", "完整的句子")}[language]
    right, wrong = JUDGED[language]
    word = DraftResponse(answer, wrote.format(answer, names[0], right if word_wanted else wrong))
    whole = DraftResponse(sentence, wrote.format(sentence, names[1], wrong if word_wanted else right))
    better, worse = (word, whole) if word_wanted else (whole, word)
    return Draft(
        query=draw.choice((_ONE_WORD if word_wanted else _WHOLE_SENTENCE)[language]).format(question),
        better=better,
        worse=worse,
        flaw="form",
        working={"en": f"Wanted: {names[not word_wanted]}.", "zh": f"要求：{names[not word_wanted]}。"}[language],
        steps=1,
    )


def _characters(draw: Draw) -> Draft:
    rows = [row for row in draw.rows(TOPICS["zh"]) if len({len(thing) for thing in row[1]}) > 1]
    topic, things = draw.choice(rows)
    right = draw.choice(things)
    wrong = draw.choice([thing for thing in things if len(thing) != len(right)])
    query = draw.choice(_CHARACTERS).format(topic=topic, n=len(right), of=measure_word(topic))
    return Draft(
        query=query,
        better=DraftResponse(right, _spelt_out(right, len(right))),
        worse=DraftResponse(wrong, _spelt_out(wrong, len(right))),
        flaw="form",
        working=f"回答应有{len(right)}个字。",
        steps=2,
    )


def _spelt_out(text: str, wanted: int) -> str:
    return f"写{with_places('zh', text)}：{len(text)}个字，" + (
        "对" if len(text) == wanted else f"不是{wanted}个字，错"
    )


def _words(draw: Draw, language: Language) -> Draft:
    topic, things = draw.choice(_single_words(draw.rows(TOPICS[language])))
    count = draw.integer(2, 5)
    other = count + draw.choice((-1, 1, 2))
    right, wrong = draw.sample(things, count), draw.sample(things, min(other, len(things)))
    asked = {"en": f"The answer must have {count} words.", "zh": f"回答应有{count}个词。"}
    return Draft(
        query=draw.choice(_EXACT[language]).format(topic=topic, n=count, of=measure_word(topic)),
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
    numbered = with_places(language, words)
    if language == "en":
        return f"writes {numbered}: {len(words)}, " + ("right" if len(words) == count else f"not {count}, wrong")
    return f"写{numbered}：{len(words)}个，" + ("对" if len(words) == count else f"不是{count}个，错")


def _sentence(draw: Draw, language: Language) -> Draft:
    request = draw.row([one for one in REQUESTS[language] if len(one.response) > 1 and one.topic not in _NEED_MORE])
    parts = len(request.response)
    short, long = request.response[0], request.text(language)
    one_wanted = draw.chance(0.75)  # elsewhere the longer response is the better one a little too often
    fits, fails = JUDGED[language]
    comma = ": " if language == "en" else "，"
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
