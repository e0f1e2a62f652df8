"""Rankings as rewards."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedRow
from rrm_ui.errors import BadInput, EngineFailure
from rrm_ui.ranking.events import RankingSettings
from rrm_ui.ranking.rewards import RankingReward
from rrm_ui.values import JudgeSettings
from tests.unit.ranking.judges import by_worth, judge_by

SETTINGS = RankingSettings(judge=JudgeSettings(thinking_budget=64, votes=2))


def test_better_completions_of_a_prompt_earn_more() -> None:
    reward = RankingReward(judge_by(), SETTINGS)
    worths = [3, 9, 1, 5]
    prompts = ["Which?"] * 4 + ["What?"] * 2
    found = reward(prompts=prompts, completions=[f"worth {one}" for one in [*worths, 2, 8]], completion_ids=None)
    rewards = [one for one in found if one is not None]
    assert len(rewards) == len(prompts)
    assert sorted(range(4), key=lambda place: rewards[place]) == [2, 0, 3, 1]
    assert sum(rewards[:4]) == pytest.approx(0)
    assert rewards[5] == pytest.approx(-rewards[4])
    assert -1 < min(rewards) < 0 < max(rewards) < 1


def test_conversations_are_judged_by_their_last_message() -> None:
    prompts = [[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Which?"}]] * 2
    completions = [[{"role": "assistant", "content": f"worth {one}"}] for one in (1, 2)]
    first, second = RankingReward(judge_by(), SETTINGS)(prompts, completions)
    assert first is not None
    assert second is not None
    assert first < 0 < second


def test_without_settings_a_completion_is_judged_as_the_model_likes_it() -> None:
    seen = []

    def noting(request: GenerationRequest, row: int) -> ScriptedRow:
        seen.append((request.thinking_budget, request.probe_every, len(request.rows)))
        return by_worth(request, row)

    model = judge_by(noting)
    model = replace(model, defaults=replace(model.defaults, thinking_budget=48, probe_every=8))
    RankingReward(model)(["Which?"] * 2, ["worth 1", "worth 2"])
    assert set(seen) == {(48, 0, 2)}


def rewarded(process: int, folder: Path, shares: list[list[tuple[str, str]]]) -> None:
    """Reward this process's share of the completions, and write down what came of it."""
    meeting = f"file://{folder / 'meeting'}"
    torch.distributed.init_process_group("gloo", init_method=meeting, rank=process, world_size=len(shares))
    prompts, completions = zip(*shares[process], strict=True)
    try:
        told: object = RankingReward(judge_by(), SETTINGS)(prompts, completions)
    except BadInput as error:
        told = error.message
    (folder / f"{process}.json").write_text(json.dumps(told), encoding="utf-8")
    torch.distributed.destroy_process_group()


def in_processes(folder: Path, shares: list[list[tuple[str, str]]]) -> list[object]:
    torch.multiprocessing.spawn(rewarded, (folder, shares), nprocs=len(shares))  # type: ignore[attr-defined]
    return [json.loads((folder / f"{process}.json").read_text(encoding="utf-8")) for process in range(len(shares))]


def test_completions_of_one_prompt_in_several_processes_are_ranked_together(tmp_path: Path) -> None:
    own = [("Which?", f"worth {one}") for one in (3, 9, 1)]
    other = [("Which?", "worth 5"), ("What?", "worth 2"), ("What?", "worth 8")]
    together = RankingReward(judge_by(), SETTINGS)(*zip(*own, *other, strict=True))
    assert in_processes(tmp_path, [own, other]) == [pytest.approx(together[:3]), pytest.approx(together[3:])]


def test_what_one_process_cannot_reward_ends_the_others_too(tmp_path: Path) -> None:
    many = [("Which?", f"worth {one}") for one in range(65)]
    first, second = in_processes(tmp_path, [many, [("What?", "worth 1")]])
    assert first == second == "A prompt has 65 completions; at most 64 can be ranked."


def test_equal_and_empty_completions() -> None:
    reward = RankingReward(judge_by(), SETTINGS)
    assert reward(["Which?"] * 3, ["worth 1"] * 3) == [0.0] * 3
    same, other, again = reward(["Which?"] * 3, ["worth 1", "worth 2", "worth 1"])
    assert same == again != other


def test_a_completion_that_cannot_be_judged_has_no_reward() -> None:
    def failing(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        return ScriptedRow(plain.thinking, plain.position, plain.p_first, fails_after=0)

    model = judge_by()
    long = "worth 3 " * 9000
    rewards = RankingReward(model, SETTINGS)(["Which?"] * 3, ["worth 1", "worth 2", long])
    assert rewards[2] is None
    assert rewards[0] is not None
    with pytest.raises(EngineFailure, match="No completion could be judged"):
        RankingReward(judge_by(failing), SETTINGS)(["Which?"] * 2, ["worth 1", "worth 2"])


def test_a_knockout_gives_no_rewards() -> None:
    with pytest.raises(BadInput, match="gives no rewards"):
        RankingReward(judge_by(), RankingSettings("knockout"))
    with pytest.raises(BadInput, match="at most 64"):
        RankingReward(judge_by(), SETTINGS)(["Which?"] * 65, [f"worth {one}" for one in range(65)])
