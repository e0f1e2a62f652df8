"""How often the judge agreed with the labels: over all, by subset, and by a benchmark's weighted sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rrm_ui.evaluation.analysis.counted import CountedItem, prompts_of, worth
from rrm_ui.evaluation.analysis.intervals import mean_of, weighted
from rrm_ui.evaluation.findings import SCORINGS, Estimate, Scores, Scoring, SectionScore, SubsetScores


def score(counted: Sequence[CountedItem]) -> Scores:
    """Return the scores over the items labelled A or B.

    The shares of undecided and missing verdicts are over the same items; where no item is labelled, over all.
    """
    labelled = [one for one in counted if one.label]
    outcomes = [one.tally.outcome for one in labelled or counted]
    return Scores(
        n=len(labelled),
        **{scoring: _accuracy(labelled, scoring) for scoring in SCORINGS},
        undecided=outcomes.count("undecided") / max(len(outcomes), 1),
        no_verdict=outcomes.count("no_verdict") / max(len(outcomes), 1),
    )


def score_subsets(counted: Sequence[CountedItem]) -> tuple[SubsetScores, ...]:
    """Return the scores of every subset, by name; none if the items name no subsets."""
    names = sorted({one.item.subset for one in counted})
    if names == [""]:
        return ()
    return tuple(SubsetScores(name, score([one for one in counted if one.item.subset == name])) for name in names)


def section_scores(
    subsets: Sequence[SubsetScores], sections: Mapping[str, Mapping[str, float]]
) -> tuple[SectionScore, ...]:
    """Return each section's score and last the ``overall`` one, the plain mean of the sections.

    ``sections`` says which subsets a section has and what each weighs (RewardBench: its count of prompts, with
    ``math-prm`` as 984). The weights are the benchmark's, not the run's: a sample estimates the same figure.
    A section that lacks a subset has no score, and then neither has ``overall``.
    """
    if not sections:
        return ()
    held = {one.name: one.scores for one in subsets if one.scores.n}
    made = [_section(name, weights, held) for name, weights in sections.items()]
    missing = tuple(name for section in made for name in section.missing)
    estimates = {scoring: [getattr(section, scoring) for section in made] for scoring in SCORINGS}
    overall = SectionScore(
        name="overall",
        n=sum(section.n for section in made),
        **{scoring: None if missing else weighted(each, [1.0] * len(made)) for scoring, each in estimates.items()},
        missing=missing,
    )
    return (*made, overall)


def _section(name: str, weights: Mapping[str, float], held: Mapping[str, Scores]) -> SectionScore:
    missing = tuple(subset for subset in weights if subset not in held)

    def by(scoring: Scoring) -> Estimate | None:
        if missing:
            return None
        return weighted([held[subset].by(scoring) for subset in weights], list(weights.values()))

    return SectionScore(
        name=name,
        n=sum(held[subset].n for subset in weights if subset in held),
        strict=by("strict"),
        lenient=by("lenient"),
        probability=by("probability"),
        missing=missing,
    )


def _accuracy(labelled: Sequence[CountedItem], scoring: Scoring) -> Estimate:
    return mean_of([worth(one.tally, one.label, scoring) for one in labelled if one.label], prompts_of(labelled))
