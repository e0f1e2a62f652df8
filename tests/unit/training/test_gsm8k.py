from __future__ import annotations

import json
from pathlib import Path

import pytest

from rrm_ui.errors import BadInput
from rrm_ui.training.gsm8k import Problem, compare_problems, read_problems, result_of

ROW = {
    "question": "Mia has 3 bags of 4 apples and eats 2. How many are left?",
    "answer": "She has 3*4=<<3*4=12>>12 apples.\nThen 12-2=<<12-2=10>>10 are left.\n#### 10",
}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_marks_go_and_the_result_stands_apart(tmp_path: Path) -> None:
    (problem,) = read_problems(write(tmp_path / "gsm.jsonl", ROW))
    assert problem.solution == "She has 3*4=12 apples.\nThen 12-2=10 are left."
    assert problem.result == "10"


@pytest.mark.parametrize("row", [{"question": "?"}, {"question": "?", "answer": "no result"}, ["a"]])
def test_another_file_is_bad_input(tmp_path: Path, row: object) -> None:
    with pytest.raises(BadInput, match="GSM8K"):
        read_problems(write(tmp_path / "gsm.jsonl", row))


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file"):
        read_problems(tmp_path / "none.jsonl")


def test_a_file_of_long_problems_alone_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="short enough"):
        read_problems(write(tmp_path / "gsm.jsonl", {**ROW, "question": "long " * 100}))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("The answer is 10.", "10"),
        ("so the answer is:\n$1,250", "1250"),
        (r"Therefore, the answer is \(\boxed{5}\).", "5"),
        (r"The dog is \(\boxed{12}\) years old.", "12"),
        ("The answer is 3. No, the answer is 4.5.", "4.5"),
        ("There are 10 left.", None),
        ("The answer is 5 * 3 = 15.", "15"),
        ("The answer is 3 x 4 = 12.", "12"),
        ("The answer is 20 dollars * 5 = 100 dollars.", "100"),
        (r"\(\boxed{3 \times 4 = 12}\)", "12"),
        ("The answer is x = 1,200.", "1200"),
        ("The answer is 12 = 3 x 4.", None),
        ("The answer is 2 hours = 120 minutes.", None),
        ("The answer is 12.\n3 x 4 = 12", "12"),
        ("The answer is \u22125.", "-5"),
        ("The answer is .5.", ".5"),
        ("The answer is 1 1/2.", None),
        ("The answer is 12:30.", None),
        ("The answer is 3,5.", None),
        ("The answer is about 7.", None),
        (r"The answer is \(\boxed{\frac{1}{2}}\).", None),
        ("The answer is 3/4.", None),
        (r"The answer is $5 \times 3$.", None),
        ("The answer is -5.", "-5"),
        ("**The answer is 7**", "7"),
        ("The answer is 25% of them.", "25"),
    ],
)
def test_the_result_of_a_solution_is_read_as_it_is_said(text: str, result: str | None) -> None:
    assert result_of(text) == result


def test_a_wrong_sample_is_rejected_and_a_right_one_is_no_comparison() -> None:
    problem = Problem("Q?", "12-2=10.", "10")
    right, unread = "So the answer is 10.00.", "I do not know."
    assert not list(compare_problems([(problem, [right, unread])], "train", 0))
    (one,) = compare_problems([(problem, [right, "2+3 = 5. The answer is 5."])], "train", 0)
    better, worse = (one.response_a, one.response_b) if one.label == "A" else (one.response_b, one.response_a)
    assert "10" in better
    assert "5" in worse
    assert "10" not in worse
    assert "So the answer is 10." in one.thought("AB")
