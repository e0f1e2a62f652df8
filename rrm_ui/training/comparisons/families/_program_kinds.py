"""Kinds of short programs, each with how one works out what it prints and a likely mistake."""

from __future__ import annotations

import contextlib
import io
import operator
from collections.abc import Callable
from dataclasses import dataclass

from rrm_ui.training.comparisons.draft import Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._words_table import SHORT_WORDS


@dataclass(frozen=True)
class Program:
    """A program, a wrong answer to what it prints, and the reasons for the right one and the wrong one."""

    code: str
    wrong: str
    working: str
    mistake: str
    steps: int = 2
    flaw: Flaw = "slip"


def output_of(code: str) -> str:
    """Run ``code`` and return what it prints, without the last line break."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    return printed.getvalue().rstrip("\n")


_COMPARISONS: dict[str, Callable[[int, int], bool]] = {">": operator.gt, ">=": operator.ge, "<": operator.lt}


def _say(language: Language, english: str, chinese: str) -> str:
    return english if language == "en" else chinese


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _range_sum(draw: Draw, language: Language) -> Program:
    low = draw.integer(1, 4)
    high = low + draw.integer(3, 4)
    name = draw.choice(("total", "s", "result"))
    code = f"{name} = 0\nfor i in range({low}, {high}):\n    {name} += i\nprint({name})"
    numbers = list(range(low, high))
    wrong = draw.choice((list(range(low, high + 1)), numbers[:-1]))

    def reasons(taken: list[int]) -> str:
        added = f"{' + '.join(map(str, taken))} = {sum(taken)}"
        return _say(
            language,
            f"range({low}, {high}) ends with {taken[-1]}: {_listed(taken)}. {added}.",
            f"range({low}, {high})到{taken[-1]}为止：{_listed(taken)}。{added}。",
        )

    return Program(code, str(sum(wrong)), reasons(numbers), reasons(wrong))


def _slice(draw: Draw, language: Language) -> Program:
    word = draw.row(SHORT_WORDS)
    start = draw.integer(0, 1)
    stop = draw.integer(start + 2, len(word) - 1)
    name = draw.choice(("word", "text", "s"))
    code = f'{name} = "{word}"\nprint({name}[{start}:{stop}])'
    wrong = draw.choice((word[start : stop + 1], word[start + 1 : stop], word[start + 1 : stop + 1]))
    indexed = ", ".join(f"{index} {sign}" for index, sign in enumerate(word))
    working = _say(
        language,
        f"By index: {indexed}. [{start}:{stop}] takes {start} to {stop - 1}: {word[start:stop]}.",
        f"按下标：{indexed}。[{start}:{stop}]取{start}到{stop - 1}，即{word[start:stop]}。",
    )
    mistake = _say(language, f"The slice [{start}:{stop}] takes {wrong}.", f"切片[{start}:{stop}]取出{wrong}。")
    return Program(code, wrong, working, mistake)


def _division(draw: Draw, language: Language) -> Program:
    divisor, whole = draw.integer(3, 9), draw.integer(2, 9)
    rest = draw.integer(1, divisor - 1)
    number = divisor * whole + rest
    sign = draw.choice(("//", "%"))
    first, second = draw.choice((("a", "b"), ("x", "y"), ("n", "k")))
    code = f"{first} = {number}\n{second} = {divisor}\nprint({first} {sign} {second})"
    right, other = (whole, rest) if sign == "//" else (rest, whole)
    wrong = draw.choice((other, right + 1, right - 1))
    product = f"{divisor} * {whole} = {divisor * whole}. {number} - {divisor * whole} = {rest}."
    working = _say(
        language,
        f"{product} So {number} {sign} {divisor} is {right}.",
        f"{product.replace('. ', '，').rstrip('.')}，所以{number} {sign} {divisor}是{right}。",
    )
    mistake = _say(language, f"{number} {sign} {divisor} is {wrong}.", f"{number} {sign} {divisor}得{wrong}。")
    return Program(code, str(wrong), working, mistake)


def _float(draw: Draw, language: Language) -> Program:
    divisor, whole = draw.integer(2, 9), draw.integer(2, 9)
    number, whole_wanted = divisor * whole, draw.chance(0.5)
    sign = "//" if whole_wanted else "/"
    right, wrong = (str(whole), f"{whole}.0") if whole_wanted else (f"{whole}.0", str(whole))
    code = f"n = {number}\nprint(n {sign} {divisor})"
    value = f"{number} / {divisor} = {whole}"
    kind = ("an int", "整数") if whole_wanted else ("a float", "浮点数")
    return Program(
        code,
        wrong,
        _say(
            language,
            f"{value}. The sign {sign} gives {kind[0]}, so {right}.",
            f"{value}。运算符{sign}的结果是{kind[1]}，所以是{right}。",
        ),
        _say(language, f"{number} divided by {divisor} is {wrong}.", f"{number}除以{divisor}得{wrong}。"),
        flaw="form",
    )


def _count_if(draw: Draw, language: Language) -> Program:
    numbers = draw.sample(range(1, 13), draw.integer(4, 5))
    limit = draw.choice(numbers)
    sign = draw.choice(tuple(_COMPARISONS))
    code = f"count = 0\nfor n in {numbers}:\n    if n {sign} {limit}:\n        count += 1\nprint(count)"
    found = [n for n in numbers if _COMPARISONS[sign](n, limit)]
    wrong = [n for n in numbers if n in found or n == limit] if sign != ">=" else [n for n in found if n != limit]

    def reasons(taken: list[int]) -> str:
        listed = _listed(taken) or _say(language, "none", "没有")
        return _say(
            language,
            f"The numbers with n {sign} {limit}: {listed}. So the count is {len(taken)}.",
            f"满足n {sign} {limit}的数：{listed}。所以count是{len(taken)}。",
        )

    return Program(code, str(len(wrong)), reasons(found), reasons(wrong))


def _append(draw: Draw, language: Language) -> Program:
    numbers = draw.sample(range(1, 10), 4)
    first, second = numbers[:2], numbers[2:]
    method = draw.choice(("append", "extend"))
    code = f"items = {first}\nitems.{method}({second})\nprint(len(items))"
    working = _say(
        language,
        f"append adds the list {second} as one item: 2 + 1 = 3."
        if method == "append"
        else f"extend adds the items {_listed(second)} one by one: 2 + 2 = 4.",
        f"append把列表{second}作为一个元素加入：2 + 1 = 3。"
        if method == "append"
        else f"extend把{_listed(second)}逐个加入：2 + 2 = 4。",
    )
    wrong = "4" if method == "append" else draw.choice(("3", "5"))
    mistake = _say(language, f"After {method}, the list has {wrong} items.", f"{method}之后列表有{wrong}个元素。")
    return Program(code, wrong, working, mistake, flaw="method")


def _replace(draw: Draw, language: Language) -> Program:
    word = draw.row([word for word in SHORT_WORDS if len(word) > 3])
    sign = draw.choice(sorted(set(word)))
    new = draw.choice([other for other in "xzku" if other not in word])
    code = f'text = "{word}"\nprint(text.replace("{sign}", "{new}"))'
    right = word.replace(sign, new)
    place = draw.integer(0, len(word) - 1)
    wrong = word[:place] + new + word[place + 1 :]
    if word.count(sign) > 1 and draw.chance(0.7):
        wrong = word.replace(sign, new, 1)
    return Program(
        code,
        wrong,
        _say(
            language,
            f"replace turns every {sign} in {'-'.join(word)} into {new}: {right}.",
            f"replace把{'-'.join(word)}中的每个{sign}换成{new}：{right}。",
        ),
        _say(language, f"replace puts {new} for {sign}.", f"replace用{new}替换{sign}。"),
        steps=1,
    )


def _index(draw: Draw, language: Language) -> Program:
    items = draw.sample(SHORT_WORDS, 4)
    place = draw.choice((0, 1, 2, 3, -1, -2))
    name = draw.choice(("words", "items", "names"))
    code = f"{name} = {items!r}\nprint({name}[{place}])".replace("'", '"')
    right, wrong = items[place], draw.choice((items[place - 1], items[(place + 1) % 4]))
    if place < 0:
        order = _say(
            language,
            f"From the end: -1 {items[-1]}, -2 {items[-2]}. ",
            f"从末尾数：-1是{items[-1]}，-2是{items[-2]}。",
        )
    else:
        order = _say(
            language,
            f"Indices start at 0: {', '.join(f'{index} {item}' for index, item in enumerate(items))}. ",
            f"下标从0开始：{'，'.join(f'{index}是{item}' for index, item in enumerate(items))}。",
        )
    return Program(
        code,
        wrong,
        order + _say(language, f"So [{place}] is {right}.", f"所以[{place}]是{right}。"),
        _say(language, f"The item at [{place}] is {wrong}.", f"[{place}]处的元素是{wrong}。"),
    )


def _halve(draw: Draw, language: Language) -> Program:
    start = number = draw.integer(5, 40)
    code = f"n = {start}\nsteps = 0\nwhile n > 1:\n    n = n // 2\n    steps += 1\nprint(steps)"
    values = []
    while number > 1:
        number //= 2
        values.append(number)
    wrong = len(values) + draw.choice((-1, 1))
    return Program(
        code,
        str(wrong),
        _say(
            language,
            f"n goes {start}, then {_listed(values)}, and stops at 1. That is {len(values)} steps.",
            f"n从{start}开始，依次变为{_listed(values)}，到1停止，共{len(values)}步。",
        ),
        _say(
            language,
            f"Halving {start} until it reaches 1 takes {wrong} rounds.",
            f"把{start}不断减半直到1，要循环{wrong}次。",
        ),
        steps=len(values),
    )


def _branches(draw: Draw, language: Language) -> Program:
    low, high = draw.integer(3, 9), draw.integer(12, 20)
    number = draw.choice((low - 2, low, low + 1, high - 1, high, high + 3))
    names = draw.choice((("small", "medium", "large"), ("cold", "mild", "hot"), ("red", "yellow", "green")))
    name = draw.choice(("x", "n", "value"))
    code = (
        f'{name} = {number}\nif {name} > {high}:\n    print("{names[2]}")\n'
        f'elif {name} > {low}:\n    print("{names[1]}")\nelse:\n    print("{names[0]}")'
    )
    place = 2 if number > high else 1 if number > low else 0
    checks = []
    for limit in (high, low)[: 1 if place == 2 else 2]:
        checks.append(
            _say(language, f"{number} > {limit} is {number > limit}", f"{number} > {limit}为{number > limit}")
        )
    wrong = draw.choice([other for other in names if other != names[place]])
    return Program(
        code,
        wrong,
        _say(language, f"{', '.join(checks)}, so {names[place]}.", f"{'，'.join(checks)}，所以输出{names[place]}。"),
        _say(language, f"With {number}, the branch of {wrong} runs.", f"{number}会进入{wrong}那个分支。"),
        steps=len(checks),
    )


def _text_or_number(draw: Draw, language: Language) -> Program:
    first, second = draw.integer(2, 9), draw.integer(2, 4)
    sign, quoted = draw.choice("+*"), draw.chance(0.5)
    total = str(first + second if sign == "+" else first * second)
    joined = f"{first}{second}" if sign == "+" else str(first) * second
    left = f'"{first}"' if quoted else str(first)
    right = f'"{second}"' if quoted and sign == "+" else str(second)
    what = ("joins the strings", "拼接字符串") if sign == "+" else (f"repeats it {second} times", f"把它重复{second}次")
    if quoted:
        working = _say(
            language,
            f"{left} is a string, so {sign} {what[0]}: {joined}.",
            f"{left}是字符串，{sign}会{what[1]}：{joined}。",
        )
    else:
        working = _say(
            language,
            f"Both are numbers: {first} {sign} {second} = {total}.",
            f"两个都是数字：{first} {sign} {second} = {total}。",
        )
    wrong = total if quoted else joined
    mistake = _say(language, f"Here {sign} leads to {wrong}.", f"这里{sign}的结果是{wrong}。")
    return Program(f"a = {left}\nb = {right}\nprint(a {sign} b)", wrong, working, mistake, 1, "method")


def _alias(draw: Draw, language: Language) -> Program:
    first, second, new = draw.sample(range(1, 10), 3)
    copied = draw.chance(0.5)
    code = f"a = [{first}, {second}]\nb = {'a[:]' if copied else 'a'}\nb.append({new})\nprint(a)"
    short, long = f"[{first}, {second}]", f"[{first}, {second}, {new}]"
    if copied:
        working = _say(language, f"a[:] is a copy, so a stays {short}.", f"a[:]是副本，所以a仍是{short}。")
    else:
        working = _say(
            language, f"b is the same list as a, so a becomes {long}.", f"b和a是同一个列表，所以a变成{long}。"
        )
    wrong = long if copied else short
    mistake = _say(language, f"After the append, a is {wrong}.", f"append之后，a是{wrong}。")
    return Program(code, wrong, working, mistake, flaw="method")


def _comprehension(draw: Draw, language: Language) -> Program:
    numbers = draw.sample(range(1, 9), 4)
    factor, limit = draw.integer(2, 3), sorted(numbers)[draw.choice((0, 1))]
    code = f"nums = {numbers}\nprint([n * {factor} for n in nums if n > {limit}])"
    kept = [n for n in numbers if n > limit]
    made = [n * factor for n in kept]
    wrong = draw.choice((kept, [n * factor for n in numbers if n >= limit], [n + factor for n in kept]))
    return Program(
        code,
        str(wrong),
        _say(
            language,
            f"Above {limit} are {_listed(kept)}. Times {factor}: {made}.",
            f"大于{limit}的是{_listed(kept)}，乘以{factor}得{made}。",
        ),
        _say(language, f"The new list is {wrong}.", f"新列表是{wrong}。"),
    )


KINDS: tuple[Callable[[Draw, Language], Program], ...] = (
    _range_sum, _slice, _division, _float, _count_if, _append, _replace, _index, _halve, _branches, _text_or_number,
    _alias, _comprehension,
)  # fmt: skip
