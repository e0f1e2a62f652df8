from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

import rrm_ui
from rrm_ui.engines.models.resources import require_memory
from rrm_ui.errors import (
    BudgetLimit,
    EngineFailure,
    ModelUnavailable,
    NoRoom,
    PlatformBrokeOff,
    QueueFull,
    ShuttingDown,
    TextLimit,
    TokensUsedUp,
    TooLong,
    TooManyAtOnce,
    VotesLimit,
)
from rrm_ui.evaluation.problems import PARSERS_WORDS, load_problems
from rrm_ui.evaluation.report.words import load_words
from rrm_ui.languages import LANGUAGES
from rrm_ui.progress import Stage
from rrm_ui.ui.launch_options import SCRIPTS
from rrm_ui.ui.static_files import read_static
from rrm_ui.ui.texts import load_texts, translations
from rrm_ui.values import ClosedBy, NoticeCode, Order, ReadFrom, VoteStatus
from rrm_ui.wording import fill

SOURCES = "\n".join(read_static(f"js/{name}.js") for name in SCRIPTS)


def places(text: str) -> Counter[str]:
    return Counter(re.findall(r"\{\w+\}", text))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_languages_have_the_same_keys_and_places(language: str) -> None:
    english, other = load_texts()["en"], load_texts()[language]
    assert list(other) == list(english)
    for key, text in english.items():
        assert places(other[key]) == places(text), key


def test_a_number_chooses_its_words() -> None:
    text = load_texts()["en"]["notice_votes_failed"]
    assert fill(text, {"votes": 1}) == "1 vote failed, and says why. Those that had finished count."
    assert fill(text, {"votes": 12}) == "12 votes failed, and each says why. Those that had finished count."
    work = fill(load_texts()["en"]["work"], {"comparisons": 1, "votes": 1, "read": 9, "think": 0, "time": "1 s"})
    assert work.startswith("1 comparison, 1 vote; 9 tokens to read")


def test_no_text_is_empty_or_left_in_english() -> None:
    texts = load_texts()
    for key, text in texts["en"].items():
        assert text.strip()
        for language in LANGUAGES[1:]:
            assert texts[language][key].strip()
    same = {key for key, text in texts["en"].items() if text == texts["zh-CN"][key]}
    assert same <= {"top_p", "p_a", "training_direct"}


def test_simplified_and_traditional_differ() -> None:
    texts = load_texts()
    assert not set("评获响应时间词论") & set("".join(texts["zh-TW"].values()))
    assert not set("評獲響應時間詞論") & set("".join(texts["zh-CN"].values()))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_thing_has_one_name_in_chinese(language: str) -> None:
    texts = " ".join((*load_texts()[language].values(), *load_words()[language].values()))
    assert not re.findall("比赛|比賽|加投|票的置信度|票的信心|参与抽样|參與抽樣|提示(?!词|詞)|组比较|組比較", texts)
    if language == "zh-TW":
        assert not re.findall("平局|記錄|佔", texts)


def test_every_text_that_a_script_asks_for_exists() -> None:
    asked = set(re.findall(r"""\bt\(["'](\w+)["']""", SOURCES))
    assert asked
    assert asked <= set(load_texts()["en"])


def test_every_code_has_words() -> None:
    texts = load_texts()["en"]
    engine_failures: list[type[EngineFailure]] = [EngineFailure, *EngineFailure.__subclasses__()]
    wanted = {
        *(f"notice_{code}" for code in get_args(NoticeCode)),
        *(f"stage_{stage}" for stage in get_args(Stage)),
        *(f"{kind}_{order}" for order in get_args(Order) for kind in ("order", "names")),
        *(f"closed_{by}" for by in get_args(ClosedBy)),
        *(f"read_{source}" for source in get_args(ReadFrom)),
        *(f"state_{status}" for status in get_args(VoteStatus)),
        *(
            f"error_{kind.code}"
            for kind in (
                TextLimit,
                VotesLimit,
                BudgetLimit,
                TooManyAtOnce,
                TokensUsedUp,
                QueueFull,
                NoRoom,
                ShuttingDown,
            )
        ),
        # What the platform said stands as it was said.
        *(f"error_{kind.code}" for kind in engine_failures if kind != PlatformBrokeOff),
    }
    assert wanted <= set(texts)


def test_every_code_that_an_error_is_given_has_words() -> None:
    package = Path(rrm_ui.__file__).parent
    given = {code for path in package.rglob("*.py") for code in re.findall(r'code="(\w+)"', path.read_text("utf-8"))}
    given |= {"setting_number"}  # given beside setting_whole, depending on the setting
    assert "responses_number" in given
    assert {f"error_{code}" for code in given} <= set(load_texts()["en"])


def test_every_reason_that_an_error_takes_in_has_words() -> None:
    package = Path(rrm_ui.__file__).parent
    given = {
        code for path in package.rglob("*.py") for code in re.findall(r'\breason\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert {"hub_off", "host_silent", "no_place"} <= given
    assert {f"reason_{code}" for code in given} == {key for key in load_texts()["en"] if key.startswith("reason_")}


def test_every_problem_with_a_file_has_words() -> None:
    folder = Path(rrm_ui.__file__).parent / "evaluation"
    sources = "\n".join(path.read_text("utf-8") for path in folder.rglob("*.py"))
    told = set(re.findall(r'(?:unusable|problem|RowError)\(\s*"(\w+)"', sources))
    assert {"row_empty", "file_lists", "columns_mixed"} <= told
    rest = {"file_nested", "file_digits", "file_no_good_row", "row_surrogate"}  # chosen where they are told
    rest.add(TooLong.code)  # which a report tells as well
    worded = {f"error_{code}" for code in told | rest} | {f"problem_{code}" for code in PARSERS_WORDS.values()}
    assert worded | {"problem_csv_quote"} == set(load_problems()["en"])


def test_gradio_gets_the_same_texts() -> None:
    assert translations().translations_dict == load_texts()


def test_why_a_model_by_its_name_cannot_be_had_has_words_with_every_value() -> None:
    with pytest.raises(ModelUnavailable) as large:
        require_memory("owner/model", 30 * 10**9, 10 * 10**9, "memory")
    with pytest.raises(ModelUnavailable) as fits:
        require_memory("owner/model", 30 * 10**9, 10 * 10**9, "memory", in_nf4=5 * 10**9)
    for code, values in ((one.value.code, one.value.values) for one in (large, fits)):
        for language in LANGUAGES:
            assert places(load_texts()[language][f"error_{code}"]).keys() == {f"{{{name}}}" for name in values}, code
