"""A sentence made negative, a question, past or polite, or its spelling put right; nothing else changes."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._rewriting_table import CHINESE, ENGLISH, REQUESTS

_QUERIES: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "negative": ('Make this negative: "{}"', 'Negate "{}", please.', 'Put "{}" in the negative.'),
        "question": ('Turn this into a question: "{}"', 'Make a yes/no question of "{}"', 'How do I ask this? "{}"'),
        "past": ('Put this in the past tense: "{}"', 'Rewrite "{}" in the simple past.', 'past tense of "{}" please'),
        "typo": ('Fix the typo: "{}"', 'One word is misspelt, please correct it: "{}"', 'Correct the spelling of "{}"'),
        "polite": ('Make this more polite: "{}"', 'Say "{}" politely.', 'That sounds rude. Rephrase it nicely: "{}"'),
    },
    "zh": {
        "negative": ("把“{}”改成否定句。", "请写出这句话的否定形式：“{}”", "“{}”的否定句怎么说？"),
        "question": ("把“{}”改成疑问句。", "请把这句话变成问句：“{}”", "“{}”怎么改成一般疑问句？"),
        "typo": ("改正错别字：“{}”", "“{}”里有一个错别字，请改正。", "请检查并改正这句话里的错字：“{}”"),
        "polite": ("把“{}”说得礼貌一些。", "请用更客气的方式说：“{}”", "“{}”听起来不客气，帮我改得有礼貌。"),
    },
}  # fmt: skip
_NAMES: dict[Language, dict[str, str]] = {
    "en": {
        "negative": "the negative",
        "question": "a question",
        "past": "the past tense",
        "polite": "a polite request",
    },
    "zh": {"negative": "否定句", "question": "疑问句", "polite": "礼貌的请求"},
}
_FRAMES: dict[Language, tuple[str, ...]] = {
    "en": ("{}", "{}", '"{}"', "Sure! {}", "Here you go: {}", "{}\n\nLet me know if you need anything else."),
    "zh": ("{}", "{}", "“{}”", "好的！{}", "改好了：{}", "{}\n\n如果还有问题，请告诉我。"),
}
_POLITE: dict[Language, tuple[str, ...]] = {
    "en": ("Could you please {}?", "Would you please {}?", "Would you be so kind as to {}?"),
    "zh": ("请您{}，好吗？", "麻烦您{}，谢谢。", "能不能请您{}？"),
}
_RUDE: dict[Language, tuple[str, ...]] = {
    "en": ("Just {}, now!", "Hurry up and {}!", "You had better {}, or else!"),
    "zh": ("快点{}！", "赶紧给我{}！", "你还不{}？快！"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a rewriting against another one, none, or that of another sentence."""
    kind = draw.choice(list(_QUERIES[language]))
    if kind == "polite":
        mine, other = (_request(draw, language, words) for words in draw.sample(draw.rows(REQUESTS[language]), 2))
    else:
        table = draw.rows(ENGLISH if language == "en" else CHINESE)
        mine, other = (_forms(language, row) for row in draw.sample(table, 2))
    given, right = mine["typo" if kind == "typo" else "plain"], mine["plain" if kind == "typo" else kind]
    wrong, finding, flaw = _wrong(draw, language, kind, mine, other)
    return Draft(
        query=draw.choice(_QUERIES[language][kind]).format(given),
        better=DraftResponse(_say(draw, language, right), _praise(language, right)),
        worse=DraftResponse(_say(draw, language, wrong), finding),
        flaw=flaw,
        working=_working(language, kind, mine, right),
        steps=1,
    )


def _forms(language: Language, row: tuple[str, ...]) -> dict[str, str]:
    """Return the forms of a sentence by their names, ``typo`` among them, and ``mark``: what is misspelt."""
    if language == "zh":
        who, does, sign, mistaken = row
        plain = f"{who}{does}。"
        typo = plain.replace(sign, mistaken)
        return {"plain": plain, "negative": f"{who}不{does}。", "question": f"{who}{does}吗？", "typo": typo,
                "mark": mistaken, "word": sign}  # fmt: skip
    who, verb, verbs, past, rest, word, misspelt = row
    asked = who[0].lower() + who[1:] if who.split()[0] in ("My", "The", "Our") else who
    plain = f"{who} {verbs} {rest}."
    return {"plain": plain, "negative": f"{who} does not {verb} {rest}.", "question": f"Does {asked} {verb} {rest}?",
            "past": f"{who} {past} {rest}.", "typo": plain.replace(word, misspelt), "mark": misspelt,
            "word": word}  # fmt: skip


def _request(draw: Draw, language: Language, words: str) -> dict[str, str]:
    """Return a request as it is, politely and rudely."""
    plain = f"{words[0].upper()}{words[1:]}." if language == "en" else f"{words}。"
    polite, rude = draw.choice(_POLITE[language]).format(words), draw.choice(_RUDE[language]).format(words)
    return {"plain": plain, "polite": polite, "rude": rude}


def _wrong(
    draw: Draw, language: Language, kind: str, mine: dict[str, str], other: dict[str, str]
) -> tuple[str, str, Flaw]:
    """Return a wrong rewriting, what a thought says of it, and its flaw."""
    flaw = draw.choice(("same", "form", "form", "other"))
    if flaw == "same":
        text = mine["typo" if kind == "typo" else "plain"]
        if kind == "typo":
            mark = mine["mark"]
            return text, _finding(language, text, f'still "{mark}"', f"还是“{mark}”"), "form"
        return text, _finding(language, text, "unchanged", "没有改"), "form"
    if flaw == "other":
        text = other["plain" if kind == "typo" else kind]
        return text, _finding(language, text, "another sentence", "是另一句话"), "slip"
    if kind == "polite":
        text = mine["rude"]
        return text, _finding(language, text, "rude", "不礼貌"), "form"
    got = draw.choice([one for one in _NAMES[language] if one not in (kind, "polite")])
    name = _NAMES[language][got]
    return mine[got], _finding(language, mine[got], name, f"是{name}"), "form"


def _finding(language: Language, said: str, english: str, chinese: str) -> str:
    """Quote a wrong rewriting, then say what it is."""
    return f'says "{said}", {english}: wrong' if language == "en" else f"说“{said}”，{chinese}，错"


def _praise(language: Language, right: str) -> str:
    """Return the finding about the right rewriting."""
    return f'says "{right}": right' if language == "en" else f"说“{right}”，对"


def _working(language: Language, kind: str, mine: dict[str, str], right: str) -> str:
    """Return how the right rewriting is found."""
    if kind == "typo":
        mark, word = mine["mark"], mine["word"]
        return {"en": f'"{mark}" must be "{word}": {right}', "zh": f"“{mark}”应为“{word}”：{right}"}[language]
    name = _NAMES[language][kind]
    if kind == "polite":
        return {"en": f"It must be {name}, such as: {right}", "zh": f"要改成{name}，例如：{right}"}[language]
    return {"en": f"{'As' if kind == 'question' else 'In'} {name} it is: {right}", "zh": f"改成{name}是：{right}"}[
        language
    ]


def _say(draw: Draw, language: Language, sentence: str) -> str:
    return draw.choice(_FRAMES[language]).format(sentence)


FAMILY = Family("rewriting", make)
