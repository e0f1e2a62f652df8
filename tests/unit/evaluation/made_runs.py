"""Runs made up from a seed, for tests of everything that is computed from a run: no model, no folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rrm_ui.errors import Failure
from rrm_ui.evaluation.items import Item, Label, digest_of
from rrm_ui.evaluation.record import JudgedItem, Run, RunSpec, RunState
from rrm_ui.values import Choice, JudgeSettings, ModelDetails, Order, Probe, Vote

TOO_LONG = Failure("The texts are too long.", "too_long", {"tokens": 4000, "allowed": 3984, "over": 16})

THOUGHTS = (
    "First, let me break the task into parts. ",
    "Wait, let me check that sum again. ",
    "Compared with Assistant 2, Assistant 1 is shorter. ",
    "Alternatively, the tone decides. ",
    "The answer names the city. ",
    "等等，让我再检查一下。",
)


@dataclass(frozen=True)
class RunShape:
    """What a made-up run looks like; the defaults are an ordinary labelled run."""

    items: int = 40
    votes: int = 4
    budget: int = 256
    probe_every: int = 64
    both_orders: bool = True
    temperature: float = 0.6
    subsets: tuple[str, ...] = ("easy", "hard")
    benchmark: str | None = None
    tie_share: float = 0.0
    unlabelled_share: float = 0.0
    unreadable_share: float = 0.0
    """Share of votes that ended without a verdict."""
    lost_probes: float = 0.0
    """Share of probes that are missing."""
    skill: float = 1.0
    """Mean log-odds for the labelled response after all thinking; 0 guesses."""
    favours_first: float = 0.5
    """Log-odds added for the response shown first."""
    errors: int = 0
    """Items that could not be judged at all."""
    unfinished: int = 0
    """Items at the end of which votes are still missing."""
    failed: int = 0
    """Items whose votes all failed."""
    state: RunState = "finished"


def made_run(seed: int = 0, shape: RunShape | None = None, *, name: str = "made up", items: str = "made") -> Run:
    """Return a run of ``shape``; runs with the same ``items`` word and item count hold the same comparisons.

    The last items are those with errors, then those that failed, then those under way.
    """
    shape = shape or RunShape()
    rng = np.random.default_rng(seed)
    made = made_items(shape, items)
    judged = [JudgedItem(item, _votes(item, shape, rng)) for item in made]
    first_odd = shape.items - shape.errors - shape.failed - shape.unfinished
    for index in range(first_odd, shape.items):
        judged[index] = _spoil(judged[index], index - first_odd, shape)
    return Run(Path("made-up"), _spec(shape, made, name), shape.state, 12.5 * shape.items, tuple(judged))


def made_items(shape: RunShape, word: str = "made") -> tuple[Item, ...]:
    """Return the items of ``shape``: labels, subsets and lengths are drawn from hashes of ``word``."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big"))
    items = []
    for index in range(shape.items):
        draw = rng.random(3)
        label: Label | None = "A" if draw[0] < 0.5 else "B"
        if draw[1] < shape.tie_share:
            label = "tie"
        elif draw[1] < shape.tie_share + shape.unlabelled_share:
            label = None
        response_a, response_b = ("word " * int(n) for n in rng.integers(1, 6, 2))
        items.append(
            Item(
                id=f"{word}-{index}",
                query=f"Question {index} of {word}?",
                response_a=response_a + "a",
                response_b=response_b + "b",
                label=label,
                subset=shape.subsets[index % len(shape.subsets)] if shape.subsets else "",
            )
        )
    return tuple(items)


def made_vote(
    index: int, order: Order, choice: Choice | None, p_a: float | None = None, *, thinking: int = 0, answer: int = 0
) -> Vote:
    """Return one finished vote that closed its thought by itself."""
    return Vote(
        index,
        order,
        seed=index,
        choice=choice,
        p_a=p_a,
        thinking_tokens=thinking,
        answer_tokens=answer,
        closed_by="model",
        read_from=None if choice is None else "boxed",
    )


def run_of(judged: list[JudgedItem], settings: JudgeSettings | None = None, *, benchmark: str | None = None) -> Run:
    """Return a finished run of exactly these judged items."""
    votes = max((len(one.votes) for one in judged), default=1)
    settings = settings or JudgeSettings(votes=max(votes, 1), thinking_budget=256)
    shape = RunShape(items=len(judged), benchmark=benchmark)
    spec = replace(_spec(shape, tuple(one.item for one in judged), "by hand"), settings=settings)
    return Run(Path("by-hand"), spec, "finished", 1.0, tuple(judged))


def _spec(shape: RunShape, items: tuple[Item, ...], name: str) -> RunSpec:
    return RunSpec(
        name=name,
        benchmark=shape.benchmark,
        source="made up by program",
        data_digest=digest_of(items),
        rows=len(items),
        limit=None,
        settings=JudgeSettings(
            thinking_budget=shape.budget,
            votes=shape.votes,
            both_orders=shape.both_orders,
            temperature=shape.temperature,
            probe_every=shape.probe_every,
        ),
        model=ModelDetails(name="made-up-judge", revision="1", prompt_hash="abc"),
        versions={"rrm-ui": "0"},
        machine="no machine",
        created="2026-01-02T03:04:05Z",
    )


def _votes(item: Item, shape: RunShape, rng: np.random.Generator) -> tuple[Vote, ...]:
    target = {"A": 1.0, "B": -1.0}.get(item.label or "", 0.0) * rng.normal(shape.skill, 1.5)
    start = rng.integers(2)
    made = []
    for index in range(shape.votes):
        order: Order = "AB" if not shape.both_orders or (index + start) % 2 == 0 else "BA"
        bias = shape.favours_first if order == "AB" else -shape.favours_first
        made.append(_vote(index, order, target, bias, shape, rng))
    return tuple(made)


def _vote(index: int, order: Order, target: float, bias: float, shape: RunShape, rng: np.random.Generator) -> Vote:
    wanted = int(rng.gamma(2.0, 0.35 * shape.budget)) if shape.budget else 0
    thinking_tokens = min(wanted, shape.budget)
    noise = rng.normal(0, 0.7, 2)

    def p_a(share: float) -> float:
        return float(1 / (1 + np.exp(-(target * share + bias + noise[0] + noise[1] * share))))

    readings = range(0, thinking_tokens, shape.probe_every) if shape.probe_every and shape.budget else ()
    kept = [tokens for tokens in readings if rng.random() >= shape.lost_probes]
    probes = tuple(Probe(tokens, p_a(tokens / shape.budget), tokens * 4) for tokens in kept)
    final = p_a(thinking_tokens / shape.budget if shape.budget else 0.5)
    unreadable = rng.random() < shape.unreadable_share
    thinking = "".join(rng.choice(THOUGHTS, size=3)) if thinking_tokens else ""
    choice: Choice = "A" if final > 0.5 else "B"
    return Vote(
        index=index,
        order=order,
        seed=int(rng.integers(2**31)),
        choice=None if unreadable else choice,
        p_a=None if unreadable else final,
        thinking=thinking,
        answer="" if unreadable else f"\\boxed{{Assistant {1 if (choice == 'A') == (order == 'AB') else 2}}}",
        thinking_tokens=thinking_tokens,
        answer_tokens=8,
        closed_by="model" if 0 < wanted < shape.budget else "budget",
        read_from=None if unreadable else "boxed",
        probes=probes,
    )


def _spoil(judged: JudgedItem, place: int, shape: RunShape) -> JudgedItem:
    if place < shape.errors:
        return JudgedItem(judged.item, (), TOO_LONG)
    if place < shape.errors + shape.failed:
        broken = (replace(vote, status="failed", choice=None, p_a=None, error="out of memory") for vote in judged.votes)
        return JudgedItem(judged.item, tuple(broken))
    return JudgedItem(judged.item, judged.votes[: shape.votes // 2])
