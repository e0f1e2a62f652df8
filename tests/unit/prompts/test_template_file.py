from __future__ import annotations

import re
from pathlib import Path

import pytest

from rrm_ui.errors import BadInput
from rrm_ui.prompts.families import RM_R1, RRM
from rrm_ui.prompts.template_file import read_template
from rrm_ui.scripted_model import scripted_prompts
from rrm_ui.values import Comparison

README = Path(__file__).parents[3] / "README.md"
PLACES = "{query} {response_1} {response_2}"


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "words.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_example_of_the_readme_works(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    template = read_template(write(tmp_path, example[1]))
    assert template.family is RM_R1
    prompts = scripted_prompts(template.apply(template.family))
    ids = list(prompts.build(Comparison("QUERY", "ONE", "TWO"), "AB").ids)
    text = prompts.tokenizer.decode(ids, skip_special_tokens=False)
    places = [text.index(part) for part in ("QUERY", "ONE", "TWO", "<answer>[[A]]</answer>")]
    assert places == sorted(places)
    assert "{" not in text.replace("{query}", "")


def test_words_are_replaced_and_their_hash_with_them(tmp_path: Path) -> None:
    user = "Frage: {query}\\n1) {response_1}\\n2) {response_2}\\nEnde"
    family = read_template(write(tmp_path, f'user = "{user}"\n')).apply(RRM)
    assert (family.before_query, family.before_first, family.before_second, family.after_responses) == (
        "Frage: ",
        "\n1) ",
        "\n2) ",
        "\nEnde",
    )
    assert (family.name, family.system, family.opening, family.verdict) == ("rrm", RRM.system, RRM.opening, RRM.verdict)
    assert family.wording_hash() != RRM.wording_hash()
    bare = read_template(write(tmp_path, f"system = ''\nopening = ''\nuser = '''\n{PLACES}\n'''\n")).apply(RRM)
    assert (bare.system, bare.opening, bare.before_query, bare.after_responses) == ("", "", "", "")


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain.toml", tmp_path / "marked.toml"
    for place, encoding in ((plain, "utf-8"), (marked, "utf-8-sig")):
        place.write_text(f"user = '{PLACES}'\n", encoding=encoding)
    assert read_template(marked) == read_template(plain)


def test_the_same_words_have_the_same_hash(tmp_path: Path) -> None:
    user = "".join((RRM.before_query, "{query}", RRM.before_first, "{response_1}", RRM.before_second, "{response_2}"))
    file = write(tmp_path, f"user = '''\n{user}{RRM.after_responses}'''\n")
    assert read_template(file).apply(RRM).wording_hash() == RRM.wording_hash()


def test_places_in_a_persons_text_are_text(tmp_path: Path) -> None:
    prompts = scripted_prompts(read_template(write(tmp_path, f"user = '{PLACES}'\n")).apply(RRM))
    ids = list(prompts.build(Comparison("{response_1}", "{query}", "b"), "AB").ids)
    assert "{response_1} {query} b" in prompts.tokenizer.decode(ids)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("user = ", "it is not TOML"),
        ("user = 3", "user is not text"),
        ("", "it lacks user, the user turn with {query}, {response_1}, {response_2} in it"),
        (f"user = '{PLACES}'\nvotes = 3", "it sets votes, and may set family, system, user, opening"),
        ("user = '{query} {response_1}'", "user holds {response_2} 0 times"),
        (f"user = '{PLACES} {{query}}'", "user holds {query} 2 times"),
        ("user = '{query} {response_2} {response_1}'", "must stand in the order {query}, {response_1}, {response_2}"),
        (f"user = '{PLACES}'\nfamily = 'rmr1'", "its family is 'rmr1', and must be one of rrm, embedded, rm-r1"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(content: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_template(write(tmp_path, content))
    assert problem in caught.value.message
    assert str(tmp_path / "words.toml") in caught.value.message


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot be read \(No such file or directory\)"):
        read_template(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="it is not TOML"):
        read_template(tmp_path / "binary.toml")
