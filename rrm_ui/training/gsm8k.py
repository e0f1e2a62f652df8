"""Grade-school mathematics as comparisons: the given solution against a wrong sample of the small model itself.

The data are GSM8K's training split (Cobbe et al., 2021; ``openai/gsm8k`` on the Hub): rows with ``question`` and
``answer``, whose last line is ``#### `` and the result, as JSON lines or as the Hub's Parquet file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import BrokenRow
from rrm_ui.evaluation.reading import read_rows
from rrm_ui.evaluation.rows import Record
from rrm_ui.training.comparisons.draw import Draw, Split
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.comparisons.styles import dress

FAMILY = "gsm8k"
SYSTEM = (
    "Solve the problem in a few short steps, one calculation in each. End with one line of the form: The answer is N."
)
LONGEST_QUESTION = 300
"""Characters; longer stories cost more to read than they teach."""
LONGEST_SOLUTION = 260

_MARKS = re.compile(r"<<[^>]*>>")
_SAYS = re.compile(r"answer is|\\boxed\{", re.IGNORECASE)
"""What a result stands behind."""
_SIGNS = re.compile(r"(?:[^\w.−–-]|\.(?!\d))*")
"""What may stand between: quotation marks, currencies, line ends, and no word."""
_END = re.compile(r"[\n!?;。]|\.(?!\d)")
_NUMBER = re.compile(r"[-−–]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+|(?=\.))(?:\.\d+)?")
_NUMBERS = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SUM = re.compile(r"[\s$]*(?:[-+/×÷^]|\*(?!\*)|\\(?:times|cdot|div))")
"""What follows the first number of a sum."""


@dataclass(frozen=True)
class Problem:
    """A story, its worked solution without the result's line, and its result."""

    question: str
    solution: str
    result: str


def read_problems(path: Path) -> list[Problem]:
    """Return the short problems of a GSM8K file, in an order that does not depend on the file's.

    Raises:
        BadInput: the file cannot be read, a line is no such row, or no problem is short enough.
    """
    try:
        problems = [_problem(row) for _, row in read_rows(path)]
    except (ValueError, KeyError) as error:
        raise BadInput(f"{path} is not GSM8K's rows with question and answer ({error}).") from error
    short = [one for one in problems if len(one.question) <= LONGEST_QUESTION and len(one.solution) <= LONGEST_SOLUTION]
    if not short:
        raise BadInput(f"No problem of {path} is short enough: they may have {LONGEST_QUESTION} characters.")
    return sorted(short, key=lambda one: hashlib.sha256(one.question.encode()).digest())


def _problem(row: Record | BrokenRow) -> Problem:
    if isinstance(row, BrokenRow):
        raise ValueError(row.reason)
    question, answer = str(row["question"]), str(row["answer"])
    solution, found, result = answer.rpartition("####")
    if not found:
        raise ValueError("an answer without ####")
    return Problem(question.strip(), _MARKS.sub("", solution).strip(), result.strip().replace(",", ""))


def result_of(text: str) -> str | None:
    """Return the number that a solution ends with, as ``The answer is N`` says it; None if it does not.

    Of a calculation it is what stands after the last ``=``. Where the sentence goes on with more numbers there is none:
    of ``3/4``, ``1 1/2`` or ``12:30`` the first one is not what the solution came to.
    """
    said = list(_SAYS.finditer(text))
    if not said:
        return None
    behind = text[said[-1].end() :]
    behind = behind[len(_matched(_SIGNS, behind)) :]  # the line may end before its number
    sentence = _END.split(behind, maxsplit=1)[0]
    left, equals, right = sentence.rpartition("=")
    value = right[len(_matched(_SIGNS, right)) :]
    number = _matched(_NUMBER, value)
    rest = value[len(number) :]
    if not number or _SUM.match(rest) or re.search(r"\d", rest):
        return None
    result = _plain(number)
    before = _NUMBERS.findall(left)
    if equals and len(before) == 1 and _plain(before[0]) != result:
        return None  # the same in another unit: 2 hours = 120 minutes
    return result


def _matched(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.match(text)
    return found[0] if found else ""


def _plain(number: str) -> str:
    return number.replace(",", "").replace("−", "-").replace("–", "-")


def same_number(left: str, right: str) -> bool:
    """Return whether two results are the same number, however written."""
    return abs(float(left) - float(right)) < 1e-6


Outcome = Literal["wrong", "right", "unread"]
"""What the samples of a problem came to: one of them to another result, all that can be read to its own, or none."""


def outcome_of(problem: Problem, samples: Sequence[str]) -> Outcome:
    """Return what the texts ``samples``, that a model wrote for ``problem``, came to."""
    if _wrong(problem, samples):
        return "wrong"
    return "right" if any(result_of(text) for text in samples) else "unread"


def compare_problems(
    solved: Iterable[tuple[Problem, Sequence[str]]], split: Split, seed: int
) -> Iterator[LabelledComparison]:
    """Yield a comparison for each problem of which a sample is wrong: the solution against the first wrong one.

    ``solved`` pairs a problem with the texts that the model wrote for it.
    """
    for problem, samples in solved:
        wrong = _wrong(problem, samples)
        if not wrong:
            continue
        sample, result = wrong[0]
        draw = Draw(split, seed, FAMILY, int(hashlib.sha256(problem.question.encode()).hexdigest()[:8], 16))
        short = draw.chance(0.3)  # both bare: the judge has to solve the story itself
        right_text = (
            dress(draw, "en", problem.result) if short else f"{problem.solution}\nThe answer is {problem.result}."
        )
        wrong_text = dress(draw, "en", result) if short else sample.strip()
        better_first = draw.chance(0.5)
        right = f"ends with {problem.result}: right"
        mistaken = f"ends with {result}, not {problem.result}: wrong"
        yield LabelledComparison(
            id=f"{split}-{FAMILY}-{hashlib.sha256(problem.question.encode()).hexdigest()[:8]}",
            family=FAMILY,
            language="en",
            query=problem.question,
            response_a=right_text if better_first else wrong_text,
            response_b=wrong_text if better_first else right_text,
            label="A" if better_first else "B",
            flaw="slip",
            steps=max(2, problem.solution.count("\n") + 1),
            working=f"{_one_line(problem.solution)} So the answer is {problem.result}.",
            finding_a=right if better_first else mistaken,
            finding_b=mistaken if better_first else right,
        )


def _wrong(problem: Problem, samples: Sequence[str]) -> list[tuple[str, str]]:
    """Return the wrong ones of ``samples``, each with its result."""
    return [(text, result) for text in samples if (result := result_of(text)) and _is_wrong(result, problem)]


def _is_wrong(result: str, problem: Problem) -> bool:
    try:
        return not same_number(result, problem.result)
    except ValueError:
        return False


def _one_line(solution: str) -> str:
    lines = (line.strip() for line in solution.splitlines() if line.strip())
    return " ".join(line if line.endswith((".", "!", "?")) else f"{line}." for line in lines)
