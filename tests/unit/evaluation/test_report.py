from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings

from rrm_ui.errors import Failure
from rrm_ui.evaluation.analysis import compare_runs, find
from rrm_ui.evaluation.findings import SCORINGS, Scoring
from rrm_ui.evaluation.items import BrokenRow, Item
from rrm_ui.evaluation.problems import problem
from rrm_ui.evaluation.record import JudgedItem, Run
from rrm_ui.evaluation.report import comparison_html, report_html, report_tree
from rrm_ui.evaluation.report.document import report_styles
from rrm_ui.evaluation.report.items import ItemLimits
from rrm_ui.evaluation.report.markup import Element, h, text_of, to_data, to_html
from rrm_ui.evaluation.report.words import Words, load_words
from rrm_ui.languages import LANGUAGES
from rrm_ui.ui.theme import DARK, LIGHT
from rrm_ui.values import Vote
from tests.hostile import HOSTILE, hostile_text
from tests.unit.evaluation.made_runs import RunShape, made_run, made_vote, run_of

MARKUP = [
    "<img src=x onerror=alert(1)>",
    "</style><script>alert(1)</script>",
    "\"><svg onload='alert(1)'>",
    "<!-- ]]> &amp; &lt;b&gt;",
    "${alert(1)} {{value}}",
]
VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Reads a document and complains where its elements do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def report(run: Run, language: str = "en") -> Reader:
    return Reader(report_html(run, find(run), language=language))


def hostile_run(texts: list[str]) -> Run:
    run = made_run(1, RunShape(items=12, subsets=()))
    judged = []
    for index, one in enumerate(run.judged):
        text = texts[index % len(texts)]
        item = Item(f"{index} {text}", text or "?", text + "a", text + "b", one.item.label, subset=text)
        votes = tuple(replace(vote, thinking=text, answer=text) for vote in one.votes)
        judged.append(JudgedItem(item, votes))
    nasty = "".join(texts)
    model = replace(run.spec.model, name=nasty, revision=nasty, prompt_hash=nasty)
    spec = replace(
        run.spec,
        name=nasty,
        source=nasty,
        machine=nasty,
        versions={nasty: nasty},
        columns={nasty: nasty},
        model=model,
        broken=(BrokenRow(3, Failure(nasty)),),
    )
    return replace(run, spec=spec, judged=tuple(judged))


def test_a_verdict_is_listed_as_its_rule_sees_it() -> None:
    votes = tuple(made_vote(n, "AB" if n % 2 else "BA", "A" if n < 3 else "B", 0.4) for n in range(4))
    run = run_of([JudgedItem(Item("leaning", "q", "one", "two", "B"), votes)])
    expected: dict[Scoring, str] = {"strict": "wrong · verdict A", "probability": "right · verdict B"}
    for rule, group in expected.items():
        findings = find(run, rule)
        tree = report_html(run, findings)
        row = re.search(r'class="group (\w+)".*?class="item-verdict">(.*?)<', tree, re.DOTALL)
        assert row is not None
        assert f"{row[1]} · {row[2]}" == group


def test_why_a_row_was_left_out_is_told_in_the_reports_language() -> None:
    run = made_run(1, RunShape(items=4))
    old = BrokenRow.from_dict({"line": 9, "reason": "of an older record"})
    other = BrokenRow.from_dict({"line": 8, "reason": "of another version", "code": "row_cells", "values": {"n": 2}})
    rows = (BrokenRow(2, problem("row_cells", cells=1234, header=5)), old, other)
    run = replace(run, spec=replace(run.spec, broken=tuple(BrokenRow.from_dict(row.to_dict()) for row in rows)))
    assert "1,234 cells, but the header has 5" in report(run).text
    chinese = report(run, "zh-CN").text
    assert "有 1,234 个单元格，而表头有 5 个" in chinese
    assert "of an older record" in chinese
    assert "of another version" in chinese


def test_comparisons_that_were_not_judged_as_asked_are_told_first() -> None:
    run = made_run(1, RunShape(items=6, errors=2))
    cut = [replace(one, cut_to=40 + place) for place, one in enumerate(run.judged[2:])]
    run = replace(run, judged=(*run.judged[:2], *cut))
    english, chinese = report(run).text, report(run, "zh-CN").text
    assert "2 comparisons cannot be judged by this model" in english
    assert (
        "In 4 comparisons the context leaves room for less thinking than was asked for, at least 40 tokens" in english
    )
    assert chinese.count("请缩短 16 词元") == 3  # once on top, and in each row
    assert "The texts" not in chinese


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "shape",
    [
        RunShape(),
        RunShape(votes=1, both_orders=False),
        RunShape(budget=0),
        RunShape(tie_share=0.3, unlabelled_share=0.2, unreadable_share=0.3, errors=2, failed=2, unfinished=3),
        RunShape(unlabelled_share=1.0),
        RunShape(items=1),
        RunShape(subsets=("alpacaeval-easy", "mt-bench-hard"), benchmark="reward-bench"),
        RunShape(tie_share=0.2, subsets=(), benchmark="pandalm"),
    ],
    ids=["plain", "one vote", "direct", "everything odd", "no labels", "one item", "sections", "ties"],
)
def test_every_run_gives_a_well_formed_report(shape: RunShape, language: str) -> None:
    read = report(made_run(5, shape), language)
    assert read.tags["html"] == read.tags["body"] == read.tags["article"] == read.tags["h1"] == 1
    assert read.tags["details"] >= 1
    assert "{" not in read.text


def test_the_report_holds_the_figures() -> None:
    run = made_run(7, RunShape(items=60, votes=8, unreadable_share=0.1))
    findings = find(run)
    text = report(run).text
    for scoring in SCORINGS:
        estimate = findings.scores.by(scoring)
        assert f"{100 * estimate.value:.1f}%" in text
        assert f"{100 * estimate.low:.1f}–{100 * estimate.high:.1f}" in text
    assert f"{100 * findings.scores.undecided:.1f}%" in text
    assert f"{100 * findings.scores.no_verdict:.1f}%" in text
    for subset in findings.subsets:
        assert subset.name in text
    for name in (run.spec.data_digest, run.spec.machine, run.spec.model.prompt_hash, "seed 0"):
        assert name in text


def test_a_run_that_was_stopped_says_so_first() -> None:
    stopped = made_run(1, RunShape(items=30, unfinished=4, state="stopped"))
    assert "This run was stopped: 26 of 30 comparisons are judged" in report(stopped).text
    assert "was stopped" not in report(made_run(1)).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_over_pairs_of_one_prompt_says_what_its_intervals_take_for_granted(language: str) -> None:
    run = made_run(1)
    said = Words(language)("grouped")

    def in_groups(size: int) -> Run:
        judged = [replace(one, item=replace(one.item, group=f"g{i // size}")) for i, one in enumerate(run.judged)]
        return replace(run, judged=tuple(judged))

    assert said in report(in_groups(2), language).text
    assert said not in report(in_groups(1), language).text
    assert said not in report(run, language).text


def test_the_form_of_the_weights_is_told_in_the_readers_language() -> None:
    run = made_run(1)
    for quantization, said in (
        ("nf4, head int8", "NF4 · 输出层 int8"),
        ("none", "未量化"),
        ("none, head int8", "输出层 int8"),
    ):
        spec = replace(run.spec, model=replace(run.spec.model, quantization=quantization))
        text = report(replace(run, spec=spec), "zh-CN").text
        assert f"made-up-judge · 1 · {said} · cpu" in text
        assert "NONE" not in text


def test_published_rows_stand_beside_the_run_and_say_what_differs() -> None:
    run = made_run(1, RunShape(items=60, subsets=("alpacaeval-easy", "mt-bench-hard"), benchmark="reward-bench"))
    spec = replace(run.spec, rows=2985, model=replace(run.spec.model, quantization="nf4, head int8"))
    text = report(replace(run, spec=spec)).text
    for said in (
        "RRM-32B",
        "91.9%",
        "quantized to NF4, head int8",
        "a sample of 60 of 2,985",
        "its wording here is this project's",
    ):
        assert said in text
    assert "Chat has no score here: this run lacks alpacaeval-hard" in re.sub(r"alpacaeval-length, ", "", text)


def test_what_differs_in_the_scoring_is_told_of_the_rule_that_was_chosen() -> None:
    run = made_run(1, RunShape(items=60, subsets=("alpacaeval-easy",), benchmark="reward-bench"))
    told = {rule: Reader(report_html(run, find(run, rule))).text for rule in SCORINGS}
    assert [rule for rule in SCORINGS if "wrong here by the strict rule" in told[rule]] == ["strict"]
    assert [rule for rule in SCORINGS if "settled by its mean probability, and" in told[rule]] == ["probability"]


@pytest.mark.parametrize(("model", "differs"), [("Reward-Reasoning/RRM-7B", False), ("RRM-7B", False), ("other", True)])
def test_a_model_is_known_by_its_hub_id(model: str, differs: bool) -> None:
    run = made_run(1, RunShape(items=60, subsets=("alpacaeval-easy",), benchmark="reward-bench"))
    named = replace(run, spec=replace(run.spec, model=replace(run.spec.model, name=model)))
    assert ("is none of those in the table" in report(named).text) is differs


@pytest.mark.parametrize(
    ("part", "shape"),
    [
        (
            "published-part",
            RunShape(items=60, unreadable_share=0.9, subsets=("alpacaeval-easy",), benchmark="reward-bench"),
        ),
        ("classes-part", RunShape(items=60, unreadable_share=0.9, tie_share=0.2, subsets=(), benchmark="pandalm")),
    ],
)
def test_what_had_no_verdict_stands_beside_every_table_of_figures(part: str, shape: RunShape) -> None:
    run = made_run(1, shape)
    found = find(run)
    shares = [scores.no_verdict for scores in found.classes] or [found.scores.no_verdict]
    assert min(shares) > 0
    tree = report_tree(run, found, Words(), ItemLimits())
    table = next(element for element in walk(tree) if part in element.attributes.get("class", "").split())
    rows = [element for element in walk(table) if element.tag == "tr"]
    assert text_of(rows[0].children[-1]) == "No verdict"
    assert [text_of(row.children[-1]) for row in rows[1 : 1 + len(shares)]] == [f"{100 * one:.1f}%" for one in shares]


def test_wrong_items_come_first_and_what_is_not_listed_is_counted() -> None:
    run = made_run(1, RunShape(items=50, skill=0.2))
    tree = report_tree(run, find(run), Words(), ItemLimits(rows=5, with_texts=2))
    groups = [element for element in walk(tree) if "group" in element.attributes.get("class", "").split()]
    assert groups[0].attributes["class"] == "group wrong"
    assert "open" in groups[0].attributes
    items = [element for element in walk(tree) if element.attributes.get("class") == "item"]
    assert len(items) == 5
    assert sum("Question" in text_of(item) for item in items) == 2
    notes = [text_of(element) for element in walk(tree) if element.attributes.get("class") == "note"]
    assert sum(int(note.split()[0]) for note in notes if "more are not listed" in note) == 45


def test_a_record_without_texts_says_so() -> None:
    run = made_run(1)
    bare = [replace(one, item=replace(one.item, query="", response_a="", response_b="")) for one in run.judged]
    text = report(replace(run, judged=tuple(bare))).text
    assert "This record holds no texts." in text
    assert "Question" not in text


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    run = made_run(1, RunShape(items=3))
    long = [replace(one, item=Item(one.item.id, "q" * 5000, "a", "b", "A")) for one in run.judged]
    text = report(replace(run, judged=tuple(long))).text
    assert "1,000 characters more" in text
    assert "q" * 4001 not in text


@pytest.mark.parametrize("texts", [MARKUP, HOSTILE], ids=["markup", "hostile"])
def test_hostile_texts_stay_texts(texts: list[str]) -> None:
    run = hostile_run(texts)
    html = report_html(run, find(run))
    read = Reader(html)
    assert read.tags["script"] == read.tags["img"] == 0
    assert read.tags["style"] == 1
    assert not [name for name in read.attributes if name.startswith("on") or name in ("src", "href", "style")]
    html.encode("utf-8")
    assert MARKUP[0] in read.text or texts is HOSTILE


@given(hostile_text)
@settings(max_examples=40, deadline=None)
def test_any_text_can_be_shown(text: str) -> None:
    node = h("p", text, title=text)
    read = Reader(to_html(node))
    assert read.tags == {"p": 1}
    assert set(read.attributes) == {"title"}
    json.dumps(to_data(node)).encode("utf-8")


def test_the_file_asks_nobody_and_runs_nothing() -> None:
    html = unescape(report_html(made_run(1), find(made_run(1))))
    assert "default-src 'none'" in html
    assert not re.search(r"<script|<link|<iframe|@import|url\(|https?://", html)


def test_two_runs_are_compared_item_by_item() -> None:
    first, second = made_run(1, name="first"), made_run(2, name="second")
    comparison = compare_runs(first, second)
    text = Reader(comparison_html(first, second, comparison)).text
    assert "Right by the strict rule." in text
    assert f"Where the runs differ: {len(comparison.flips)}" in text
    assert f"p = {comparison.p_value:.3f}" in text
    for flip in comparison.flips:
        assert flip.item in text
    inside = Reader(report_html(first, find(first), comparison=(second, comparison))).text
    assert "Two runs, comparison by comparison" in inside
    assert "McNemar's exact test over" in inside
    of_one = tuple(replace(one, item=replace(one.item, group="one prompt")) for one in first.judged)
    of_one_prompt = replace(first, judged=of_one)
    shared = Reader(comparison_html(of_one_prompt, second, compare_runs(of_one_prompt, second))).text
    assert "Exact test over 1 prompt," in shared


def test_equal_runs_have_no_flips() -> None:
    run = made_run(1)
    text = Reader(comparison_html(run, run, compare_runs(run, run))).text
    assert "The runs differ on no comparison." in text


def test_reports_are_the_same_again() -> None:
    run = made_run(4)
    assert report_html(run, find(run)) == report_html(made_run(4), find(made_run(4)))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_languages_have_the_same_keys_and_places(language: str) -> None:
    english, other = load_words()["en"], load_words()[language]
    assert list(other) == list(english)
    for key, text in english.items():
        assert Counter(re.findall(r"\{\w+\}", other[key])) == Counter(re.findall(r"\{\w+\}", text)), key
        assert other[key].strip()


def test_chinese_reports_are_in_chinese_and_in_their_own_script() -> None:
    run = made_run(5, RunShape(tie_share=0.2, unreadable_share=0.2))
    simplified, traditional = report(run, "zh-CN").text, report(run, "zh-TW").text
    assert not set("準確條標註圓數據") & set(simplified) - set("数据")
    assert not set("准确率标注圆数") & set(traditional) - set("率")
    assert not re.findall(r"[\u4e00-\u9fff][,:;] .*", f"{simplified}\n{traditional}")
    english = {text for key, text in load_words()["en"].items() if re.fullmatch(r"[\w ,]{6,}", text)}
    assert not [text for text in english if text in simplified or text in traditional]


def test_every_word_that_is_asked_for_exists_and_none_is_left_over() -> None:
    folder = Path(__file__).parents[3] / "rrm_ui" / "evaluation" / "report"
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    asked = set(re.findall(r"""\bwords(?:\.known)?\(\s*"(\w+)\"""", source)) | set(
        re.findall(r"""self\("(\w+)\"""", source)
    )
    known = set(load_words()["en"])
    assert asked <= known
    built = (
        "rule_",
        "state_",
        "calibration_",
        "pattern_",
        "outcome_",
        "group_",
        "order_",
        "section_",
        "kind_",
        "note_",
    )
    unused = {key for key in known - asked if f'"{key}"' not in source and not key.startswith(built)}
    assert unused == set()


def test_a_file_of_its_own_has_the_colours_of_the_page() -> None:
    light, dark = report_styles(standalone=True).split("prefers-color-scheme: dark", 1)
    tokens = set(re.findall(r"var\(--rrm-([\w-]+)\)", report_styles(standalone=False)))
    for name in tokens & set(LIGHT):
        assert f"--rrm-{name}: {LIGHT[name]};" in light
        assert f"--rrm-{name}: {DARK[name]};" in dark
    assert tokens <= set(re.findall(r"--rrm-([\w-]+):", light))


def test_a_vote_that_failed_is_shown_without_a_letter() -> None:
    run = made_run(1, RunShape(items=2))
    broken = tuple(Vote(vote.index, vote.order, vote.seed, status="finished") for vote in run.judged[0].votes)
    run = replace(run, judged=(replace(run.judged[0], votes=broken), run.judged[1]))
    assert "No verdict" in report(run).text
    assert "×" in report(run).text


def walk(tree: Element) -> list[Element]:
    inside = [child for child in tree.children if isinstance(child, Element)]
    return [tree, *(element for child in inside for element in walk(child))]
