"""Yes or no alone, a number alone, a whole sentence: how much of an answer was asked for, and whether it is right."""

from __future__ import annotations

from dataclasses import dataclass

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._facts_table import FACTS
from rrm_ui.training.comparisons.families._short_answers import JUDGED


@dataclass(frozen=True)
class _Answers:
    """What can be said to a question: each shortly, and in a whole sentence."""

    question: str
    right: str
    wrong: str
    right_sentence: str
    wrong_sentence: str


_ALONE: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "yes or no": ("Answer with yes or no only: {}", "{} Just yes or no, please.", "Only say yes or no: {}"),
        "the number": ("Reply with nothing but the number: {}", "{} Give the number only.", "Just the number: {}"),
        "the answer": ("{} Give the answer only, no sentence.", "Only the answer, please: {}", "{} No sentence."),
    },
    "zh": {
        "是非": ("只回答“是”或“不是”：{}", "{}请只说是或不是。", "用“是”或“不是”回答，别的不要说：{}"),
        "数字": ("只回答数字：{}", "{}只要写出数字。", "请只给一个数字：{}"),
        "答案": ("{}只写答案，不要写句子。", "只写答案：{}", "{}不要写句子。"),
    },
}
_SENTENCE: dict[Language, tuple[str, ...]] = {
    "en": ("Answer in a whole sentence: {}", "{} Please reply in a full sentence.", "In one full sentence: {}"),
    "zh": ("请用完整的句子回答：{}", "{}请写成一句完整的话。", "用一整句话回答：{}"),
}
_WANTED: dict[Language, tuple[str, str]] = {
    "en": ("Wanted: {} alone. It is: {}.", "Wanted: a whole sentence. It is: {}."),
    "zh": ("要求只写{}。应为：{}。", "要求写完整的句子。应为：{}。"),
}
_SAYS: dict[Language, dict[str, str]] = {
    "en": {"alone": 'says "{}", {} alone', "sentence": 'says "{}", a whole sentence', "not": 'says "{}", not "{}"'},
    "zh": {"alone": "说“{}”，只写了{}", "sentence": "说“{}”，是完整的句子", "not": "说“{}”，应为“{}”"},
}

_UNCLEAR = (
    "It ", "They ", "The largest is", "The first one", "The liquid metal", "Plants take in", "A caterpillar",
    "A baby cat",
)  # fmt: skip
"""How statements begin that say nothing without their question, or that are true with a wrong answer as well."""


def make(draw: Draw, language: Language) -> Draft:
    """Return a question to be answered shortly or in a sentence; the worse answer does the other, or is not true."""
    kinds = list(_ALONE[language])
    kind = draw.choice(kinds)
    answers = (_truth, _number, _name)[kinds.index(kind)](draw, language)
    alone = draw.chance(0.5)
    ask = draw.choice(_ALONE[language][kind] if alone else _SENTENCE[language])
    better, other_form = (answers.right, answers.right_sentence) if alone else (answers.right_sentence, answers.right)
    untrue = answers.wrong if alone else answers.wrong_sentence
    right, wrong = JUDGED[language]
    comma = {"en": ": ", "zh": "，"}[language]
    says = _SAYS[language]
    forms = (says["alone"], says["sentence"]) if alone else (says["sentence"], says["alone"])
    worse: str
    flaw: Flaw
    if draw.chance(0.6):
        worse, flaw = other_form, "form"
        finding = forms[1].format(_quoted(worse), kind)
    else:
        worse, flaw = untrue, "slip"
        finding = says["not"].format(_quoted(worse), _quoted(better))
    wanted = _WANTED[language][0 if alone else 1]
    working = wanted.format(kind, _quoted(answers.right)) if alone else wanted.format(_quoted(answers.right))
    return Draft(
        query=_capital(ask.format(answers.question)),
        better=DraftResponse(better, f"{forms[0].format(_quoted(better), kind)}{comma}{right}"),
        worse=DraftResponse(worse, f"{finding}{comma}{wrong}"),
        flaw=flaw,
        working=working,
        steps=1,
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _quoted(text: str) -> str:
    return text.rstrip(".。")


def _truth(draw: Draw, language: Language) -> _Answers:
    """Return whether a statement about numbers or a fact is true."""
    if draw.chance(0.5):
        fact = draw.choice([fact for fact in draw.rows(FACTS) if not fact.english.statement.startswith(_UNCLEAR)])
        told = fact.english if language == "en" else fact.chinese
        true = draw.chance(0.5)
        statement = told.statement.format(told.right if true else draw.choice(told.wrong)).rstrip(".。")
        denied = told.statement.format(told.right).rstrip(".。")
        question = {"en": f'is this true? "{statement}."', "zh": f"这句话对吗？“{statement}。”"}[language]
        yes = {"en": "Yes, that is true: {}.", "zh": "是，这句话是对的：{}。"}[language].format(statement)
        no = {"en": "No, that is not true; instead: {}.", "zh": "不是，这句话不对，应该是：{}。"}[language].format(
            denied if not true else told.statement.format(draw.choice(told.wrong)).rstrip(".。")
        )
    else:
        a, b = draw.integer(11, 99), draw.integer(2, 9)
        true = draw.chance(0.5)
        a = a - a % b if true else (a if a % b else a + 1)
        question = {"en": f"is {a} divisible by {b}?", "zh": f"{a}能被{b}整除，是不是？"}[language]
        yes = {"en": f"Yes, {a} is divisible by {b}.", "zh": f"是，{a}能被{b}整除。"}[language]
        no = {"en": f"No, {a} is not divisible by {b}.", "zh": f"不是，{a}不能被{b}整除。"}[language]
    short = {"en": ("Yes", "No"), "zh": ("是", "不是")}[language]
    sentences = (yes, no)
    return _Answers(question, short[not true], short[true], sentences[not true], sentences[true])


def _number(draw: Draw, language: Language) -> _Answers:
    """Return a sum or a product."""
    a, b = draw.integer(3, 60), draw.integer(3, 60)
    if draw.chance(0.5):
        a, b = draw.integer(3, 12), draw.integer(3, 12)
        told, value = f"{a} × {b}", a * b
    else:
        told, value = f"{a} + {b}", a + b
    wrong = value + draw.choice((-10, -2, -1, 1, 2, 10))
    question = {"en": f"what is {told}?", "zh": f"{told}等于多少？"}[language]
    sentence = {"en": f"{told} is {{}}.", "zh": f"{told}等于{{}}。"}[language]
    return _Answers(question, str(value), str(wrong), sentence.format(value), sentence.format(wrong))


def _name(draw: Draw, language: Language) -> _Answers:
    """Return a fact whose answer is a name or a word."""
    fact = draw.row(FACTS)
    told = fact.english if language == "en" else fact.chinese
    wrong = draw.choice(told.wrong)
    return _Answers(
        told.question,
        _capital(told.right),
        _capital(wrong),
        told.statement.format(told.right),
        told.statement.format(wrong),
    )


FAMILY = Family("closed-answers", make, taught="reward", from_numbers=True)
