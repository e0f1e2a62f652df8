"""What an engine is: rows of tokens in, row events out.

A request holds one row per vote. The engine writes each row until its script says that it is over, and
reports what happened in batches. Positions are the model's (Assistant 1 is *first*, Assistant 2 *second*);
mapping them to a person's A and B is the judge's work.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rrm_ui.errors import Failure
from rrm_ui.prompts.certainty import CertaintyRule
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.prompts.script import Closer, Phase, VerdictFormat

Position = Literal["first", "second"]


@dataclass(frozen=True)
class RowRequest:
    """One row: a prompt to go on from, and the seed of its draws."""

    prompt: PromptTokens
    seed: int


@dataclass(frozen=True)
class GenerationRequest:
    """Everything the engine needs to write a set of rows. Plain data: it can be pickled to a worker."""

    rows: tuple[RowRequest, ...]
    verdict_format: VerdictFormat
    thinking_budget: int
    answer_tokens: int
    temperature: float
    top_p: float
    probe_every: int
    certainty: CertaintyRule | None = None
    """When probes close a row's thinking before its budget; None for never."""
    watched: bool = True
    """Whether somebody follows the rows as they grow; otherwise only the whole matters, not an even pace."""
    person: str = ""
    """Whose request this is, as an opaque name: an engine shares itself fairly between persons, not requests."""

    @property
    def longest_row(self) -> int:
        """Tokens of the longest row if its thinking and its answer use all they may."""
        feeding = len(self.verdict_format.closing) + len(self.verdict_format.late_stem)
        return max(len(row.prompt.ids) for row in self.rows) + self.thinking_budget + self.answer_tokens + feeding


@dataclass(frozen=True)
class Queued:
    """Requests ahead of this one are waiting or running; nothing has been read yet."""

    place: int
    """How many requests wait before this one, and itself."""
    seconds: float | None = None
    """Expected seconds until its first row is admitted; None until enough was measured."""


@dataclass(frozen=True)
class PromptRead:
    """Prompt tokens read so far, over the distinct prompts of the rows that were admitted so far.

    Rows that find room later may bring prompts of their own: both numbers then grow on.
    """

    tokens: int
    total: int


@dataclass(frozen=True)
class RowText:
    """A row grew by some text."""

    row: int
    phase: Phase
    text: str
    forced: bool
    """True if the text was fed to the model, not written by it."""
    tokens: int
    """Tokens of this phase so far that the model wrote."""


@dataclass(frozen=True)
class RowProbed:
    """Probability of the first position, had the thinking ended here."""

    row: int
    tokens: int
    p_first: float


@dataclass(frozen=True)
class RowClosed:
    """A row's thinking ended."""

    row: int
    by: Closer


@dataclass(frozen=True)
class RowFinished:
    """A row ended with a verdict, or with none that could be read."""

    row: int
    position: Position | None
    p_first: float | None
    read_from: Literal["boxed", "logits"] | None
    thinking_tokens: int
    answer_tokens: int
    ids: tuple[int, ...] = ()
    """Every token that follows the prompt, sampled or fed, in order; the verdict that was read is not among them."""


@dataclass(frozen=True)
class RowFailed:
    """A row ended because something broke."""

    row: int
    failure: Failure


RowEvent = Queued | PromptRead | RowText | RowProbed | RowClosed | RowFinished | RowFailed


@dataclass(frozen=True)
class EngineLoad:
    """How busy an engine is."""

    rows: int
    """Rows being read or written."""
    waiting: int
    """Requests of which no row has been admitted."""
    held_tokens: int = 0
    """Key and value slots that running rows hold, spare columns included."""
    capacity_tokens: int = 0
    """Key and value slots that running rows may hold together; 0 where the engine has no such bound."""
    held_bytes: int = 0
    """Memory of the keys and values of running rows and kept prompt heads."""


class Engine(Protocol):
    """Writes rows. One engine serves many requests at once."""

    def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
        """Write the rows of ``request`` and yield what happened, at least every 0.1 s (possibly nothing).

        Closing the generator gives the rows up and frees them before the next step. The generator ends
        when every row has finished or failed.

        Raises:
            QueueFull: too many requests are waiting.
            NoRoom: not even one of the rows fits the memory.
            PlatformRefused: the platform that lends the GPU did not lend it; nothing ran.
            EngineFailure: the engine broke or took too long; rows that finished before were reported.
        """
        ...

    def load(self) -> EngineLoad:
        """Return how busy the engine is now."""
        ...

    def read_ahead(self, head: Sequence[int]) -> None:
        """Read ``head``, with which later prompts begin, as soon as nobody waits for anything. Returns at once."""
        ...

    def widen(self) -> None:
        """Let rows have the memory that something else, such as another model, has given back since the start."""
        ...

    def stop(self) -> None:
        """End for good and free what the engine holds; running requests are told. May wait for a step."""
        ...
