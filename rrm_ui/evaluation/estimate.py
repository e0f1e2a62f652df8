"""How long a run will take, said before it starts: its tokens, times speeds that a short trial measures."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rrm_ui.engines.interface import GenerationRequest, Queued, RowFailed, RowRequest, RowText
from rrm_ui.errors import BadInput, EngineFailure, Failure, NoRoom
from rrm_ui.evaluation.items import Item
from rrm_ui.evaluation.runner import rows_in_flight
from rrm_ui.judge import JudgeModel, check_comparison, check_settings, fit_budget
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.values import JudgeSettings, Order

COUNTED_ITEMS = 400
"""Prompts of so many items are counted; those of larger sets are extrapolated."""
TRIAL_TOKENS = 12
"""Tokens that each row of the trial thinks."""


@dataclass(frozen=True)
class WorkEstimate:
    """What a run has to do, and about how long that takes on this machine."""

    comparisons: int
    votes: int
    prompt_tokens: int
    """Tokens to read; heads that prompts share count once."""
    thinking_tokens: int
    """Tokens to think at most: thoughts that close by themselves save the rest."""
    seconds: float
    """Likewise at most, about."""


@dataclass(frozen=True)
class Speed:
    """What a trial measured, with the batch full."""

    seconds_per_prompt_token: float
    seconds_per_thinking_token: float
    """Of one row, all rows together taking a step at once."""


def estimate(
    items: Sequence[Item],
    settings: JudgeSettings,
    model: JudgeModel,
    person: str = "",
    charge: Callable[[int], None] | None = None,
) -> WorkEstimate:
    """Count the work of judging ``items`` and run a trial of a few seconds on the first that fits.

    ``person`` is who asks, as for ``judge``; ``charge`` gets the tokens that the trial reads and writes at most.

    Raises:
        BadInput: the settings are out of range, or none of the items can be judged.
    """
    check_settings(settings)
    counted = items[:COUNTED_ITEMS]
    prompts = [_prompts(item, settings, model) for item in counted]
    readable = [pair for pair in prompts if pair]
    if not readable:
        raise BadInput(
            "None of the comparisons can be judged: each is empty or longer than the model can take.",
            code="nothing_judgeable",
        )
    scale = len(items) / len(counted)
    votes = len(items) * settings.votes
    read = round(scale * sum(_tokens_to_read(pair) for pair in readable))
    thinking = round(scale * len(readable) * settings.votes * settings.thinking_budget)
    judgeable = next(item for item, pair in zip(counted, prompts, strict=True) if pair)
    speed = measure_speed(judgeable, settings, model, person, charge)
    form = model.prompts.verdict_format
    probes = settings.thinking_budget // settings.probe_every + 1 if settings.probe_every else 1
    reread = votes * probes * (len(form.closing) + len(form.stem))
    seconds = (read + reread) * speed.seconds_per_prompt_token + thinking * speed.seconds_per_thinking_token
    return WorkEstimate(len(items), votes, read, thinking, seconds)


def measure_speed(
    item: Item,
    settings: JudgeSettings,
    model: JudgeModel,
    person: str = "",
    charge: Callable[[int], None] | None = None,
) -> Speed:
    """Read the prompts of ``item`` and let a full batch of rows think a little; fewer where memory holds no more.

    A word that no prompt had before is put to the query: what is known already would not be read.
    """
    unread = replace(item, query=f"{item.query}\n{uuid.uuid4().hex}", digest="")
    prompts = _prompts(unread, settings, model) or _prompts(item, settings, model)  # with the word it may be too long
    rows = rows_in_flight(model.details.device) if model.shares_batch else settings.votes
    while True:
        try:
            speed = _trial(prompts, rows, settings, model, person)
        except NoRoom:
            if rows == 1:
                raise
            rows //= 2
        else:
            if charge is not None:
                charge(_tokens_to_read(prompts) + rows * min(TRIAL_TOKENS, settings.thinking_budget))
            return speed


def _trial(
    prompts: Sequence[PromptTokens], rows: int, settings: JudgeSettings, model: JudgeModel, person: str
) -> Speed:
    """Let ``rows`` rows start from ``prompts`` and return how fast they were read and written.

    Raises:
        EngineFailure: every one of them broke off.
    """
    request = GenerationRequest(
        rows=tuple(RowRequest(prompts[index % len(prompts)], index) for index in range(rows)),
        verdict_format=model.prompts.verdict_format,
        thinking_budget=min(TRIAL_TOKENS, settings.thinking_budget),
        answer_tokens=0,
        temperature=settings.temperature,
        top_p=settings.top_p,
        probe_every=0,
        watched=False,
        person=person,
    )
    started = time.monotonic()
    first, steps = None, 0
    failures: list[Failure] = []
    for events in model.engine.stream(request):
        if any(isinstance(event, Queued) for event in events):
            started = time.monotonic()  # others are served: that says nothing of how fast this is read
        failures += [event.failure for event in events if isinstance(event, RowFailed)]
        texts = [event for event in events if isinstance(event, RowText)]
        if texts and first is None:
            first = time.monotonic()
        steps = max([steps, *(event.tokens for event in texts if event.phase == "thinking")])
    ended = time.monotonic()
    if len(failures) == rows:
        raise EngineFailure.of(failures[0])
    written = (ended - first) if first is not None else 0.0
    read = (first or ended) - started
    return Speed(read / _tokens_to_read(prompts), written / (rows * steps) if steps else 0.0)


def _prompts(item: Item, settings: JudgeSettings, model: JudgeModel) -> list[PromptTokens]:
    """Return the prompts of ``item``, none if it cannot be judged."""
    orders: tuple[Order, ...] = ("AB", "BA") if settings.both_orders and settings.votes > 1 else ("AB",)
    try:
        comparison = check_comparison(item.comparison)
        built = [model.prompts.build(comparison, order) for order in orders]
        fit_budget(settings, max(len(prompt.ids) for prompt in built), model)
    except BadInput:
        return []
    return built


def _tokens_to_read(prompts: Sequence[PromptTokens]) -> int:
    """Return the tokens of ``prompts`` that are read: the system turn is known, and the query from the second on."""
    return sum(
        len(prompt.ids) - (prompt.heads[0] if number == 0 else prompt.heads[-1]) if prompt.heads else len(prompt.ids)
        for number, prompt in enumerate(prompts)
    )
