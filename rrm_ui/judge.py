"""One comparison into a stream of events and a ``Judgment``: orders, votes, budget, early stopping, tally."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rrm_ui.engines.interface import Engine, GenerationRequest, RowRequest
from rrm_ui.errors import BadInput, EngineFailure, Failure, TooLong
from rrm_ui.events import (
    Event,
    JudgmentFailed,
    JudgmentFinished,
    NoticeGiven,
    Reading,
    TallyChanged,
    VoteFinished,
    Waiting,
)
from rrm_ui.prompts.certainty import CertaintyRule
from rrm_ui.prompts.encoding import PromptBuilder, clean_text
from rrm_ui.tally import count_votes, is_decided
from rrm_ui.values import MAX_VOTES, Comparison, JudgeSettings, Judgment, ModelDetails, Notice, Order, Tally, Vote
from rrm_ui.vote_board import VoteBoard

LEAST_BUDGET = 16
"""If the context leaves less room than this for thinking, the comparison counts as too long."""


SETTING_RANGES: dict[str, tuple[Literal["whole number", "number"], float, float]] = {
    "thinking_budget": ("whole number", 0, 1_000_000),
    "votes": ("whole number", 1, MAX_VOTES),
    "temperature": ("number", 0, 2),
    "top_p": ("number", 0.01, 1),
    "seed": ("whole number", 0, 2**63 - 1),
    "probe_every": ("whole number", 0, 1_000_000),
    "sure_at": ("number", 0.5, 1),
    "sure_probes": ("whole number", 1, 1_000_000),
}
SWITCHES = ("both_orders", "stop_early", "close_when_sure")


@dataclass(frozen=True)
class JudgeModel:
    """Everything needed to judge: an engine, the prompts of its model, and which model that is."""

    engine: Engine
    prompts: PromptBuilder
    details: ModelDetails
    defaults: JudgeSettings
    family_guessed: bool = False
    """Whether the words that it is asked with are a guess."""
    weights_bytes: int = 0
    """Memory that its weights hold."""
    shares_batch: bool = True
    """Whether requests made together are written as rows of one batch; if not, they are better made in turn."""
    setup: str = ""
    """How the model runs on this machine and why so, in one line; no part of what a judgment depends on."""


def judge(
    comparison: Comparison,
    settings: JudgeSettings,
    model: JudgeModel,
    cancel: threading.Event | None = None,
    earlier: Sequence[Vote] = (),
    *,
    watched: bool = True,
    person: str = "",
) -> Generator[Event, None, None]:
    """Judge ``comparison`` and yield what happens; the last event is ``JudgmentFinished``.

    Votes in ``earlier`` were cast before under the same settings: they count, and only the missing ones are cast.
    ``watched=False`` says that nobody follows the votes as they grow, so that the engine may trade pace for throughput.
    ``person`` names who asks, as an opaque string: the engine shares itself fairly between persons.
    Setting ``cancel`` ends the votes that still run and keeps those that finished. Closing the generator
    gives everything up. Either frees the engine's rows at once.

    Raises (before the first event):
        BadInput, TooLong: the comparison or the settings cannot be judged; nothing ran.
    Raises (from the engine):
        QueueFull: too many judgments are waiting.
        PlatformRefused: there was no GPU to be had; nothing ran.
    """
    comparison = check_comparison(comparison)
    check_settings(settings)
    orders = vote_orders(comparison, settings)
    prompts = {order: model.prompts.build(comparison, order) for order in sorted(set(orders))}
    request_settings = fit_budget(settings, max(len(prompt.ids) for prompt in prompts.values()), model)
    seeds = [vote_seed(comparison, settings, index) for index in range(settings.votes)]
    board = VoteBoard(orders, seeds, earlier)
    request = GenerationRequest(
        rows=tuple(RowRequest(prompts[orders[index]], seeds[index]) for index in board.open_votes()),
        verdict_format=model.prompts.verdict_format,
        thinking_budget=request_settings.thinking_budget,
        answer_tokens=model.prompts.family.answer_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        probe_every=settings.probe_every,
        certainty=CertaintyRule(settings.sure_at, settings.sure_probes) if settings.close_when_sure else None,
        watched=watched,
        person=person,
    )
    return _Run(comparison, settings, request_settings, model, cancel or threading.Event()).events(request, board)


def check_comparison(comparison: Comparison) -> Comparison:
    """Return ``comparison`` with its texts cleaned.

    Raises:
        BadInput: a text is not text, or is empty.
    """
    texts = {}
    for name, words in (("query", "query"), ("response_a", "response A"), ("response_b", "response B")):
        text = getattr(comparison, name)
        if not isinstance(text, str):
            raise BadInput(f"The {words} is not text; send it as a string.", field=name)
        if not text.strip():
            raise BadInput(f"The {words} is empty; type or paste it, then judge again.", field=name)
        texts[name] = clean_text(text)
    return Comparison(**texts)


def check_settings(settings: JudgeSettings) -> None:
    """Check that every setting is within its range, and that they can be followed together.

    Raises:
        BadInput: one is not; the message names it, its value and the range.
    """
    for name, (kind, low, high) in SETTING_RANGES.items():
        value = getattr(settings, name)
        numeric = isinstance(value, int) or (kind == "number" and isinstance(value, float))
        if isinstance(value, bool) or not numeric or not low <= value <= high:
            raise BadInput(
                f"{name} is {value!r}; it must be a {kind} from {low:,} to {high:,}.",
                code="setting_whole" if kind == "whole number" else "setting_number",
                field=name,
                # As text: a browser's numbers have fewer digits than the largest seed.
                low=f"{low:,}",
                high=f"{high:,}",
            )
    for name in SWITCHES:
        if not isinstance(getattr(settings, name), bool):  # a text, "false" among them, would switch it on
            raise BadInput(f"{name} is {getattr(settings, name)!r}; it must be true or false.", field=name)
    if settings.close_when_sure and not settings.probe_every:
        raise BadInput(
            "Closing a thought when it is sure needs readings of its verdict; set probe_every to 1 or more.",
            field="probe_every",
        )


def probing_interval(model: JudgeModel, *, close_when_sure: bool) -> int:
    """Return the thinking tokens between two readings where nobody says otherwise.

    A thought can be closed only where it is read: the shorter a family's thoughts, the closer its readings must be.
    """
    return model.prompts.family.sure_probe_every if close_when_sure else model.defaults.probe_every


def fit_budget(settings: JudgeSettings, prompt_tokens: int, model: JudgeModel) -> JudgeSettings:
    """Return ``settings`` with the thinking budget cut to what the context leaves.

    Raises:
        TooLong: the prompt leaves no room to think and answer; the message has both token counts.
    """
    form = model.prompts.verdict_format
    # Without thinking the stem is fed at once, and no answer is written before it.
    ending = len(form.late_stem) + model.prompts.family.answer_tokens if settings.thinking_budget else len(form.stem)
    room = model.details.context_tokens - len(form.closing) - ending - prompt_tokens
    least = min(LEAST_BUDGET, settings.thinking_budget)
    if room < least:
        over, allowed = least - room, prompt_tokens + room - least
        raise TooLong(
            f"The query and the two responses take {prompt_tokens:,} tokens; {model.details.name} can take "
            f"{allowed:,}. Shorten them by {over:,} tokens.",
            tokens=prompt_tokens,
            allowed=allowed,
            over=over,
        )
    return replace(settings, thinking_budget=min(settings.thinking_budget, room))


def vote_orders(comparison: Comparison, settings: JudgeSettings) -> list[Order]:
    """Return each vote's order: alternating, starting with one that a hash picks.

    A hash and not a running generator: dropping one comparison from a file changes no other.
    """
    if not settings.both_orders:
        return ["AB"] * settings.votes
    start = _hash(comparison, settings.seed, "order") % 2
    return ["AB" if (index + start) % 2 == 0 else "BA" for index in range(settings.votes)]


def vote_seed(comparison: Comparison, settings: JudgeSettings, index: int) -> int:
    """Return the seed of one vote's draws: a hash of (seed, comparison, index)."""
    return _hash(comparison, settings.seed, index) >> 1


def _hash(comparison: Comparison, *more: int | str) -> int:
    parts = (comparison.query, comparison.response_a, comparison.response_b, *more)
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "big")


def _closed_when_sure(sure: Sequence[Vote], board: VoteBoard) -> Notice:
    saved = board.tokens_saved_by_closing()
    if saved is None:
        return Notice("closed_when_sure_all", {"votes": len(sure)})
    return Notice("closed_when_sure", {"votes": len(sure), "tokens": saved})


@dataclass
class _Run:
    """One judgment under way."""

    comparison: Comparison
    asked: JudgeSettings
    settings: JudgeSettings
    """As asked, but for the budget, which may be cut to the context."""
    model: JudgeModel
    cancel: threading.Event

    def events(self, request: GenerationRequest, board: VoteBoard) -> Generator[Event, None, None]:
        """Yield the whole stream: opening, what the engine writes, what was stopped, the judgment."""
        started = time.monotonic()
        notices = list(self._opening_notices())
        yield from map(NoticeGiven, notices)
        yield from board.starts()
        failure: Failure | None = None
        try:
            if request.rows:
                yield from self._follow(request, board)
        except EngineFailure as raised:
            failure = raised.failure
        error = failure.message if failure is not None else None
        stopped = self._close_open_votes(board, error)
        yield from (VoteFinished(vote, failure) for vote in stopped)
        tally = self._tally(board)
        yield TallyChanged(tally)
        closing = list(self._closing_notices(board, stopped))
        yield from map(NoticeGiven, closing)
        if failure is not None:
            yield JudgmentFailed(failure)
        yield JudgmentFinished(
            Judgment(
                comparison=self.comparison,
                settings=self.settings,
                model=self.model.details,
                tally=tally,
                votes=board.votes(),
                seconds=time.monotonic() - started,
                notices=(*notices, *closing),
                error=error,
            )
        )

    def _follow(self, request: GenerationRequest, board: VoteBoard) -> Iterator[Event]:
        """Fold the engine's rows into the board until all are over, someone stops it, or the votes are decided."""
        stream = self.model.engine.stream(request)
        standing: Waiting | Reading = Reading(
            0, sum(len(prompt.ids) for prompt in {row.prompt for row in request.rows})
        )
        try:
            for batch in stream:
                if not batch and not self.cancel.is_set():
                    # Nothing new: say again where it stands, because a reader can only stop at an event.
                    yield standing
                finished = False
                for row_event in batch:
                    for event in board.fold(row_event):
                        standing = event if isinstance(event, (Waiting, Reading)) else standing
                        finished = finished or isinstance(event, VoteFinished)
                        # Once stopped, what has come already still counts, and is told without its steps.
                        if not self.cancel.is_set() or isinstance(event, VoteFinished):
                            yield event
                if self.cancel.is_set():
                    return
                if finished:
                    tally = self._tally(board)
                    yield TallyChanged(tally)
                    if self._decided(tally):
                        return
        finally:
            stream.close()

    def _tally(self, board: VoteBoard) -> Tally:
        repeated = self.settings.repeats_readings
        return count_votes(board.finished(), board.open_count(), repeated_readings=repeated)

    def _decided(self, tally: Tally) -> bool:
        settings = self.settings
        return settings.stop_early and tally.outstanding > 0 and is_decided(tally, both_orders=settings.both_orders)

    def _close_open_votes(self, board: VoteBoard, error: str | None) -> list[Vote]:
        if error is not None:
            return board.close_open("failed", error)
        return board.close_open("cancelled" if self.cancel.is_set() else "stopped_early")

    def _opening_notices(self) -> Iterator[Notice]:
        if self.comparison.response_a == self.comparison.response_b:
            yield Notice("identical_responses")
        if self.settings.thinking_budget < self.asked.thinking_budget:
            yield Notice("budget_cut", {"asked": self.asked.thinking_budget, "given": self.settings.thinking_budget})
        if self.settings.votes > 1 and self.settings.repeats_readings:
            yield Notice("repeated_readings")

    def _closing_notices(self, board: VoteBoard, stopped: list[Vote]) -> Iterator[Notice]:
        counts = {status: sum(vote.status == status for vote in board.votes()) for status in ("cancelled", "failed")}
        if counts["cancelled"]:
            yield Notice("cancelled", {"votes": counts["cancelled"]})
        if counts["failed"]:
            yield Notice("votes_failed", {"votes": counts["failed"]})
        sure = [vote for vote in board.finished() if vote.closed_by == "certainty"]
        if sure:
            yield _closed_when_sure(sure, board)
        early = [vote for vote in stopped if vote.status == "stopped_early"]
        if early:
            yield Notice("stopped_early", {"votes": len(early), "tokens": board.saved_tokens(early)})
