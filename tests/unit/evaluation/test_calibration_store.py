from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.analysis import find
from rrm_ui.evaluation.analysis.calibration import calibrate_probability
from rrm_ui.evaluation.calibration_store import (
    apply_temperature,
    check_calibration,
    fit_calibration,
    judge_key,
    load_calibration,
    store_calibration,
)
from rrm_ui.evaluation.items import Item, Label
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.report import report_html
from rrm_ui.values import JudgeSettings, ModelDetails
from tests.unit.evaluation.made_runs import RunShape, made_run, made_vote, run_of
from tests.unit.evaluation.test_scores import judged

FITTED_ON = RunShape(items=60, tie_share=0.1, errors=2)
FOUR_VOTES = JudgeSettings(votes=4)


def with_model(run: Run, **changes: Any) -> Run:
    return replace(run, spec=replace(run.spec, model=replace(run.spec.model, **changes)))


def test_what_was_fitted_is_loaded_again(tmp_path: Path) -> None:
    run = made_run(1, FITTED_ON)
    stored = store_calibration(fit_calibration(run), tmp_path)
    assert load_calibration(tmp_path, run.spec.model, run.spec.settings) == stored
    assert load_calibration(tmp_path, run.spec.model, JudgeSettings(thinking_budget=4096)) == stored
    assert (2 * stored.n, stored.data, stored.data_digest) == (len(stored.items), "made up", run.spec.data_digest)
    assert 0 < stored.n < 60
    assert stored.mode == "reasoning"
    files = list((tmp_path / "calibrations").iterdir())
    assert [file.suffix for file in files] == [".json"]
    assert json.loads(files[0].read_text(encoding="utf-8"))["temperature"] == stored.temperature


def test_a_new_fit_takes_the_place_of_the_old(tmp_path: Path) -> None:
    store_calibration(fit_calibration(made_run(1, FITTED_ON)), tmp_path)
    newer = store_calibration(fit_calibration(made_run(2, FITTED_ON, items="newer")), tmp_path)
    assert load_calibration(tmp_path, made_run(1).spec.model, FOUR_VOTES) == newer
    assert len(list((tmp_path / "calibrations").iterdir())) == 1


@pytest.mark.parametrize("field", ["name", "revision", "quantization", "prompt_hash", "adapter_hash"])
def test_another_model_has_no_calibration(tmp_path: Path, field: str) -> None:
    run = made_run(1, FITTED_ON)
    stored = store_calibration(fit_calibration(run), tmp_path)
    other = with_model(run, **{field: "other"})
    assert load_calibration(tmp_path, other.spec.model, FOUR_VOTES) is None
    assert load_calibration(tmp_path, with_model(run, device="cuda").spec.model, FOUR_VOTES) == stored
    with pytest.raises(BadInput, match="fit one for the model and the votes"):
        check_calibration(with_model(made_run(1, FITTED_ON, items="fresh"), **{field: "other"}), stored)


def test_direct_and_reasoning_are_kept_apart(tmp_path: Path) -> None:
    direct = made_run(1, replace(FITTED_ON, budget=0))
    stored = store_calibration(fit_calibration(direct), tmp_path)
    assert stored.mode == "direct"
    assert load_calibration(tmp_path, direct.spec.model, JudgeSettings(thinking_budget=0)) == stored
    assert load_calibration(tmp_path, direct.spec.model, FOUR_VOTES) is None


@pytest.mark.parametrize("change", [{"votes": 1}, {"votes": 16}, {"both_orders": False}, {"temperature": 0.0}])
def test_other_votes_or_orders_have_no_calibration(tmp_path: Path, change: dict[str, Any]) -> None:
    run = made_run(1, FITTED_ON)
    stored = store_calibration(fit_calibration(run), tmp_path)
    other = replace(run.spec.settings, **change)
    assert load_calibration(tmp_path, run.spec.model, other) is None
    fresh = made_run(1, FITTED_ON, items="fresh")
    with pytest.raises(BadInput, match=r"votes: 4, both orders\); fit one for the model and the votes"):
        check_calibration(replace(fresh, spec=replace(fresh.spec, settings=other)), stored)


def test_votes_that_repeat_one_reading_count_once() -> None:
    def key(**settings: Any) -> str:
        return judge_key(ModelDetails("m"), JudgeSettings(**settings))

    assert key(thinking_budget=0, votes=2) == key(thinking_budget=0, votes=8) != key(thinking_budget=0, votes=1)
    assert key(votes=1) == key(votes=1, both_orders=False)  # one vote has one order


def test_it_is_never_scored_on_what_it_was_fitted_on(tmp_path: Path) -> None:
    run = made_run(1, FITTED_ON)
    stored = store_calibration(fit_calibration(run), tmp_path)
    labelled = sum(one.item.label in ("A", "B") and one.error is None for one in run.judged)
    with pytest.raises(BadInput, match=f"fitted on {labelled} of this run's 60 comparisons"):
        check_calibration(run, stored)
    fresh = made_run(9, FITTED_ON, items="fresh")
    assert check_calibration(fresh, stored)[1].n > 0
    mixed = replace(fresh, judged=(*fresh.judged, replace(run.judged[0], item=replace(run.judged[0].item, id="again"))))
    with pytest.raises(BadInput, match="fitted on 1 of this run's 61 comparisons"):
        check_calibration(mixed, stored)


def test_nor_on_the_same_comparisons_with_a_and_b_swapped(tmp_path: Path) -> None:
    run = made_run(1, FITTED_ON)
    stored = store_calibration(fit_calibration(run), tmp_path)

    def swapped(item: Item) -> Item:
        other = {"A": "B", "B": "A"}.get(item.label or "", item.label)
        return Item(item.id, item.query, item.response_b, item.response_a, cast("Label | None", other), item.subset)

    mirror = replace(run, judged=tuple(replace(one, item=swapped(one.item)) for one in run.judged))
    with pytest.raises(BadInput, match=r"fitted on \d+ of this run's 60 comparisons"):
        check_calibration(mirror, stored)
    in_one_placement = replace(stored, items=tuple({one.item.digest for one in run.judged}))
    with pytest.raises(BadInput, match=r"fitted on 60 of this run's 60 comparisons"):
        check_calibration(mirror, in_one_placement)


@pytest.mark.parametrize(("skill", "said"), [(40.0, "nearly all"), (0.0, "hardly more than half")])
def test_what_determines_no_temperature_is_not_kept(tmp_path: Path, skill: float, said: str) -> None:
    if skill:
        run = made_run(1, replace(FITTED_ON, skill=skill))
    else:  # half of the labels are on either side, whatever the judge says
        votes = [made_vote(0, "AB", "A", 0.9), made_vote(1, "BA", "A", 0.9)]
        run = run_of([judged(f"i{index}", "A" if index % 2 else "B", *votes) for index in range(40)])
    with pytest.raises(BadInput, match=f"determine no temperature: {said}"):
        store_calibration(fit_calibration(run), tmp_path)
    assert not list(tmp_path.rglob("*.json"))
    assert "determine no temperature for P(A)" in report_html(run, find(run, "strict"), language="en")


def test_fresh_items_are_scored_with_the_temperature(tmp_path: Path) -> None:
    stored = store_calibration(fit_calibration(made_run(1, replace(FITTED_ON, items=200, votes=2))), tmp_path)
    fresh = made_run(5, RunShape(items=50, votes=2), items="fresh")
    before, made = check_calibration(fresh, stored)
    assert before == find(fresh, "strict").calibration[0]
    p, is_a = [], []
    for one in fresh.judged:
        by_order = {vote.order: vote.p_a for vote in one.votes}
        p.append(apply_temperature(sum(map(float, filter(None, by_order.values()))) / 2, stored.temperature))
        is_a.append(one.item.label == "A")
    assert made.n == 50
    assert made.brier == pytest.approx(np.mean((np.array(p) - np.array(is_a)) ** 2))
    assert made.ece == pytest.approx(calibrate_probability(np.array(p), np.array(is_a, dtype=float)).ece)


def test_too_few_labels_are_refused_with_their_number(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="needs 20 judged comparisons with a label A or B; this run has 10"):
        store_calibration(fit_calibration(made_run(1, RunShape(items=10))), tmp_path)
    with pytest.raises(BadInput, match="this run has 0"):
        store_calibration(fit_calibration(made_run(1, RunShape(items=40, unlabelled_share=1.0))), tmp_path)
    assert not (tmp_path / "calibrations").exists()


def test_a_run_without_labelled_probabilities_cannot_be_scored(tmp_path: Path) -> None:
    stored = store_calibration(fit_calibration(made_run(1, FITTED_ON)), tmp_path)
    with pytest.raises(BadInput, match="No labelled comparison"):
        check_calibration(made_run(1, RunShape(unlabelled_share=1.0), items="fresh"), stored)


@pytest.mark.parametrize("content", ["{", "{}", '{"format": 99}', '{"format": 1, "temperature": 1.0}', "[]"])
def test_a_broken_file_says_what_to_do(tmp_path: Path, content: str) -> None:
    run = made_run(1, FITTED_ON)
    store_calibration(fit_calibration(run), tmp_path)
    path = next((tmp_path / "calibrations").iterdir())
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match="fit"):
        load_calibration(tmp_path, run.spec.model, FOUR_VOTES)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "calibrations").write_text("a file where the folder should be")
    with pytest.raises(BadInput, match="cannot hold a calibration"):
        store_calibration(fit_calibration(made_run(1, FITTED_ON)), tmp_path)
