"""The right answers of the families about text, facts, programs and orders, worked out again from the query alone."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import permutations
from typing import get_args

import pytest

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw, Split
from rrm_ui.training.comparisons.families import counting, facts, orderings, programs, spelling, strings
from rrm_ui.training.comparisons.families._facts_table import FACTS
from rrm_ui.training.comparisons.families._function_tasks_table import TASKS
from rrm_ui.training.comparisons.families._spelling_table import MISSPELT, MISWRITTEN, PINYIN

LANGUAGES: tuple[Language, ...] = get_args(Language)
FAMILIES = [module.FAMILY for module in (counting, spelling, strings, programs, facts, orderings)]


@cache
def drafts(family: Family, language: Language, split: Split = "train", count: int = 250) -> list[Draft]:
    return [family.make(Draw(split, 5, family.name, index), language) for index in range(count)]


def said(text: str) -> str:
    """The response without what it says to the judge."""
    return re.split(r"\n(?=Note to the judge|Any expert|Verdict|</think>|评委请|您是最|结论)", text)[0]


def ends(text: str, answer: str) -> bool:
    """Whether the response's last claim is ``answer``: after it there is only chatter with no claim."""
    return re.search(rf"(?<![\w.-]){re.escape(answer)}(?![\w/+*_-]|\.\d)", said(text), re.ASCII) is not None


def number(text: str) -> int:
    return int(re.findall(r"\d+", said(text))[-1])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_draft_is_a_comparison(family: Family, language: Language) -> None:
    splits: tuple[Split, ...] = ("train", "test", "validation")
    for draft in (draft for split in splits for draft in drafts(family, language, split)[:250]):
        assert draft.better.text.strip()
        assert draft.worse.text.strip()
        assert said(draft.better.text) != said(draft.worse.text)
        assert draft.steps >= 1
        thought = f"{draft.working}{draft.better.finding}{draft.worse.finding}"
        assert len(thought) < (430 if language == "en" else 260), thought
        assert not draft.better.finding.endswith((".", "。"))
        assert not re.search(r"Assistant|助手", thought)
        prose = re.sub(r"```.*?```|[`\"“].*?[`\"”]", "", draft.query, flags=re.S)
        if language == "en":
            assert not re.search(r"[一-鿿]", draft.query + draft.better.text + draft.worse.text + thought)
        else:
            assert re.search(r"[一-鿿]", prose + draft.query)
            assert re.search(r"[一-鿿]", draft.working)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_length_does_not_tell(family: Family, language: Language) -> None:
    longer = [len(draft.better.text) > len(draft.worse.text) for draft in drafts(family, language)]
    assert 0.3 < sum(longer) / len(longer) < 0.65


def test_orderings_are_never_trained_on() -> None:
    assert [family.name for family in FAMILIES if family.taught == "never"] == ["orderings"]


def counted(query: str, language: Language) -> int:
    quoted = re.findall(r'"(.+?)"' if language == "en" else r"“(.+?)”", query)
    if language == "en":
        if "vowels" in query.lower():
            return len(re.findall("[aeiou]", quoted[0]))
        if "words" in query.lower():
            return quoted[0].count(" ") + 1
        listed = re.search(r"(\w+(?:, \w+)+)", query)
        if listed:
            return Counter(listed[1].split(", "))[quoted[0]]
        what, text = sorted(quoted, key=len) if len(quoted) == 2 else (re.findall(r"many (\w)'s", query)[0], quoted[0])
        return len(text) - len(text.replace(what, ""))
    if not quoted:
        return re.sub(r"^.*[：买]|，.*$|？.*$|。.*$", "", query.replace("清单：", "买")).count("、") + 1
    if "、" in query:
        listed = re.search(r"([^\s，。？：“”了]+(?:、[^，。？：“”]+)+)", query)
        assert listed
        return Counter(listed[1].split("、"))[quoted[0]]
    if len(quoted) == 1:
        return len(quoted[0])
    what, text = sorted(quoted, key=len)
    return len(text) - len(text.replace(what, ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_counting(language: Language) -> None:
    for draft in drafts(counting.FAMILY, language):
        right = counted(draft.query, language)
        assert number(draft.better.text) == right, draft
        assert number(draft.worse.text) != right, draft
        assert str(right) in draft.better.finding
        assert str(number(draft.worse.text)) in draft.worse.finding
        assert str(right) in draft.working


def spelled(query: str, language: Language) -> str:
    """The right answer to a question of spelling; the tables' right words are looked up, the rest is worked out."""
    quoted = re.findall(r'"(.+?)"' if language == "en" else r"“(.+?)”", query)
    if language == "zh":
        if "拼音" in query:
            return next(first + second for word, first, second, _ in PINYIN if word == quoted[0])
        if "_" in query:
            whole = {word for word, _, _ in MISWRITTEN}
            return next(f"“{sign}”" for sign in quoted[1:] if quoted[0].replace("_", sign) in whole)
        return next(word for word in quoted if word in {row[0] for row in MISWRITTEN})
    if "hyphen" in query:
        return re.sub(r"(?<=\w)(?=\w)", "-", quoted[0])
    if re.search("backwards|back to front|last letter", query):
        return "".join(reversed(quoted[0]))
    return next(row[0] for row in MISSPELT if set(quoted) & set(row[:3]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_spelling(language: Language) -> None:
    for draft in drafts(spelling.FAMILY, language):
        right = spelled(draft.query, language)
        assert ends(draft.better.text, right), draft
        assert not ends(draft.worse.text, right), draft
        assert right in draft.working
        assert right in draft.better.finding


def test_spelling_tables() -> None:
    for row in MISSPELT:
        assert len(set(row)) == 4
    for right, wrong, _ in MISWRITTEN:
        assert sum(one != other for one, other in zip(right, wrong, strict=True)) in (1, 2)
    for word, first, second, wrong in PINYIN:
        assert first + second != wrong
        assert len(word) == 2


def changed(query: str, language: Language) -> str:
    """The right answer to a question about strings."""
    quoted = re.findall(r'"(.+?)"' if language == "en" else r"“(.+?)”", query)
    query = query.replace("begin with, in order and", "begin with")
    listed = re.search(
        r"([a-z]+(?:, [a-z]+)+)"
        if language == "en"
        else r"([^\s，。：？把用]+(?:、[^\s，。：？写]+)+)(?=写|的|$|。|？|第|首)",
        query,
    )
    if language == "zh":
        if re.search("从后往前|倒|反过来", query):
            return quoted[0][::-1]
        if listed and re.search("首字|第一个字", query):
            return "".join(word[0] for word in re.sub("^.*：", "", listed[1]).split("、"))
        if listed:
            return quoted[0].join(re.sub("^.*：", "", listed[1]).split("、"))
        if place := re.search(r"第(\d+)个字", query):
            return quoted[0][int(place[1]) - 1]
        assert quoted[0].count(quoted[1]) == 1
        return quoted[0].replace(quoted[1], "")
    if place := re.search(r"(\d+)(?:st|nd|rd|th)", query):
        return quoted[0][int(place[1]) - 1]
    if re.search("everse|around", query):
        return quoted[0][::-1]
    if re.search("upper-case|capital", query):
        return quoted[0].upper()
    if re.search("lower-case|small", query):
        return quoted[0].lower()
    if re.search("vowel|without a, e", query):
        return re.sub("[aeiou]", "", quoted[0])
    assert listed
    words = listed[1].split(", ")
    if re.search("first letter|begin with", query):
        return "".join(word[0] for word in words)
    signs = {"hyphens": "-", "underscores": "_", "plus signs": "+", "slashes": "/"}
    for name, sign in signs.items():
        if name in query:
            return sign.join(words)
    return ", ".join(sorted(words))


@pytest.mark.parametrize("language", LANGUAGES)
def test_strings(language: Language) -> None:
    for draft in drafts(strings.FAMILY, language):
        right = changed(draft.query, language)
        assert re.search(
            rf"{re.escape(right)}(?: is right|: right|: correct|, which is right|，)", draft.better.finding
        ), (
            right,
            draft,
        )
        assert right in draft.better.text
        assert right in draft.working
        wrong = re.sub(
            r"^(says|gives|answers|has|说|答|给出|写的是)\s*|(, not | instead of |, but it is |，).*$",
            "",
            draft.worse.finding,
        )
        assert wrong != right, draft
        assert wrong in draft.worse.text


def test_upper_and_lower_case_are_asked_alike() -> None:
    asked = [draft.query for draft in drafts(strings.FAMILY, "en", count=900)]
    upper = sum(bool(re.search("upper-case|capital", query)) for query in asked)
    lower = sum(bool(re.search("lower-case|small", query)) for query in asked)
    assert 0.7 < upper / lower < 1.4


def printed(codes: list[str]) -> list[str]:
    """What another Python prints for each of ``codes``."""
    runner = (
        "import json, sys\nout = []\nfor code in json.load(sys.stdin):\n    lines = []\n"
        "    exec(code, {'print': lambda *values: lines.append(' '.join(map(str, values)))})\n"
        "    out.append('\\n'.join(lines))\nprint(json.dumps(out))"
    )
    done = subprocess.run(
        [sys.executable, "-c", runner], input=json.dumps(codes), capture_output=True, text=True, check=True
    )
    answers: list[str] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_that_print(language: Language) -> None:
    asked = [draft for draft in drafts(programs.FAMILY, language) if "print(" in draft.query]
    codes = [re.findall(r"```python\n(.*?)\n```", draft.query, re.S)[0] for draft in asked]
    assert len(asked) > 100
    for draft, right in zip(asked, printed(codes), strict=True):
        assert "\n" not in right
        assert ends(draft.better.text, right), draft
        assert right in draft.working
        found = re.search(
            r"^(?:says|gives|answers|has|说|答|给出|写的是)\s*(.*?)(?:, not | instead of |, but it is |，不|，应|，而)",
            draft.worse.finding,
        )
        assert found
        assert found[1] != right
        assert found[1] in draft.worse.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_that_are_written(language: Language) -> None:
    asked = [draft for draft in drafts(programs.FAMILY, language) if "print(" not in draft.query]
    assert len(asked) > 50
    runs = []
    for draft in asked:
        name = re.findall(r"`(\w+)`", draft.query)[0]
        task = next(task for task in TASKS if task.name == name)
        codes = [
            re.findall(r"^def .*?(?=\n\S|\n\n|\Z)", text, re.S | re.M)[0]
            for text in (draft.better.text, draft.worse.text)
        ]
        for code in codes:
            ast.parse(code)
        assert codes[0] != codes[1]
        runs += [f"{code}\nprint(repr({task.call}))" for code in codes]
    answers = printed(runs)
    for draft, right, wrong in zip(asked, answers[::2], answers[1::2], strict=True):
        assert right != wrong
        assert right in draft.better.finding
        assert right in draft.working
        assert wrong in draft.worse.finding


_EXPECTED = {
    "is_even": True, "is_odd": True, "total": 9, "largest": 9, "smallest": 1, "last": 7, "first_two": [7, 8],
    "backwards": "cba", "shout": "HELLO", "count_words": 3, "average": 5.0, "square": 25, "cube": 8, "absolute": 3,
    "up_to": [1, 2, 3, 4], "countdown": [3, 2, 1], "evens": [2, 4], "positives": [5], "double_all": [2, 10],
    "factorial": 24, "count_a": 3, "no_spaces": "abc", "initial": "E", "is_adult": True, "is_palindrome": False,
    "ends_with_s": False, "area": 12, "perimeter": 16, "minutes": 120, "larger": 8, "unique": 2,
    "join_words": "go up", "longest": "window", "contains": True, "sum_even": 12, "middle": 6, "last_digit": 7,
    "descending": [9, 4, 2], "swap": (2, 1), "divisible": True,
}  # fmt: skip


def test_each_task() -> None:
    def code(name: str, parameters: str, body: str, call: str) -> str:
        indented = "\n".join("    " + line for line in body.split("\n"))
        return f"def {name}({parameters}):\n{indented}\nprint(repr({call}))"

    rights = printed([code(task.name, task.parameters, task.right, task.call) for task in TASKS])
    wrongs = printed([code(task.name, task.parameters, task.wrong, task.call) for task in TASKS])
    assert rights == [repr(_EXPECTED[task.name]) for task in TASKS]
    assert all(right != wrong for right, wrong in zip(rights, wrongs, strict=True))


_KNOWN = {
    "symbol of iron": "Fe", "legs does a spider": "8", 
    "wrote Hamlet": "Shakespeare",
    "continent is Kenya": "Africa", "leap year": "366", "sides does a hexagon": "6", "closest to the Sun": "Mercury",
    "capital of Turkey": "Ankara", "symbol of zinc": "Zn",
}  # fmt: skip


def test_facts_table() -> None:
    assert len(FACTS) >= 90
    assert len(set(FACTS)) == len(FACTS)
    for told in (told for fact in FACTS for told in fact):
        assert told.statement.count("{}") == 1
        assert told.question.endswith(("?", "？"))
        assert len({told.right, *told.wrong}) == len(told.wrong) + 1
        assert all(told.wrong)
        assert told.right not in told.question
    for question, answer in _KNOWN.items():
        assert answer in next(fact.english.right for fact in FACTS if question in fact.english.question)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("split", get_args(Split))
def test_facts(language: Language, split: Split) -> None:
    for draft in drafts(facts.FAMILY, language, split):
        both = [fact.english if language == "en" else fact.chinese for fact in FACTS]
        told = max((told for told in both if told.question in draft.query), key=lambda told: len(told.question))
        right, plain = told.right.lower(), said(draft.better.text).lower()
        assert right in plain
        assert told.right in draft.working
        assert told.right in draft.better.finding
        wrong = said(draft.worse.text).replace("**", "").lower()
        claims = {re.sub(r"[.。!！]$", "", wrong.split("\n")[0])}
        assert any(other.lower() in wrong for other in told.wrong), draft
        assert told.statement.format(told.right).lower() not in wrong
        assert right not in claims


_MORE = {
    "taller": 1, "shorter": -1, "older": 1, "younger": -1, "faster": 1, "slower": -1, "before": 1, "after": -1,
    "heavier": 1, "lighter": -1, "more": 1, "less": -1, "高": 1, "矮": -1, "年长": 1, "年轻": -1,
    "跑得快": 1, "跑得慢": -1,
    "早到": 1, "晚到": -1, "重": 1, "轻": -1, "贵": 1, "便宜": -1,
}  # fmt: skip
_LOW = re.compile("shortest|youngest|slowest|last to arrive|lightest|cheapest|最矮|最年轻|最慢|最晚|最轻|最便宜")
_CLUE = {
    "en": re.compile(
        r"(?:[Tt]he )?(\w+(?: box| vase| bag)?) (?:is|arrived|costs) (\w+)(?: than)? (?:the )?"
        r"(\w+(?: box| vase| bag)?)(?=[.,])"
    ),
    "zh": re.compile(r"([^，。：比]+)比([^，。比]+?)(高|矮|年长|年轻|跑得快|跑得慢|早到|晚到|重|轻|贵|便宜)(?=[，。])"),
}


def order_of(query: str, language: Language) -> list[str]:
    """The only order that fits the clues, the highest first."""
    query = query.replace("Here is a puzzle. ", "")
    pairs = []
    for match in _CLUE[language].finditer(query):
        first, second, word = match.group(1, 3, 2) if language == "en" else match.group(1, 2, 3)
        first = first.removeprefix("已知")
        pairs.append((first, second) if _MORE[word] > 0 else (second, first))
    names = sorted({name for pair in pairs for name in pair})
    fitting = [
        list(order) for order in permutations(names) if all(order.index(high) < order.index(low) for high, low in pairs)
    ]
    assert len(fitting) == 1, query
    return fitting[0]


def first_answer(query: str, language: Language) -> str:
    order = order_of(query, language)
    question = re.findall(r"([A-Z][^.\n]*[?.])$" if language == "en" else r"([^。：]*[？。])$", query)[0]
    if re.search("^List|请按从", question):
        return (", " if language == "en" else "、").join(order)
    if re.search("second|第二", question):
        return order[1]
    both = re.search(
        r", (?:the )?(.+) or (?:the )?(.+)\?" if language == "en" else r"(?:想一想，)?([^，：]+)和([^，]+)，", question
    )
    if both:
        pair = sorted((both[1], both[2]), key=order.index)
        low = re.search(r"shorter|younger|slower|later|lighter|less|更矮|更年轻|更慢|更晚|更轻|更便宜", question)
        return pair[1 if low else 0]
    return order[-1 if _LOW.search(question) else 0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_orderings(language: Language) -> None:
    for draft in drafts(orderings.FAMILY, language):
        right = first_answer(draft.query, language)
        assert right in draft.better.text
        assert re.search(rf"{re.escape(right)}(: |, which|，)", draft.better.finding), (right, draft)
        wrong = re.sub(
            r"^(says|gives|answers|has|说|答|给出|写的是)\s*|(, not | instead of |, but it is |，不|，应|，而).*$",
            "",
            draft.worse.finding,
        )
        assert wrong != right, draft
        assert wrong in draft.worse.text
        assert right in draft.working
