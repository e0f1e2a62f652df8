"""How well a policy judges as it stands: both orders of every comparison, one sample each."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import mean

from rrm_ui.evaluation.analysis.intervals import wilson
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.examples import better_position, comparison_of
from rrm_ui.training.policy import Policy
from rrm_ui.training.rollouts import Rollout, SamplingOptions, roll_out
from rrm_ui.values import Order

ORDERS: tuple[Order, Order] = ("AB", "BA")


@dataclass(frozen=True)
class Validation:
    """Shares over comparisons and their thoughts."""

    comparisons: int
    accuracy: float
    """Share of comparisons whose better response has the higher mean probability over both orders."""
    low: float
    high: float
    """95 % interval of ``accuracy``."""
    single_order: float
    """Share of right verdicts among single samples."""
    orders_agree: float
    """Share of comparisons on which both orders name the same response."""
    closed_by_model: float
    tokens: float
    """Mean thinking tokens of a sample."""
    tokens_one_step: float
    tokens_more_steps: float
    """The same for comparisons of one inference step, and of more."""

    def to_dict(self) -> dict[str, float]:
        """Return the figures by name, rounded."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def validate(
    policy: Policy,
    labelled: Sequence[LabelledComparison],
    budget: int,
    seed: int,
    cancel: threading.Event | None = None,
) -> Validation:
    """Judge ``labelled`` with ``policy`` at the temperature of judging; 0 as ``budget`` asks for verdicts at once.

    Raises:
        EngineFailure: the model computed no valid numbers.
        Stopped: ``cancel`` was set.
    """
    prompts: list[PromptTokens] = []
    for one in labelled:
        prompts += [policy.prompts.build(comparison_of(one), order) for order in ORDERS]
    seeds = [[seed + index] for index in range(len(prompts))]
    written: dict[int, Rollout] = {}
    options = SamplingOptions(budget=budget, temperature=0.6, rows_at_once=policy.rollout_rows)
    loop, form = policy.fresh_loop(), policy.prompts.verdict_format
    for index, rollouts in roll_out(loop, form, prompts, seeds, options, cancel):
        written[index] = rollouts[0]
    return _summarise(labelled, [(written[2 * i], written[2 * i + 1]) for i in range(len(labelled))])


def _summarise(labelled: Sequence[LabelledComparison], pairs: Sequence[tuple[Rollout, Rollout]]) -> Validation:
    singles: list[bool] = []
    right = agreeing = 0
    for one, pair in zip(labelled, pairs, strict=True):
        places = [better_position(one, order) for order in ORDERS]
        names = [rollout.position for rollout in pair]
        verdicts = [name == ("first", "second")[place] for name, place in zip(names, places, strict=True)]
        singles += verdicts
        agreeing += None not in names and verdicts[0] == verdicts[1]
        chances = [_chance_of(rollout, place) for rollout, place in zip(pair, places, strict=True)]
        right += mean(chances) > 0.5
    thoughts = [rollout for pair in pairs for rollout in pair]
    accuracy = wilson(right / len(pairs), len(pairs))
    return Validation(
        comparisons=len(pairs),
        accuracy=accuracy.value,
        low=accuracy.low,
        high=accuracy.high,
        single_order=mean(singles),
        orders_agree=agreeing / len(pairs),
        closed_by_model=mean(rollout.closed_by_model for rollout in thoughts),
        tokens=mean(rollout.thinking_tokens for rollout in thoughts),
        tokens_one_step=_mean_tokens(labelled, pairs, more=False),
        tokens_more_steps=_mean_tokens(labelled, pairs, more=True),
    )


def _chance_of(rollout: Rollout, place: int) -> float:
    if rollout.p_first is None:
        return 0.5
    return rollout.p_first if place == 0 else 1 - rollout.p_first


def _mean_tokens(
    labelled: Sequence[LabelledComparison], pairs: Sequence[tuple[Rollout, Rollout]], *, more: bool
) -> float:
    chosen = [pair for one, pair in zip(labelled, pairs, strict=True) if (one.steps > 1) == more]
    return mean(rollout.thinking_tokens for pair in chosen for rollout in pair) if chosen else 0.0
