"""What a family makes: a query, a better and a worse response, and the words of a thought that tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rrm_ui.training.comparisons.draw import Draw

Language = Literal["en", "zh"]

Flaw = Literal[
    "slip",  # right method, wrong result
    "method",  # a plausible wrong method
    "form",  # right content in another form than asked
    "incomplete",  # cut off, or leaves out a part
    "garbled",
    "off_topic",
    "vague",  # says nothing that can be checked
    "language",  # another language than asked
    "unsafe",  # helps with harm
    "refusal",  # refuses what is harmless
    "manipulation",  # speaks to the judge, or forges a verdict
]
"""What is wrong with the worse response."""


@dataclass(frozen=True)
class DraftResponse:
    """A response, and what a thought says when it has checked it."""

    text: str
    finding: str
    """The predicate of a clause whose subject is the assistant, without a final stop: ``says 381: wrong``."""


@dataclass(frozen=True)
class Draft:
    """One comparison before its responses are put in an order."""

    query: str
    better: DraftResponse
    worse: DraftResponse
    flaw: Flaw
    working: str
    """The beginning of a thought: works out what a right response must be. Whole sentences; mentions no response."""
    steps: int
    """Inference steps from the query to what a right response must be; 1 where looking is enough."""


@dataclass(frozen=True)
class Family:
    """One kind of comparison."""

    name: str
    make: Callable[[Draw, Language], Draft]
    taught: Literal["thoughts", "reward", "never"] = "thoughts"
    """How a judge of this project is taught it: by thoughts written by program, in its cold start; by the reward alone,
    in reinforcement learning; or never, to see what carries over."""
    from_numbers: bool = False
    """Whether its queries are made of numbers and not of a table's rows. A query then belongs to a split by its own
    hash, so that tests repeat none of training."""
