"""What one row may do next: a small machine that follows its text from thinking to verdict.

The engine asks it for tokens to feed, tells it which token came, and reads the verdict's probability where it
says so. It holds the rules: a budget always ends in a verdict; only an answer is read; text that was fed is
known as such.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

from rrm_ui.prompts.certainty import Certainty, CertaintyRule
from rrm_ui.prompts.verdict import VerdictForm

Phase = Literal["thinking", "answer"]
Closer = Literal["model", "budget", "certainty"]
"""What ended a thought: the model itself, its budget, or readings of the verdict that were sure."""


@dataclass(frozen=True)
class VerdictFormat:
    """How a family's thinking is closed and its verdict asked for, as token ids of one tokenizer."""

    form: VerdictForm
    """The same as text."""
    closing: tuple[int, ...]
    """Fed when the thinking is ended from outside."""
    stem: tuple[int, ...]
    """Fed right after ``closing``: everything of a verdict up to the choice."""
    closed_stem: tuple[int, ...]
    """The same right after a close that the model wrote."""
    late_stem: tuple[int, ...]
    """The same after some answer text: starts a line of its own."""
    choices: tuple[int, int]
    """The ids that may follow the stem: the first response is better, the second one is."""
    end_ids: frozenset[int]
    stem_text: str
    """The stem as ``stem`` has it: some tokenizers join its last space to the choice."""
    close_id: int | None = None
    """The one token that closes a thought, where the tokenizer has one: the same letters in a quotation do not."""


@dataclass(frozen=True)
class Piece:
    """Some text that a row gained."""

    phase: Phase
    text: str
    forced: bool


class RowScript:
    """One row's progress. ``push`` every token, sampled or fed; feed ``forced`` before sampling again."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        verdict_format: VerdictFormat,
        thinking_budget: int,
        answer_tokens: int,
        certainty: CertaintyRule | None = None,
    ) -> None:
        self._tokenizer = tokenizer
        self._format = verdict_format
        self._budget = thinking_budget
        self._answer_limit = answer_tokens if thinking_budget else 0
        self._certainty = Certainty(certainty) if certainty is not None else None
        self._decoder = DecodeStream(skip_special_tokens=False)
        self._held = ""
        self._answer = ""
        self._silent = 0
        self._stem_fed = False
        self.forced: deque[int] = deque()
        """Tokens to feed instead of sampling."""
        self.closed_by: Closer | None = None
        self.thinking_tokens = 0
        self.answer_tokens = 0
        self.finished = False
        self.p_first: float | None = None
        self._read_after = ""
        """The answer up to where ``p_first`` was read."""
        self.position: Literal["first", "second"] | None = None
        self.read_from: Literal["boxed", "logits"] | None = None
        if thinking_budget == 0:  # the direct mode: no thinking, the verdict at once
            self._close("budget")

    @property
    def thinking(self) -> bool:
        """Whether the model is still thinking."""
        return self.closed_by is None

    @property
    def awaits_choice(self) -> bool:
        """Whether the next position decides the verdict, so that its probability must be read."""
        return not self.forced and not self.thinking and self._answer_tail().endswith(self._format.stem_text)

    def read_choice(self, log_first: float, log_second: float) -> list[Piece]:
        """Take the log-probabilities of both choices at the awaited position.

        If the stem was fed they are the verdict and the row is over; otherwise they are kept beside what
        the model goes on to write. An exact tie, or no number, is no verdict.
        """
        difference = log_second - log_first
        if math.isnan(difference):
            self.finished = self._stem_fed
            return []
        self.p_first, self._read_after = _sigmoid(-difference), self._answer
        if not self._stem_fed:
            return []
        self.finished = True
        if difference == 0:
            return []
        self.position = "first" if difference < 0 else "second"
        self.read_from = "logits"
        form = self._format.form
        choice = form.choices[0 if self.position == "first" else 1]
        space = form.stem.removeprefix(self._format.stem_text)
        return [Piece("answer", f"{space}{choice}{form.end}", forced=True)]

    def read_probe(self, p_first: float) -> list[Piece]:
        """Take a reading of the verdict, had the thinking ended here, and close the thinking once it is sure."""
        if self._certainty is None or not self.thinking:
            return []
        return self._close("certainty") if self._certainty.reached(self.thinking_tokens, p_first) else []

    def push(self, token: int) -> list[Piece]:
        """Take the next token and return the text that it completed."""
        if self.forced:
            self.forced.popleft()
            return self._push_forced(token)
        if self.thinking:
            return self._push_thinking(token)
        return self._push_answer(token)

    def _push_thinking(self, token: int) -> list[Piece]:
        if token in self._format.end_ids:  # the model ended its text instead of its thinking: go on to the verdict
            return self._close("model")
        self.thinking_tokens += 1
        self._held += self._decode(token)
        before, close, after = self._at_close(token)
        if close:
            self._held = ""
            self.closed_by = "model"
            self._answer = after
            if self._answer_limit == 0:
                self._feed_stem(self._format.closed_stem)
            pieces = [Piece("thinking", before, False)] if before else []
            return pieces + ([Piece("answer", after, False)] if after else [])
        by_text = self._format.close_id is None
        pieces = self._release(keep=_partial(self._format.form.close, self._held) if by_text else 0)
        if self.thinking_tokens >= self._budget:
            pieces += self._close("budget")
        return pieces

    def _at_close(self, token: int) -> tuple[str, str, str]:
        """Return what is held back as the parts before, of and after a close; the last two are empty without one."""
        close = self._format.form.close
        if self._format.close_id is None:
            return self._held.partition(close)
        return (self._held.removesuffix(close), close, "") if token == self._format.close_id else (self._held, "", "")

    def _push_answer(self, token: int) -> list[Piece]:
        ended = token in self._format.end_ids
        pieces: list[Piece] = []
        if not ended:
            self.answer_tokens += 1
            pieces = self._grow_answer(token, forced=False)
        form = self._format.form
        if ended or form.is_settled(self._answer) or self.answer_tokens >= self._answer_limit:
            self.position = form.read(self._answer)
            if self.position is not None:
                self.read_from, self.finished = "boxed", True
                if not form.chooses_after(self._answer, self._read_after):
                    self.p_first = None  # of an earlier verdict: the last one is spaced in another way
            else:
                self._feed_stem(self._format.late_stem)
        return pieces

    def _push_forced(self, token: int) -> list[Piece]:
        if self._silent:  # the fed closing belongs to neither the thinking nor the answer
            self._silent -= 1
            return []
        return self._grow_answer(token, forced=True)

    def _close(self, by: Closer) -> list[Piece]:
        """End the thinking from outside: give out what was held back and feed the closing."""
        pieces = self._release(keep=0)
        self.closed_by = by
        self.forced.extend(self._format.closing)
        self._silent = len(self._format.closing)
        # A fresh decoder: bytes of a character that was cut in two must not leak into the answer.
        self._decoder = DecodeStream(skip_special_tokens=False)
        if self._answer_limit == 0:
            self._feed_stem(self._format.stem)
        return pieces

    def _feed_stem(self, stem: tuple[int, ...]) -> None:
        self.p_first = None
        self._stem_fed = True
        self.forced.extend(stem)

    def _grow_answer(self, token: int, *, forced: bool) -> list[Piece]:
        text = self._decode(token)
        self._answer += text
        return [Piece("answer", text, forced)] if text else []

    def _answer_tail(self) -> str:
        return self._format.form.after_thinking(self._answer)

    def _decode(self, token: int) -> str:
        return self._decoder.step(self._tokenizer, token) or ""

    def _release(self, keep: int) -> list[Piece]:
        """Give out the held-back thinking but for its last ``keep`` characters."""
        end = len(self._held) - keep
        text, self._held = self._held[:end], self._held[end:]
        return [Piece("thinking", text, False)] if text else []


def _partial(marker: str, text: str) -> int:
    """Return how many characters at the end of ``text`` may be the beginning of ``marker``."""
    return next((n for n in range(min(len(marker) - 1, len(text)), 0, -1) if marker.startswith(text[-n:])), 0)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
