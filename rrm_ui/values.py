"""What is judged, how, and what came of it: plain values that every other room speaks in.

Positions and names: a model compares *Assistant 1* with *Assistant 2*; a person compares *A* with *B*.
An order says which of a person's responses the model saw first. Everything in this module is in the
person's terms (A and B).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Order = Literal["AB", "BA"]
"""Which response the model saw as Assistant 1: ``AB`` shows A first."""

Choice = Literal["A", "B"]
Outcome = Literal["A", "B", "undecided", "no_verdict"]
OrderAgreement = Literal["agree", "differ", "split"]
"""Of two orders' majorities; ``split``: the votes of at least one order split evenly."""
ClosedBy = Literal["model", "budget", "certainty", "cancelled"]
ReadFrom = Literal["boxed", "logits"]
VoteStatus = Literal["finished", "cancelled", "stopped_early", "failed"]
NoticeCode = Literal[
    "identical_responses",
    "budget_cut",
    "repeated_readings",
    "stopped_early",
    "closed_when_sure",
    "closed_when_sure_all",
    "cancelled",
    "votes_failed",
]

MAX_VOTES = 64
"""The most votes that one comparison may cast (the page's slider ends here)."""


@dataclass(frozen=True)
class Comparison:
    """A query and the two responses to weigh against each other."""

    query: str
    response_a: str
    response_b: str

    def to_dict(self) -> dict[str, str]:
        """Return the three texts by name."""
        return asdict(self)


@dataclass(frozen=True)
class JudgeSettings:
    """How much compute one comparison gets, and how its votes are drawn."""

    thinking_budget: int = 1024
    """Tokens of thinking per vote; 0 asks for the verdict at once (DirectJudge)."""
    votes: int = 4
    both_orders: bool = True
    stop_early: bool = False
    seed: int = 0
    temperature: float = 0.6
    top_p: float = 1.0
    probe_every: int = 64
    """Thinking tokens between two readings of the verdict probability; 0 takes none."""
    close_when_sure: bool = False
    """Close a thought before its budget once ``sure_probes`` readings in a row gave one side at least ``sure_at``."""
    sure_at: float = 0.999
    sure_probes: int = 2
    """What saves most among all that changes at most 1 % of outcomes, measured on the embedded judge
    (``tests/benchmarks/stopping.py``)."""

    def to_dict(self) -> dict[str, Any]:
        """Return the settings by name."""
        return asdict(self)

    @property
    def repeats_readings(self) -> bool:
        """Whether all votes of one order are one and the same reading, which counts once."""
        return self.thinking_budget == 0 or self.temperature == 0

    def in_force(self) -> dict[str, Any]:
        """Return the settings by name, without those that another one switches off: alike, two judge alike."""
        idle = () if self.close_when_sure else ("sure_at", "sure_probes")
        return {name: value for name, value in self.to_dict().items() if name not in idle}


@dataclass(frozen=True)
class ModelDetails:
    """Which model judged, exactly enough to judge the same way again."""

    name: str
    revision: str | None = None
    quantization: str = "none"
    device: str = "cpu"
    prompt_family: str = "rrm"
    prompt_hash: str = ""
    """Hash of the family's wording: two judgments compare only if the words were the same."""
    adapter_hash: str | None = None
    context_tokens: int = 32768
    demonstration: bool = False
    """True for the small embedded models, which the page must not pass off as an RRM."""

    def to_dict(self) -> dict[str, Any]:
        """Return the details by name."""
        return asdict(self)


@dataclass(frozen=True)
class Probe:
    """The verdict's probability as it stood after some thinking, had the thought ended there."""

    tokens: int
    """Thinking tokens written so far."""
    p_a: float
    offset: int
    """Characters of thinking written so far: where in the text this reading belongs."""


@dataclass(frozen=True)
class Vote:
    """One chain of thought and the verdict it ended in."""

    index: int
    order: Order
    seed: int
    choice: Choice | None = None
    p_a: float | None = None
    """Probability of A at the moment of the verdict; None if it was not read."""
    thinking: str = ""
    answer: str = ""
    """What follows the thinking, including text that was fed rather than written (see ``forced``)."""
    forced: tuple[tuple[int, int], ...] = ()
    """Character ranges of ``answer`` that the model did not write."""
    thinking_tokens: int = 0
    answer_tokens: int = 0
    closed_by: ClosedBy = "cancelled"
    """Who ended the thinking (``certainty``: readings that were sure); ``cancelled``: see ``status``."""
    read_from: ReadFrom | None = None
    probes: tuple[Probe, ...] = ()
    status: VoteStatus = "finished"
    error: str | None = None

    @property
    def tokens(self) -> int:
        """Tokens of the thinking and the answer together."""
        return self.thinking_tokens + self.answer_tokens

    def to_dict(self) -> dict[str, Any]:
        """Return the vote as in the public contract: probes as ``[tokens, p_a]`` pairs."""
        row = asdict(self)
        row["probes"] = [[probe.tokens, probe.p_a] for probe in self.probes]
        row["forced"] = [list(span) for span in self.forced]
        return row

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Vote:
        """Return the vote of a row that ``to_dict`` made; a probe's place in the text is not kept there."""
        probes = tuple(Probe(tokens, p_a, 0) for tokens, p_a in row["probes"])
        return cls(**{**row, "probes": probes, "forced": tuple((low, high) for low, high in row["forced"])})


@dataclass(frozen=True)
class Tally:
    """The votes counted so far, and what they say together (``rrm_ui.tally`` computes it)."""

    a: int = 0
    b: int = 0
    no_verdict: int = 0
    outstanding: int = 0
    """Votes that have neither finished nor been given up."""
    outcome: Outcome = "no_verdict"
    vote_confidence: float | None = None
    """Posterior that the majority is right about the model's own preference; 0.5 on a split, None without votes."""
    p_a: float | None = None
    """Mean over the orders of the mean probability of A."""
    order_agreement: OrderAgreement | None = None
    """What the two orders' majorities say of each other; None while one order has no votes."""
    by_order: dict[Order, tuple[int, int]] = field(default_factory=dict)
    """Votes for A and for B, by order."""

    @property
    def order_dependent(self) -> bool | None:
        """Whether the two orders' majorities differ; None while one order has no votes."""
        return None if self.order_agreement is None else self.order_agreement == "differ"

    def counts(self) -> dict[str, int]:
        """Return the three counts under their public names."""
        return {"A": self.a, "B": self.b, "no_verdict": self.no_verdict}

    def to_dict(self) -> dict[str, Any]:
        """Return counts and readings by name."""
        return {
            **self.counts(),
            "outstanding": self.outstanding,
            "outcome": self.outcome,
            "vote_confidence": self.vote_confidence,
            "p_a": self.p_a,
            "order_dependent": self.order_dependent,
            "order_agreement": self.order_agreement,
            "by_order": {order: list(pair) for order, pair in self.by_order.items()},
        }


@dataclass(frozen=True)
class Notice:
    """Something about a judgment that its reader must know, as a code that each surface words."""

    code: NoticeCode
    values: dict[str, int | float | str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the code and its values."""
        return {"code": self.code, "values": dict(self.values)}


@dataclass(frozen=True)
class Judgment:
    """The verdict on one comparison, with every vote behind it."""

    comparison: Comparison
    settings: JudgeSettings
    model: ModelDetails
    tally: Tally
    votes: tuple[Vote, ...]
    seconds: float
    notices: tuple[Notice, ...] = ()
    error: str | None = None
    """Why the judgment ended before its votes did; the votes that finished still count."""

    @property
    def tokens(self) -> int:
        """Tokens that the votes wrote, thinking and answers together."""
        return sum(vote.tokens for vote in self.votes)

    def to_dict(self) -> dict[str, Any]:
        """Return the judgment as the public contract has it (command line, API, MCP, downloads)."""
        details = self.model.to_dict()
        return {
            "outcome": self.tally.outcome,
            "tally": self.tally.counts(),
            "vote_confidence": self.tally.vote_confidence,
            "p_a": self.tally.p_a,
            "order_dependent": self.tally.order_dependent,
            "order_agreement": self.tally.order_agreement,
            "by_order": self.tally.to_dict()["by_order"],
            "model": details.pop("name"),
            "settings": {**self.settings.to_dict(), **details},
            "seconds": round(self.seconds, 3),
            "tokens": self.tokens,
            "votes": [vote.to_dict() for vote in self.votes],
            "notices": [notice.to_dict() for notice in self.notices],
            "error": self.error,
            "comparison": self.comparison.to_dict(),
        }
