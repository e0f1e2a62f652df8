"""Training a small random model: exact arithmetic, every command, kills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import PreTrainedTokenizerFast

from rrm_ui.cli import main
from rrm_ui.cli.train import default_folder
from rrm_ui.engines.interface import Position
from rrm_ui.folder_lock import locked
from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import LabelledComparison, generate
from rrm_ui.training.data import write_comparisons
from rrm_ui.training.examples import direct_example, thinking_example
from rrm_ui.training.grpo import (
    GrpoOptions,
    ScoredGroup,
    clipped_loss,
    constant_after_warmup,
    rule_reward,
    train_grpo,
)
from rrm_ui.training.journal import Journal
from rrm_ui.training.optimizer import Schedule
from rrm_ui.training.packing import Group, pack
from rrm_ui.training.policy import LoraOptions, Policy, make_policy
from rrm_ui.training.rollouts import Rollout, SamplingOptions, roll_out
from rrm_ui.training.stepping import Row, Watch
from rrm_ui.training.supervised import SupervisedOptions, train_supervised
from tests.model.tiny import random_qwen2

TIMES = ("seconds", "rollout_seconds")


@pytest.fixture
def comparisons() -> list[LabelledComparison]:
    return list(generate([FAMILY], 6, "train", 0))


def fresh_policy(tokenizer: PreTrainedTokenizerFast) -> Policy:
    return make_policy(random_qwen2(len(tokenizer), layers=2), tokenizer, EMBEDDED, LoraOptions(4, 8), seed=0)


def shaken(policy: Policy) -> Policy:
    torch.manual_seed(1)
    for weight in policy.trained:
        weight.data.normal_(0, 0.1)
    return policy


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
    journal = Journal(tmp_path, {})
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


def test_a_killed_supervised_run_ends_with_the_figures_of_one_that_was_not(
    tokenizer: PreTrainedTokenizerFast, comparisons: list[LabelledComparison], tmp_path: Path
) -> None:
    def train(folder: Path, watch: Watch) -> Journal:
        policy = fresh_policy(tokenizer)
        examples = [direct_example(policy.prompts, one, "AB") for one in comparisons]
        journal = Journal(folder, {})
        train_supervised(policy, examples, SupervisedOptions(6, 4, Schedule(1e-2)), journal, watch)
        return journal

    whole = train(tmp_path / "whole", Watch())
    with pytest.raises(Killed):
        train(tmp_path / "killed", kill_after(3))
    assert Journal(tmp_path / "killed", {}).step == 3
    assert without_times(train(tmp_path / "killed", Watch())) == without_times(whole)


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
    journal = Journal(tmp_path, {})
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
        journal = Journal(folder, {})
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
        journal = Journal(folder, {})
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


@pytest.fixture
def small_model(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> Path:
    """A random model of two layers as a folder, as somebody would bring their own."""
    folder = tmp_path / "small-model"
    random_qwen2(len(tokenizer), layers=2).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def run_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> Path:
    """Run ``train`` with ``arguments`` and return the path that it prints."""
    code = main(["train", *arguments])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return Path(captured.out.strip().splitlines()[-1])


@pytest.mark.parametrize(
    "step",
    [["cold-start", "--sampled", "1"], ["direct"], ["grpo", "--samples", "2", "--comparisons-per-step", "2"]],
    ids=lambda step: step[0],
)
def test_each_command_trains_and_leaves_an_adapter_with_curves_and_a_card(
    step: list[str],
    small_model: Path,
    comparisons: list[LabelledComparison],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = tmp_path / "comparisons.jsonl"
    write_comparisons(data, comparisons)
    out = tmp_path / "run"
    arguments = [*step, "--model", str(small_model), "--data", str(data), "--out", str(out), "--steps", "2"]
    adapter = run_command(capsys, *arguments, "--validation", str(data), "--budget", "6", "--rank", "2")
    weights = load_file(adapter / "adapter_model.safetensors")
    assert len(weights) == 2 * 7 * 2  # A and B of seven linear layers in each of two blocks
    rows = [json.loads(line) for line in (out / "curves.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [0, 1, 2]
    assert "accuracy" in rows[0]
    assert "accuracy" in rows[2]
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "small-model"
    assert str(tmp_path) not in json.dumps(config)
    card = (adapter / "README.md").read_text()
    assert "small-model" in card
    assert "What it can't do" in card


def test_comparisons_come_from_one_command_the_same_each_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for path in paths:
        assert run_command(capsys, "comparisons", "--out", str(path), "--count", "40", "--seed", "7") == path
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(paths[0].read_text().splitlines()) == 40
    chinese = run_command(capsys, "comparisons", "--out", str(tmp_path / "zh"), "--count", "9", "--language", "zh")
    assert {json.loads(line)["language"] for line in chinese.read_text().splitlines()} == {"zh"}


def test_a_run_without_a_folder_lies_where_the_page_looks(tmp_path: Path) -> None:
    assert default_folder("grpo", "Qwen/Qwen2.5-1.5B", 3, tmp_path) == tmp_path / "training" / "grpo-Qwen2.5-1.5B-s3"


def test_two_processes_do_not_train_in_one_folder(
    comparisons: list[LabelledComparison], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "comparisons.jsonl"
    write_comparisons(data, comparisons)
    with locked(tmp_path / "run", "training run"):
        code = main(["train", "direct", "--data", str(data), "--out", str(tmp_path / "run")])
    assert code != 0
    assert "Another process" in capsys.readouterr().err


def test_bad_input_is_told_and_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "comparisons", "--out", str(tmp_path / "x"), "--count", "0"]) == 2
    assert "--count is 0" in capsys.readouterr().err
    code = main(["train", "direct", "--data", str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "run")])
    assert code == 2
    assert "none.jsonl" in capsys.readouterr().err
