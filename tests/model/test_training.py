"""Training a small random model: exact arithmetic, kills, bad numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from rrm_ui.engines.interface import Position
from rrm_ui.errors import BadInput, EngineFailure
from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.row_log import read_rows
from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import LabelledComparison, generate
from rrm_ui.training.examples import direct_example, thinking_example
from rrm_ui.training.grpo import (
    GrpoOptions,
    ScoredGroup,
    clipped_loss,
    constant_after_warmup,
    draw_groups,
    rule_reward,
    train_grpo,
)
from rrm_ui.training.journal import Journal
from rrm_ui.training.optimizer import MasterAdamW, Schedule
from rrm_ui.training.packing import Group, pack
from rrm_ui.training.policy import LoraOptions, make_policy
from rrm_ui.training.rollouts import Rollout, SamplingOptions, roll_out
from rrm_ui.training.stepping import Row, Stopped, Watch
from rrm_ui.training.supervised import SupervisedOptions, train_supervised
from rrm_ui.training.thoughts import sample_thoughts
from rrm_ui.training.validation import validate
from tests.model.policies import fresh_policy, shaken
from tests.model.tiny import random_qwen2

TIMES = ("seconds", "rollout_seconds")


@pytest.fixture
def comparisons() -> list[LabelledComparison]:
    return list(generate([FAMILY], 6, "train", 0))


def test_a_packed_row_gives_each_token_the_probability_it_has_alone(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison]
) -> None:
    policy = shaken(fresh_policy(tokenizer))
    first, second, third = (thinking_example(policy.prompts, one, "AB", one.thought("AB")) for one in comparisons[:3])
    groups = [first, Group(second.prompt, (*second.continuations, *third.continuations))]
    alone = []
    for group in groups:
        for one in group.continuations:
            logits = policy.model(torch.tensor([group.prompt + one.ids])).logits[0].log_softmax(-1)
            start = len(group.prompt) - 1
            alone += [logits[start + i, token] for i, token in enumerate(one.ids) if one.taught[i]]
    with torch.no_grad():
        torch.testing.assert_close(policy.token_logprobs(pack(groups)), torch.stack(alone), atol=1e-4, rtol=1e-4)


def test_gradients_never_go_through_the_attention_of_cudnn(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison]
) -> None:
    policy = fresh_policy(tokenizer)
    allowed: list[bool] = []
    policy.model.get_decoder().register_forward_hook(lambda *_: allowed.append(torch.backends.cuda.cudnn_sdp_enabled()))
    before = torch.backends.cuda.cudnn_sdp_enabled()
    policy.token_logprobs(pack([thinking_example(policy.prompts, comparisons[0], "AB", "Right.")]))
    assert allowed == [False]
    assert torch.backends.cuda.cudnn_sdp_enabled() == before


def test_what_the_engine_feeds_is_shown_and_not_learned(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison]
) -> None:
    prompts = fresh_policy(tokenizer).prompts
    one = comparisons[0]
    (continuation,) = thinking_example(prompts, one, "BA", one.thought("BA")).continuations
    shown = tokenizer.decode(list(continuation.ids))
    learned = tokenizer.decode(
        [id_ for id_, taught in zip(continuation.ids, continuation.taught, strict=True) if taught]
    )
    digit = "2" if one.label == "A" else "1"
    assert shown == f"{one.thought('BA')}\n</think>\n\n\\boxed{{Assistant {digit}"
    assert learned == f"{one.thought('BA')}\n</think>{digit}"
    (direct,) = direct_example(prompts, one, "BA").continuations
    assert str(tokenizer.decode(list(direct.ids))).endswith(f"\\boxed{{Assistant {digit}")
    assert sum(direct.taught) == 1


def test_a_rollout_is_what_the_page_would_show_and_ends_where_the_verdict_is_read(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison]
) -> None:
    policy = fresh_policy(tokenizer)
    form = policy.prompts.verdict_format
    prompt = policy.prompts.build(comparisons[0].item().comparison, "AB")
    options = SamplingOptions(budget=9, temperature=1.0)
    ((_, rollouts),) = roll_out(policy.fresh_loop(), form, [prompt], [[1, 2, 3]], options)
    assert len({rollout.text for rollout in rollouts}) > 1
    for rollout in rollouts:
        assert rollout.thinking_tokens <= 9
        assert rollout.ids[-len(form.stem) :] == form.stem
        assert rollout.position in ("first", "second")


def test_samples_end_at_once_when_they_are_withdrawn(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison]
) -> None:
    policy = fresh_policy(tokenizer)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Stopped, match="the same command goes on"):
        validate(policy, comparisons, 8, 0, cancel)


def test_every_prompt_gets_its_samples_however_few_rows_there_is_room_for(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison]
) -> None:
    policy = fresh_policy(tokenizer)
    prompts = [policy.prompts.build(one.item().comparison, "AB") for one in comparisons]
    seeds = [[index, index + 100] for index in range(len(prompts))]
    form = policy.prompts.verdict_format
    wide = dict(roll_out(policy.fresh_loop(), form, prompts, seeds, SamplingOptions(5, rows_at_once=64)))
    narrow = dict(roll_out(policy.fresh_loop(), form, prompts, seeds, SamplingOptions(5, rows_at_once=1)))
    assert sorted(wide) == list(range(len(prompts)))
    assert {i: [one.ids for one in rows] for i, rows in wide.items()} == {
        i: [one.ids for one in rows] for i, rows in narrow.items()
    }


def test_supervised_training_lowers_the_loss_of_what_it_teaches(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison], tmp_path: Path
) -> None:
    policy = fresh_policy(tokenizer)
    examples = [thinking_example(policy.prompts, one, "AB", one.thought("AB")) for one in comparisons]
    journal = Journal(tmp_path, {}).begin()
    options = SupervisedOptions(15, examples_per_step=6, schedule=Schedule(1e-2))
    train_supervised(policy, examples, options, journal, Watch())
    losses = [row["loss"] for row in journal.rows()]
    assert losses[-1] < losses[0] - 0.5


class Killed(Exception):
    pass


def kill_after(step: int) -> Watch:
    """Return a watch that keeps a checkpoint at every step and breaks off after ``step``."""

    def report(row: Row) -> None:
        if row["step"] == step + 1:
            raise Killed

    return Watch(report=report, checkpoint_seconds=0)


def without_times(journal: Journal) -> list[Row]:
    return [{name: value for name, value in row.items() if name not in TIMES} for row in journal.rows()]


@pytest.fixture
def train_directly(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison]
) -> Callable[[Path, Watch], Journal]:
    """Six steps of supervised training in a folder, on a policy of their own."""

    def train(folder: Path, watch: Watch) -> Journal:
        policy = fresh_policy(tokenizer)
        examples = [direct_example(policy.prompts, one, "AB") for one in comparisons]
        journal = Journal(folder, {}).begin()
        train_supervised(policy, examples, SupervisedOptions(6, 4, Schedule(1e-2)), journal, watch)
        return journal

    return train


def test_a_killed_supervised_run_ends_with_the_figures_of_one_that_was_not(
    train_directly: Callable[[Path, Watch], Journal], tmp_path: Path
) -> None:
    whole = train_directly(tmp_path / "whole", Watch())
    with pytest.raises(Killed):
        train_directly(tmp_path / "killed", kill_after(3))
    assert Journal(tmp_path / "killed", {}).step == 3
    assert without_times(train_directly(tmp_path / "killed", Watch())) == without_times(whole)


def first_letter_reward(rollout: Rollout, _better: int) -> float:
    return 1.0 if rollout.ids[0] % 2 else -1.0


def grpo_options(**more: Any) -> GrpoOptions:
    plain: dict[str, Any] = {
        "steps": 5,
        "comparisons_per_step": 3,
        "samples": 8,
        "budget": 4,
        "schedule": Schedule(3e-2, 1, False),
    }
    return GrpoOptions(**{**plain, **more})


def test_reinforcement_makes_what_is_rewarded_more_frequent(
    tokenizer: PreTrainedTokenizerFast,
    comparisons: list[LabelledComparison],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A random model's verdict hardly depends on its thought, so the reward is for something its samples differ in.
    monkeypatch.setattr("rrm_ui.training.grpo.rule_reward", first_letter_reward)
    # Cool enough for a handful of first tokens to share the draws, so that there is something to learn in a few steps.
    options = grpo_options(steps=12, updates=2, temperature=0.3, schedule=Schedule(1e-2, 1, False))
    journal = Journal(tmp_path, {}).begin()
    train_grpo(fresh_policy(tokenizer), comparisons, options, journal, Watch())
    rows = journal.rows()
    assert rows[0]["groups"] > 0
    assert sum(row["reward"] for row in rows[:2]) / 2 < 0.3
    assert sum(row["reward"] for row in rows[-3:]) / 3 > 0.7
    assert any(row["clipped"] > 0 for row in rows)


def test_a_killed_reinforcement_ends_with_the_figures_of_one_that_was_not(
    tokenizer: PreTrainedTokenizerFast,
    comparisons: list[LabelledComparison],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rrm_ui.training.grpo.rule_reward", first_letter_reward)

    def train(folder: Path, watch: Watch) -> Journal:
        journal = Journal(folder, {}).begin()
        train_grpo(fresh_policy(tokenizer), comparisons, grpo_options(), journal, watch)
        return journal

    whole = train(tmp_path / "whole", Watch())
    with pytest.raises(Killed):
        train(tmp_path / "killed", kill_after(2))
    assert without_times(train(tmp_path / "killed", Watch())) == without_times(whole)


def test_a_run_that_is_given_more_steps_ends_like_one_that_had_them_from_the_start(
    tokenizer: PreTrainedTokenizerFast,
    comparisons: list[LabelledComparison],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rrm_ui.training.grpo.rule_reward", first_letter_reward)

    def train(folder: Path, steps: int) -> list[dict[str, object]]:
        journal = Journal(folder, {}).begin()
        options = grpo_options(steps=steps, schedule=constant_after_warmup(3e-2))
        train_grpo(fresh_policy(tokenizer), comparisons, options, journal, Watch())
        return without_times(journal)

    assert len(train(tmp_path / "longer", 2)) == 2
    assert train(tmp_path / "longer", 5) == train(tmp_path / "whole", 5)


def test_no_verdict_earns_what_a_wrong_one_does() -> None:
    def rollout(position: Position | None) -> Rollout:
        return Rollout("", (), 0, True, position, None)

    assert [rule_reward(rollout(position), 1) for position in ("first", "second", None)] == [-1.0, 1.0, -1.0]


@pytest.mark.parametrize(
    ("thought", "reward"),
    [
        ("Assistant 1 says 4: right. Assistant 2 is better.", 1.0),
        ("助手2更好。", 1.0),
        ("Both are wrong.\nAssistant 3 is better.", -1.0),
        ("助手1错。助手2错。助手13对。", -1.0),
    ],
)
def test_a_thought_about_a_response_that_was_not_shown_earns_nothing(thought: str, reward: float) -> None:
    assert rule_reward(Rollout(thought, (), 0, True, "first", 0.9), 0) == reward


def test_advantages_are_normalised_within_a_group(comparisons: list[LabelledComparison]) -> None:
    group = ScoredGroup(comparisons[0], "AB", (), [], [1.0, 1.0, 1.0, -1.0])
    assert sum(group.advantages) == pytest.approx(0, abs=1e-9)
    assert group.advantages[3] == pytest.approx(-1.5, abs=1e-3)
    even = ScoredGroup(comparisons[0], "AB", (), [], [1.0, 1.0])
    assert not even.teaches
    assert even.advantages == [0.0, 0.0]


def test_the_loss_is_clipped_on_the_side_where_the_policy_has_gone_far_enough() -> None:
    ratio = torch.tensor([1.5, 1.5, 0.5, 0.5, 1.0])
    advantages = torch.tensor([1.0, -1.0, 1.0, -1.0, 2.0])
    loss, bound = clipped_loss(ratio.log(), torch.zeros(5), advantages, clip=0.2)
    torch.testing.assert_close(loss, torch.tensor([-1.2, 1.5, -0.5, 0.8, -2.0]))
    assert bound.tolist() == [True, False, False, True, False]


def test_thoughts_that_do_not_fit_a_row_teach_the_same_in_parts(
    tokenizer: PreTrainedTokenizerFast,
    comparisons: list[LabelledComparison],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rrm_ui.training.grpo.rule_reward", first_letter_reward)

    def after_a_step(folder: Path) -> tuple[list[torch.Tensor], Row]:
        policy, journal = fresh_policy(tokenizer), Journal(folder, {}).begin()
        train_grpo(policy, comparisons, grpo_options(steps=1), journal, Watch())
        return [weight.detach().clone() for weight in policy.trained], without_times(journal)[0]

    whole, row = after_a_step(tmp_path / "whole")
    monkeypatch.setattr("rrm_ui.training.policy.ROW_TOKENS", 1)
    split, row_of_parts = after_a_step(tmp_path / "split")
    assert row["groups"] > 0
    assert row_of_parts["trained_tokens"] == row["trained_tokens"]
    assert row_of_parts["gradient_norm"] == pytest.approx(row["gradient_norm"], rel=1e-3)
    assert any(not torch.equal(weight, torch.zeros_like(weight)) for weight in whole)
    for one, other in zip(whole, split, strict=True):
        torch.testing.assert_close(one, other, atol=2e-3, rtol=0)


@pytest.mark.parametrize("pool", [2, 3])
def test_every_comparison_is_shown_both_ways_round(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison], pool: int
) -> None:
    policy = fresh_policy(tokenizer)
    options = grpo_options(comparisons_per_step=pool, samples=2, budget=1)
    rounds = [[group.order for group in draw_groups(policy, comparisons[:pool], options, step)] for step in (0, 1)]
    assert [{*both} for both in zip(*rounds, strict=True)] == [{"AB", "BA"}] * pool


def test_a_gradient_that_is_no_number_changes_nothing() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = MasterAdamW([weight])
    weight.grad = torch.tensor([float("nan"), 1.0])
    with pytest.raises(EngineFailure, match="learning-rate"):
        optimizer.step(0.1)
    assert weight.tolist() == [1.0, 1.0]


def test_a_run_that_is_told_to_stop_keeps_a_checkpoint_and_ends_like_one_that_was_not(
    train_directly: Callable[[Path, Watch], Journal], tmp_path: Path
) -> None:
    stop = threading.Event()
    with pytest.raises(Stopped, match="after step 1 of 6"):
        train_directly(tmp_path / "stopped", Watch(report=lambda _row: stop.set(), cancel=stop))
    assert Journal(tmp_path / "stopped", {}).step == 1
    whole = without_times(train_directly(tmp_path / "whole", Watch()))
    assert without_times(train_directly(tmp_path / "stopped", Watch())) == whole


def test_a_stop_while_a_step_is_validated_loses_nothing(
    train_directly: Callable[[Path, Watch], Journal], tmp_path: Path
) -> None:
    stop = threading.Event()

    def validated() -> Row:
        return {"accuracy": 0.5}

    def stopped_meanwhile() -> Row:
        stop.set()
        return validated()

    with pytest.raises(Stopped, match="after step 2 of 6"):
        train_directly(tmp_path / "stopped", Watch(stopped_meanwhile, 2, cancel=stop, begin=validated))
    assert Journal(tmp_path / "stopped", {}).step == 2
    whole = without_times(train_directly(tmp_path / "whole", Watch(validated, 2)))
    assert without_times(train_directly(tmp_path / "stopped", Watch(validated, 2))) == whole


def test_an_adapter_of_another_rank_or_model_is_refused(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    policy = shaken(fresh_policy(tokenizer))
    policy.save_adapter(tmp_path / "kept", "a model")
    fresh = fresh_policy(tokenizer)
    fresh.load_adapter(tmp_path / "kept")
    for one, other in zip(policy.trained, fresh.trained, strict=True):
        torch.testing.assert_close(one, other, atol=1e-2, rtol=1e-2)
    model = random_qwen2(len(tokenizer), layers=2)
    wider = make_policy(model, tokenizer, EMBEDDED, LoraOptions(8, 16), seed=0)
    with pytest.raises(BadInput, match="has rank 4 and alpha 8"):
        wider.load_adapter(tmp_path / "kept")
    deeper = make_policy(random_qwen2(len(tokenizer), layers=3), tokenizer, EMBEDDED, LoraOptions(4, 8), seed=0)
    with pytest.raises(BadInput, match="another model"):
        deeper.load_adapter(tmp_path / "kept")


def test_rows_of_two_files_with_the_same_id_get_thoughts_of_their_own(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison], tmp_path: Path
) -> None:
    twins = [replace(one, id="1") for one in comparisons[:2]]
    place = tmp_path / "thoughts.jsonl"
    sample_thoughts(fresh_policy(tokenizer), [*twins, twins[0]], place, samples=1, seed=0)
    texts = [row["texts"] for row in read_rows(place)]
    assert sorted(texts) == sorted(one.item().digest for one in twins)
