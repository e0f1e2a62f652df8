"""What a run's votes say: plain figures, computed by ``rrm_ui.evaluation.analysis`` and shown by every surface.

Accuracies, shares and probabilities are numbers from 0 to 1; intervals are 95 %.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Scoring = Literal["strict", "lenient", "probability"]
"""How a comparison without a clear majority counts.

``strict``: a split and a missing verdict are wrong. ``lenient``: each is worth one half, as RewardBench scores what
it cannot read. ``probability``: the mean P(A) over both orders decides, whatever the votes; without one it is wrong.
"""

SCORINGS: tuple[Scoring, ...] = ("strict", "lenient", "probability")


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Scores:
    """How often the judge agreed with the label, by each rule, and what it left open."""

    n: int
    """Comparisons with a label A or B."""
    strict: Estimate
    lenient: Estimate
    probability: Estimate
    undecided: float
    """Share whose votes split evenly."""
    no_verdict: float
    """Share without any verdict: nothing readable, or too long. One whose votes failed is not judged yet."""

    def by(self, scoring: Scoring) -> Estimate:
        """Return the accuracy by one rule."""
        estimate: Estimate = getattr(self, scoring)
        return estimate


@dataclass(frozen=True)
class SubsetScores:
    """Scores of one subset."""

    name: str
    scores: Scores


@dataclass(frozen=True)
class SectionScore:
    """A weighted mean over subsets (RewardBench), by each rule; None where a subset of the section is missing."""

    name: str
    """Section, or ``overall``: the mean of the sections."""
    n: int
    strict: Estimate | None
    lenient: Estimate | None
    probability: Estimate | None
    missing: tuple[str, ...] = ()
    """Subsets that the run does not hold."""

    def by(self, scoring: Scoring) -> Estimate | None:
        """Return the score by one rule; None where a subset is missing."""
        estimate: Estimate | None = getattr(self, scoring)
        return estimate


@dataclass(frozen=True)
class CurvePoint:
    """Expected accuracy of a judge that casts ``votes`` votes of at most ``budget`` thinking tokens each."""

    votes: int
    budget: int
    tokens: float
    """Mean tokens written per comparison, all votes together."""
    accuracy: Estimate
    """By the rule that the curves were asked for."""


@dataclass(frozen=True)
class EarlyStopPoint:
    """What stopping early at some confidence would have done, votes taken in the order of their indices."""

    confidence: float
    votes: float
    """Mean votes cast per comparison."""
    tokens: float
    accuracy: Estimate


@dataclass(frozen=True)
class Curves:
    """Accuracy against compute, from stored votes and probes alone."""

    scoring: Scoring
    by_votes: tuple[CurvePoint, ...]
    """At the full budget, 1 vote up to all."""
    by_votes_one_order: tuple[CurvePoint, ...]
    """The same if A were always shown first; empty for a run that always did."""
    by_budget: tuple[CurvePoint, ...]
    """With all votes, at every budget that was probed."""
    grid: tuple[CurvePoint, ...]
    """Every vote count at every probed budget."""
    early_stopping: tuple[EarlyStopPoint, ...]


@dataclass(frozen=True)
class ReliabilityBin:
    """Comparisons whose confidence falls between two edges."""

    low: float
    high: float
    n: int
    confidence: float
    """Mean confidence in the bin."""
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """Whether a stated confidence is kept: 0.8 should be right four times in five."""

    of: Literal["p_a", "vote_confidence"]
    n: int
    brier: float
    ece: float
    """Expected calibration error over ten equal bins of confidence."""
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class TemperatureFit:
    """One temperature for the log-odds of P(A), and what it does to comparisons it was not fitted on."""

    temperature: float
    """Fitted on all comparisons of the run: for other data."""
    n: int
    before: Calibration
    after: Calibration
    """Cross-fitted: every comparison is scored with a temperature fitted on the other folds."""


@dataclass(frozen=True)
class PositionBias:
    """Whether the place decides."""

    first_share: Estimate
    """Share of votes for the response shown first; one half without a bias."""
    flips: Estimate | None
    """Share of comparisons whose two orders prefer different responses; None with one order."""


@dataclass(frozen=True)
class LengthBias:
    """Whether the length decides; over comparisons whose responses differ in length."""

    n: int
    """Those with a verdict and a label; if none is labelled, those with a verdict."""
    judged_longer: Estimate
    """Share of these verdicts for the longer response."""
    labelled_longer: float | None
    """The same share among their labels; None without labels."""
    accuracy_longer: Estimate | None
    """Accuracy (strict) where the label is the longer response."""
    accuracy_shorter: Estimate | None


@dataclass(frozen=True)
class ClassScores:
    """Three classes (1, 2, tie) as PandaLM scores them."""

    rows: Literal["all", "without ties"]
    n: int
    accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    no_verdict: float = 0.0
    """Share of these rows without any verdict, where it is known."""


@dataclass(frozen=True)
class PatternShare:
    """How many votes show one reasoning pattern."""

    name: str
    """transition, reflection, comparison, breakdown (paper, analysis of reasoning patterns)."""
    votes: int
    share: float
    per_thousand_tokens: float


@dataclass(frozen=True)
class Findings:
    """Everything that is computed from one run."""

    n: int
    """Comparisons judged, labelled or not."""
    not_judged: int
    """Of these, comparisons that this model cannot judge, such as too long ones: each counts as without a verdict."""
    budget_cut: int
    """Of these, comparisons whose votes could think less than was asked for: the context leaves no more."""
    labelled: int
    ties: int
    scores: Scores
    subsets: tuple[SubsetScores, ...]
    sections: tuple[SectionScore, ...]
    """Empty unless the run's benchmark has sections."""
    classes: tuple[ClassScores, ...]
    """Empty unless some labels are ties."""
    curves: Curves
    calibration: tuple[Calibration, ...]
    temperature: TemperatureFit | None
    """None with too few comparisons to fit."""
    position: PositionBias | None
    length: LengthBias | None
    patterns: tuple[PatternShare, ...]
    order_consistency: float | None
    """Share of comparisons whose two orders agree; None with one order."""
    tokens: int
    """Tokens written by all votes."""
    thinking_tokens_mean: float
    closed_by_budget: float
    """Share of votes whose thought the budget ended."""
    failed_votes: int

    def to_dict(self) -> dict[str, Any]:
        """Return everything by name, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Flip:
    """A comparison that two runs score differently."""

    item: str
    subset: str
    label: str | None
    first: str
    second: str


@dataclass(frozen=True)
class RunComparison:
    """Two runs over the same items."""

    n: int
    prompts: int
    """How many prompts these have: as many, unless some share one."""
    both: int
    """Right in both runs."""
    only_first: int
    only_second: int
    neither: int
    p_value: float
    """How probable a difference this large is if the judges are equally good: McNemar's exact test; where comparisons
    share prompts, the exact test that flips the signs of whole prompts."""
    by_subset: tuple[tuple[str, int, int], ...]
    """Subset, right only in the first, right only in the second."""
    flips: tuple[Flip, ...]
    scoring: Scoring
    """The rule by which an outcome is right: ``strict`` or ``probability``."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything by name, ready for JSON."""
        return asdict(self)
