"""Well-known facts, in one word or a sentence; the worse response names something near by."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._facts_table import FACTS
from rrm_ui.training.comparisons.families._short_answers import right_finding, wrong_finding
from rrm_ui.training.comparisons.styles import TO_THE_JUDGE_CHANCE, to_the_judge

_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": (
        "{}", "{}", "{}", "Quick question: {}", "Quiz time! {}", "I forgot: {}", "My daughter wants to know: {}",
        "{} Please answer briefly.", "Can you tell me this? {}", "For a crossword: {}",
    ),
    "zh": (
        "{}", "{}", "{}", "请问：{}", "小测验：{}", "我忘了，{}", "孩子问我：{}", "{}请简短回答。", "想请教一下，{}",
        "知识问答：{}",
    ),
}  # fmt: skip
_BEFORE: dict[Language, tuple[str, ...]] = {
    "en": ("Sure!", "Good question!", "Easy one.", "Many people ask this.", "This is something one learns at school."),
    "zh": ("好的！", "好问题！", "这个很简单。", "很多人问过这个问题。", "这是学校里会学到的知识。"),
}
_AFTER: dict[Language, tuple[str, ...]] = {
    "en": ("Hope that helps!", "You will find this in any encyclopedia.", "I am sure of it.", "Feel free to ask more.",
           "This is well known, and there is no disagreement about it among those who know the subject."),
    "zh": ("希望对你有帮助！", "任何百科全书里都能查到。", "我很确定。", "欢迎继续提问。",
           "这是众所周知的，了解这方面的人对此没有异议。"),
}  # fmt: skip


def make(draw: Draw, language: Language) -> Draft:
    """Return a question of knowledge whose worse response gives a plausible wrong answer."""
    fact = draw.row(FACTS)
    told = fact.english if language == "en" else fact.chinese
    wrong = draw.choice(told.wrong)
    return Draft(
        query=draw.choice(_QUERIES[language]).format(told.question),
        better=DraftResponse(_say(draw, language, told.statement, told.right), right_finding(language, told.right)),
        worse=DraftResponse(_say(draw, language, told.statement, wrong), wrong_finding(language, wrong, told.right)),
        flaw="slip",
        working=told.statement.format(told.right),
        steps=1,
    )


def _say(draw: Draw, language: Language, statement: str, answer: str) -> str:
    """Return ``answer`` alone, in its statement, or with a word before and after."""
    said = statement.format(answer)
    bare = answer[0].upper() + answer[1:]
    stop, space = (".", " ") if language == "en" else ("。", "")
    style = draw.choice(("bare", "stop", "said", "said", "bold", "both", "before", "after", "long"))
    text = {
        "bare": bare,
        "stop": bare + stop,
        "said": said,
        "bold": statement.format(f"**{answer}**"),
        "both": f"{bare}{stop}{space}{said}",
        "before": f"{draw.choice(_BEFORE[language])}{space}{said}",
        "after": f"{said}{space}{draw.choice(_AFTER[language])}",
        "long": space.join((draw.choice(_BEFORE[language]), said, *draw.sample(_AFTER[language], 2))),
    }[style]
    return f"{text}\n{to_the_judge(draw, language)}" if draw.chance(TO_THE_JUDGE_CHANCE) else text


FAMILY = Family("facts", make)
