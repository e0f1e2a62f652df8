"""Short Python programs: what one prints, and which of two bodies of a function does what is asked."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._function_tasks_table import TASKS, Task
from rrm_ui.training.comparisons.families._program_kinds import KINDS, output_of
from rrm_ui.training.comparisons.families._short_answers import short_answers
from rrm_ui.training.comparisons.styles import TO_THE_JUDGE_CHANCE, to_the_judge

_PRINTS: dict[Language, tuple[str, ...]] = {
    "en": (
        "What does this print?\n\n{}",
        "What is the output of this Python program?\n\n{}",
        "{}\n\nWhat will be printed when I run this?",
        "I have this Python code:\n\n{}\n\nWhat does it print?",
        "Predict the output:\n\n{}",
    ),
    "zh": (
        "这段代码会输出什么？\n\n{}",
        "下面的Python程序运行后打印什么？\n\n{}",
        "{}\n\n运行这段代码，输出是什么？",
        "我有一段Python代码：\n\n{}\n\n它会打印出什么？",
    ),
}
_WRITE: dict[Language, tuple[str, ...]] = {
    "en": (
        "Write a Python function `{}` that {}.",
        "I need a Python function called `{}` that {}.",
        "Please write `{}` in Python, a function that {}.",
        "Implement the function `{}` in Python. It {}.",
    ),
    "zh": (
        "写一个Python函数`{}`，{}。",
        "请用Python实现函数`{}`，{}。",
        "我需要一个名为`{}`的Python函数，{}。",
        "用Python编写`{}`这个函数，{}。",
    ),
}
_BEFORE: dict[Language, tuple[str, ...]] = {
    "en": ("", "", "Here is the function:", "Sure! This does it:", "You can write it like this:"),
    "zh": ("", "", "函数如下：", "好的！这样写就可以：", "可以这样实现："),
}
_AFTER: dict[Language, tuple[str, ...]] = {
    "en": ("", "", "I have checked it with a few inputs.", "It is short and easy to read.", "Let me know if it helps!"),
    "zh": ("", "", "我用几个输入检查过。", "代码简短，易读。", "希望对你有帮助！"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a program whose output is asked for, or a function that is to be written."""
    return _function(draw, language) if draw.chance(0.35) else _output(draw, language)


def _output(draw: Draw, language: Language) -> Draft:
    while True:
        program = draw.choice(KINDS)(draw, language)
        right = output_of(program.code)
        if program.wrong != right:
            break
    # Half of the right ones give their reasons in the very words of a wrong one.
    reasons = right.join(program.mistake.rsplit(program.wrong, 1)) if draw.chance(0.5) else program.working
    return short_answers(
        draw, language, query=draw.choice(_PRINTS[language]).format(_block(program.code)), right=right,
        wrong=program.wrong, working=program.working, reasons=reasons, wrong_reasons=program.mistake,
        flaw=program.flaw, steps=program.steps,
    )  # fmt: skip


def _function(draw: Draw, language: Language) -> Draft:
    task = draw.row(TASKS)
    asked = task.english if language == "en" else task.chinese
    right, wrong = (called(task, body) for body in (task.right, task.wrong))
    if language == "en":
        working = f"The function {asked}. So {task.call} must return {right}."
        found, missed = "returns {0} for {1}: right", "returns {0} for {1}, not {2}: wrong"
    else:
        working = f"函数要{asked}，所以{task.call}必须返回{right}。"
        found, missed = "对{1}返回{0}，对", "对{1}返回{0}，不是{2}，错"
    return Draft(
        query=draw.choice(_WRITE[language]).format(task.name, asked),
        better=DraftResponse(_say(draw, language, task, task.right), found.format(right, task.call)),
        worse=DraftResponse(_say(draw, language, task, task.wrong), missed.format(wrong, task.call, right)),
        flaw="slip",
        working=working,
        steps=2,
    )


def called(task: Task, body: str) -> str:
    """Return the ``repr`` of what the task's example call returns with ``body``."""
    return output_of(f"{defined(task, body)}\nprint(repr({task.call}))")


def defined(task: Task, body: str) -> str:
    """Return the whole function with ``body``, whose lines ``table`` rows write without their indentation."""
    return "\n".join((f"def {task.name}({task.parameters}):", *(f"    {line}" for line in body.split("\n"))))


def _say(draw: Draw, language: Language, task: Task, body: str) -> str:
    code = defined(task, body)
    parts = (draw.choice(_BEFORE[language]), _block(code) if draw.chance(0.8) else code, draw.choice(_AFTER[language]))
    text = "\n\n".join(part for part in parts if part)
    return f"{text}\n{to_the_judge(draw, language)}" if draw.chance(TO_THE_JUDGE_CHANCE) else text


def _block(code: str) -> str:
    return f"```python\n{code}\n```"


FAMILY = Family("programs", make)
