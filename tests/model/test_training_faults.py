"""What goes wrong while a model is trained, and how little it costs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from rrm_ui.engines.interface import RowFailed, RowFinished
from rrm_ui.errors import BadInput, EngineFailure, InvalidNumbers, TextLost
from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import LabelledComparison, generate
from rrm_ui.training.examples import rollout_continuation, thinking_example
from rrm_ui.training.grpo import rule_reward
from rrm_ui.training.journal import Journal
from rrm_ui.training.optimizer import MasterAdamW
from rrm_ui.training.packing import Continuation, PackedRow
from rrm_ui.training.policy import Policy
from rrm_ui.training.rollouts import LOST, _Collector
from rrm_ui.training.stepping import Row, Watch, run_steps
from rrm_ui.training.supervised import _accumulate
from tests.model.policies import fresh_policy, shaken


@pytest.fixture
def comparisons() -> list[LabelledComparison]:
    return list(generate([FAMILY], 6, "train", 0))


def test_where_memory_runs_out_gradients_are_those_of_shorter_rows(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = shaken(fresh_policy(tokenizer))
    examples = [thinking_example(policy.prompts, one, "AB", one.thought("AB")) for one in comparisons[:4]]

    def gradients() -> list[torch.Tensor]:
        policy.in_parts(lambda: _accumulate(policy, examples))
        taken = [weight.grad.clone() for weight in policy.trained if weight.grad is not None]
        for weight in policy.trained:
            weight.grad = None
        return taken

    whole = gradients()
    computed, most = Policy.token_logprobs, max(example.tokens for example in examples) + 5

    def short_of_memory(self: Policy, row: PackedRow, temperature: float = 1.0) -> torch.Tensor:
        if row.tokens > most:
            raise torch.OutOfMemoryError
        return computed(self, row, temperature)

    monkeypatch.setattr(Policy, "token_logprobs", short_of_memory)
    monkeypatch.setattr("rrm_ui.training.policy.LEAST_ROW_TOKENS", 1)
    policy.row_tokens = 4 * most
    parts = gradients()
    assert policy.row_tokens <= most
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)
    most = 0
    with pytest.raises(MemoryError):
        gradients()


def test_a_sample_that_makes_no_text_is_one_without_a_verdict(tokenizer: PreTrainedTokenizerFast) -> None:
    collector = _Collector(2)
    collector.fold(RowFailed(0, TextLost("It could not be followed.").failure))
    collector.fold(RowFinished(1, "first", 0.9, "logits", 0, 0, ()))
    lost, kept = collector.rollouts()
    assert (lost, kept.position) == (LOST, "first")
    assert rule_reward(lost, 0) == -1.0
    assert rollout_continuation(fresh_policy(tokenizer).prompts, lost) == Continuation((), ())
    with pytest.raises(EngineFailure, match="No numbers"):
        collector.fold(RowFailed(0, InvalidNumbers("No numbers.").failure))


@pytest.mark.parametrize("halfway", [False, True])
def test_what_breaks_a_step_costs_none_of_those_before_it(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path, halfway: bool
) -> None:
    policy = fresh_policy(tokenizer)
    optimizer = MasterAdamW(policy.trained)

    def take_step(step: int) -> Row:
        if step == 2 and halfway:  # as between two updates on the same samples
            policy.trained[0].grad = torch.ones_like(policy.trained[0])
            optimizer.step(1e-3)
        if step == 2:
            raise EngineFailure("The gradients are no finite numbers.")
        return {"loss": 1.0}

    with pytest.raises(EngineFailure):
        run_steps(4, take_step, optimizer, Journal(tmp_path, {}).begin(), Watch())
    again = Journal(tmp_path, {})
    assert again.step == (0 if halfway else 2)
    assert [row["step"] for row in again.begin().rows()] == ([] if halfway else [1, 2])


def test_a_validation_that_breaks_costs_no_step(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    def no_memory() -> Row:
        raise torch.OutOfMemoryError

    optimizer = MasterAdamW(fresh_policy(tokenizer).trained)
    watch = Watch(validate=no_memory, validate_every=2, begin=dict)
    with pytest.raises(torch.OutOfMemoryError):
        run_steps(3, lambda _: {"loss": 1.0}, optimizer, Journal(tmp_path, {}).begin(), watch)
    again = Journal(tmp_path, {})
    assert again.step == 2
    assert [row["step"] for row in again.begin().rows()] == [0, 1, 2]


def test_a_run_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    Journal(tmp_path, {"kind": "grpo", "options": {"samples": 8, "rows_at_once": 64}}).begin()
    Journal(tmp_path, {"kind": "grpo", "options": {"samples": 8}})
    with pytest.raises(BadInput, match="differs in options"):
        Journal(tmp_path, {"kind": "grpo", "options": {"samples": 4}})
