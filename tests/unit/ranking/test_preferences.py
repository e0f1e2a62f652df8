"""Preference pairs out of a ranking, and the rows that they are written as."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rrm_ui.cli import main
from rrm_ui.cli import rank as command
from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedRow
from rrm_ui.errors import BadInput
from rrm_ui.ranking.entries import merge_entries
from rrm_ui.ranking.events import Ranking, RankingSettings
from rrm_ui.ranking.matches import MatchResult
from rrm_ui.ranking.methods import Knockout, Method, RoundRobin, Swiss
from rrm_ui.ranking.pair_rows import pair_row
from rrm_ui.ranking.preferences import PairKind, preferences
from rrm_ui.ranking.rows import RankRow
from rrm_ui.ranking.standings import standings_of
from tests.unit.ranking.judges import by_worth, judge_by
from tests.unit.ranking.synthetic import SyntheticJudge, result

BY_WORTH = [result(0, 1, 0, 2), result(0, 2, 0, 2), result(0, 3, 0, 2), result(1, 2, 2, 0), result(1, 3, 2, 0),
            result(2, 3, 2, 0)]  # fmt: skip
"""Best to worst: 1, 2, 3, 0."""


def ranking_of(results: Sequence[MatchResult], method: Method, size: int) -> Ranking:
    entries = merge_entries("Which?", [f"text {number}" for number in range(size)])
    standings = standings_of(size, results, method, with_elo=False)
    return Ranking(entries, RankingSettings(), judge_by().details, standings, tuple(results), finished=True)


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("best-worst", [(1, 0)]),
        ("adjacent", [(1, 2), (2, 3), (3, 0)]),
        ("margin", [(1, 2), (1, 3), (1, 0), (2, 3), (2, 0), (3, 0)]),
    ],
)
def test_which_pairs_each_kind_gives(kind: PairKind, pairs: list[tuple[int, int]]) -> None:
    ranking = ranking_of(BY_WORTH, RoundRobin(4, 0), 4)
    made = list(preferences(ranking, kind))
    assert [(one.chosen, one.rejected) for one in made] == pairs
    assert all(one.elo_margin > 0 and one.votes == (2, 0) for one in made)
    widest = max(one.elo_margin for one in made)
    assert any(preferences(ranking, kind, margin=widest - 0.1))
    assert not any(preferences(ranking, kind, margin=widest + 1))


def test_a_pair_says_what_its_own_match_said_and_how_sure_all_matches_make_it() -> None:
    results = [result(0, 1, 0, 8), result(0, 3, 0, 8), result(1, 3, 8, 0), result(2, 3, 0, 8), result(1, 2, 0, 8)]
    ranking = ranking_of(results, RoundRobin(4, 0), 4)
    made = {(one.chosen, one.rejected): one for one in preferences(ranking, "margin")}
    assert made[1, 2].votes == (0, 8)
    assert made[3, 2].votes == (8, 0)
    assert made[2, 0].votes is None
    assert 0.5 < made[1, 2].p_chosen_better < made[1, 0].p_chosen_better < 1


@pytest.mark.parametrize(
    ("kind", "method", "votes"),
    [("adjacent", RoundRobin(8, 0), 4), ("margin", RoundRobin(8, 0), 2), ("margin", Swiss(8, 0, 4), 2)],
)
def test_pairs_that_are_asked_to_be_sure_are_right(kind: PairKind, method: Method, votes: int) -> None:
    wrong = {0.5: [0, 0], 0.9: [0, 0]}
    for seed in range(150):
        truth = np.random.default_rng(seed).normal(0, 1, 8)
        ranking = ranking_of(SyntheticJudge(truth, votes, seed).play(method), method, 8)
        for confidence, counts in wrong.items():
            for one in preferences(ranking, kind, confidence=confidence):
                assert one.p_chosen_better >= confidence
                counts[int(truth[one.chosen] < truth[one.rejected])] += 1
    share = {confidence: counts[1] / sum(counts) for confidence, counts in wrong.items()}
    assert share[0.5] > 0.12
    assert share[0.9] < 0.1


def test_a_knockout_gives_no_pairs() -> None:
    method = Knockout(4, 0)
    results = SyntheticJudge([0.0, 1.0, 2.0, 3.0], 2, 0).play(method)
    with pytest.raises(BadInput, match="gives no pairs"):
        next(preferences(ranking_of(results, method, 4), "margin"))


def test_a_row_leaves_out_the_votes_of_two_that_never_met() -> None:
    ranking = ranking_of([one for one in BY_WORTH if one.pair != (1, 3)], RoundRobin(4, 0), 4)
    row = RankRow(1, "1", ranking.entries.texts, ranking.entries, "Which?")
    met, apart = (
        pair_row(one, row, ranking.entries, "standard")
        for one in preferences(ranking, "margin")
        if {one.chosen, one.rejected} in ({1, 2}, {1, 3})
    )
    assert met == {
        "prompt": "Which?", "chosen": "text 1", "rejected": "text 2", "elo_margin": met["elo_margin"],
        "p_chosen_better": met["p_chosen_better"], "votes_chosen": 2, "votes_rejected": 0,
    }  # fmt: skip
    assert {*met} - {*apart} == {"votes_chosen", "votes_rejected"}


def written(tmp_path: Path, rows: list[dict[str, Any]], *words: str) -> list[dict[str, Any]]:
    """Return the pairs that the command writes for ``rows``."""
    file, pairs = tmp_path / "rows.jsonl", tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "load_named_model", lambda _name: judge_by())
        assert main(["rank", str(file), "--pairs", str(pairs), *words]) == 0
    return [json.loads(line) for line in pairs.read_text(encoding="utf-8").splitlines()]


def test_the_command_writes_ids_that_were_given_and_how_sure_a_pair_is(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"query": "Which?", "responses": ["worth 1", "worth 2", "worth 3"], "id": 7},
        {"query": "What?", "responses": ["worth 1", "worth 2"]},
    ]
    named, plain = written(tmp_path, rows)
    assert named["id"] == "7"
    assert "id" not in plain
    assert (named["votes_chosen"], named["votes_rejected"]) == (2, 0)
    assert 0.9 < named["p_chosen_better"] < 1
    assert "margin" not in named


PROMPT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Which?"}]


def test_the_command_writes_messages_or_texts(tmp_path: Path) -> None:
    answers = [[{"role": "assistant", "content": f"worth {number}"}] for number in (1, 2)]
    rows: list[dict[str, Any]] = [
        {"prompt": [{"role": "system", "content": ""}, *PROMPT], "completions": answers},
        {"query": "Which?", "responses": ["worth 1", "worth 2"]},
    ]
    talk, plain = written(tmp_path, rows)
    assert [talk[name] for name in ("prompt", "chosen", "rejected")] == [PROMPT, answers[1], answers[0]]
    assert [plain[name] for name in ("prompt", "chosen", "rejected")] == [PROMPT[1:], answers[1], answers[0]]
    talk, plain = written(tmp_path, rows, "--pair-format", "standard")
    assert talk["prompt"] == "System: Be brief.\n\nUser: Which?"
    assert [plain[name] for name in ("prompt", "chosen", "rejected")] == ["Which?", "worth 2", "worth 1"]


def test_the_command_keeps_pairs_that_are_sure_enough(tmp_path: Path) -> None:
    rows = [{"query": "Which?", "responses": [f"worth {number}" for number in range(4)]}]
    every = written(tmp_path, rows, "--pair-kind", "margin")
    sure = written(tmp_path, rows, "--pair-kind", "margin", "--pair-confidence", "0.9")
    assert sure == [row for row in every if row["p_chosen_better"] >= 0.9]
    assert 0 < len(sure) < len(every) == 6


def test_a_ranking_that_is_stopped_leaves_a_file_of_pairs_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"query": f"Which, {number}?", "responses": ["worth 1", "worth 2"]} for number in range(12)]
    assert len(written(tmp_path, rows)) == 12
    file, pairs = tmp_path / "rows.jsonl", tmp_path / "pairs.jsonl"
    before = pairs.read_bytes()

    def stopped_after(votes: int, **speed: float) -> str:
        """Rank until so many votes have begun; return what is said."""
        cancel, begun = threading.Event(), itertools.count(1)

        def stopping(request: GenerationRequest, row: int) -> ScriptedRow:
            if next(begun) >= votes:
                cancel.set()
            return by_worth(request, row)

        monkeypatch.setattr(command, "load_named_model", lambda _name: judge_by(stopping, **speed))
        monkeypatch.setattr(command, "interrupt_sets", lambda _: contextlib.nullcontext(cancel))
        assert main(["rank", str(file), "--pairs", str(pairs)]) == 1
        return capsys.readouterr().err

    for votes in (1, 16):
        assert f"{pairs} is left as it was: the ranking was stopped.\n" in stopped_after(votes)
        assert pairs.read_bytes() == before
    pairs.unlink()
    assert "No pairs are written: the ranking was stopped.\n" in stopped_after(1, tokens_per_second=5)
    assert not pairs.exists()
    stopped_after(16)
    assert 0 < len(pairs.read_bytes().splitlines()) < 12


def test_rankings_that_all_broke_leave_a_file_of_pairs_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, [{"query": "Which?", "responses": ["worth 1", "worth 2"]}])
    pairs = tmp_path / "pairs.jsonl"
    before = pairs.read_bytes()

    def failing(request: GenerationRequest, row: int) -> ScriptedRow:
        return replace(by_worth(request, row), fails_after=0)

    monkeypatch.setattr(command, "load_named_model", lambda _name: judge_by(failing))
    assert main(["rank", str(tmp_path / "rows.jsonl"), "--pairs", str(pairs)]) == 1
    assert "is left as it was: no row was ranked to its end." in capsys.readouterr().err
    assert pairs.read_bytes() == before
