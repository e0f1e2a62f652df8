"""Rankings as rewards in ``trl``'s own trainers, for a few steps of a random model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from transformers import PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer  # type: ignore[attr-defined]
from trl.experimental.online_dpo import OnlineDPOConfig, OnlineDPOTrainer

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.ranking.events import RankingSettings
from rrm_ui.ranking.rewards import RankingReward
from rrm_ui.scripted_model import byte_tokenizer, scripted_model
from rrm_ui.values import JudgeSettings
from tests.model.tiny import random_qwen2

BYTES = byte_tokenizer()
COMMON: dict[str, Any] = {
    "use_cpu": True,
    "report_to": [],
    "bf16": False,
    "max_steps": 2,
    "logging_steps": 1,
    "save_strategy": "no",
    "disable_tqdm": True,
    "learning_rate": 1e-3,
}


def prefers_the_longer(request: GenerationRequest, row: int) -> ScriptedRow:
    text = BYTES.decode(list(request.rows[row].prompt.ids), skip_special_tokens=False)
    responses = text.partition("### Assistant 1")[2].partition("## Analysis")[0]
    first, _, second = responses.partition("### Assistant 2")
    return ScriptedRow(("so. ",), "first" if len(first) >= len(second) else "second")


@pytest.fixture
def reward() -> RankingReward:
    model = scripted_model(ScriptedEngine(prefers_the_longer))
    return RankingReward(model, RankingSettings(judge=JudgeSettings(thinking_budget=16, votes=2)))


@pytest.fixture
def prompts() -> Dataset:
    return Dataset.from_list([{"prompt": f"Say something about {n}."} for n in range(4)])


def weights_of(model: torch.nn.Module) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in model.parameters()]


def test_grpo_learns_from_the_ranking(
    reward: RankingReward, prompts: Dataset, tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    model = random_qwen2(len(tokenizer), layers=2)
    before = weights_of(model)
    config = GRPOConfig(
        output_dir=str(tmp_path), per_device_train_batch_size=4, num_generations=4, max_completion_length=8, **COMMON
    )
    trainer = GRPOTrainer(
        model=model, reward_funcs=reward, args=config, train_dataset=prompts, processing_class=tokenizer
    )
    trainer.train()
    steps = [row for row in trainer.state.log_history if "reward" in row]
    assert len(steps) == 2
    assert all(abs(row["reward"]) < 1e-6 for row in steps)  # the rewards of a prompt have mean 0
    assert all(row["reward_std"] > 0 for row in steps)
    assert any("RankingReward" in name for row in steps for name in row)
    assert trainer.model is not None
    assert any(not torch.equal(old, new) for old, new in zip(before, trainer.model.parameters(), strict=True))


def test_online_dpo_takes_it_as_well(
    reward: RankingReward, prompts: Dataset, tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    model = random_qwen2(len(tokenizer), layers=2)
    config = OnlineDPOConfig(output_dir=str(tmp_path), per_device_train_batch_size=2, max_new_tokens=8, **COMMON)
    trainer = OnlineDPOTrainer(
        model=model, reward_funcs=reward, args=config, train_dataset=prompts, processing_class=tokenizer
    )
    trainer.train()
    assert trainer.state.global_step == 2
