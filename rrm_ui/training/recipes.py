"""The steps of the recipe as whole runs: model and data in, an adapter with its curves and its card out.

What needs no weights is checked before they are loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rrm_ui.engines.models.adapter_files import WEIGHTS_FILE
from rrm_ui.files import PARTIAL_SUFFIX, publish_folder, remove
from rrm_ui.training.card import write_card
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.examples import direct_example
from rrm_ui.training.grpo import GrpoOptions, train_grpo
from rrm_ui.training.job import TrainingJob, journal_of
from rrm_ui.training.journal import Journal
from rrm_ui.training.policy import Policy
from rrm_ui.training.stepping import Row, Watch
from rrm_ui.training.supervised import SupervisedOptions, train_supervised
from rrm_ui.training.taught import require_assistants, require_thoughts, thinking_examples
from rrm_ui.training.thoughts import Thought, sample_thoughts
from rrm_ui.training.untrained import Base, Untrained
from rrm_ui.training.validation import ORDERS, validate

THOUGHT_SAMPLES = 4
"""Of each comparison in each order, put to the untrained model."""
ADAPTER = "adapter"
"""The folder, inside that of a run, that holds the result."""


def run_cold_start(
    job: TrainingJob,
    model: Untrained,
    comparisons: Sequence[LabelledComparison],
    options: SupervisedOptions,
    *,
    sampled: int = 0,
) -> Path:
    """Teach short thoughts and right verdicts; return the adapter's folder.

    ``sampled`` comparisons are first put to the untrained model, and its own short right thoughts are taught; the
    others, where there are words for it, get the thought that was written of them.

    Raises:
        BadInput: no comparison has a thought, the thoughts' words do not suit the prompts', or the folder holds another
            run.
        ModelUnavailable: the weights cannot be loaded.
        Stopped: ``job.cancel`` was set.
        EngineFailure: the model computed no valid numbers.
    """
    require_thoughts(comparisons, sampled)
    require_assistants(model.prompts.family)
    asked = {"options": asdict(options), "sampled": sampled, "validation_budget": job.budget}
    journal = journal_of(job, model, "cold-start", asked, comparisons)
    run = _Run(job, model.base, model.load(), journal, comparisons)
    own: list[Thought] = []
    if sampled:
        journal.begin()  # what is sampled is kept in the run's folder
        place = job.folder / "thoughts.jsonl"
        own = sample_thoughts(run.policy, comparisons[:sampled], place, THOUGHT_SAMPLES, job.seed, job.cancel)
    examples, taught = thinking_examples(run.policy.prompts, comparisons, own, sampled)
    run.begin()
    train_supervised(run.policy, examples, options, journal, run.watch(job.budget))
    return run.finish(options.steps, "cold start", {"thoughts sampled from the untrained model": taught})


def run_direct(
    job: TrainingJob, model: Untrained, comparisons: Sequence[LabelledComparison], options: SupervisedOptions
) -> Path:
    """Teach right verdicts without any thinking (DirectJudge); return the adapter's folder.

    Raises:
        BadInput: the folder holds another run.
        ModelUnavailable: the weights cannot be loaded.
        Stopped: ``job.cancel`` was set.
        EngineFailure: the model computed no valid numbers.
    """
    journal = journal_of(job, model, "direct", {"options": asdict(options)}, comparisons)
    run = _Run(job, model.base, model.load(), journal, comparisons)
    examples = [direct_example(run.policy.prompts, one, ORDERS[place % 2]) for place, one in enumerate(comparisons)]
    run.begin()
    train_supervised(run.policy, examples, options, journal, run.watch(0))
    return run.finish(options.steps, "DirectJudge", {})


def run_grpo(
    job: TrainingJob, model: Untrained, comparisons: Sequence[LabelledComparison], options: GrpoOptions
) -> Path:
    """Reinforce what leads to right verdicts; return the adapter's folder.

    A run that has ended goes on where it stopped if more steps are asked for than it has taken.

    Raises:
        BadInput: the folder holds another run, or one of more steps.
        ModelUnavailable: the weights cannot be loaded.
        Stopped: ``job.cancel`` was set.
        EngineFailure: the model computed no valid numbers.
    """
    asked = asdict(options)
    steps = asked.pop("steps")
    journal = journal_of(job, model, "grpo", {"steps": steps, "options": asked}, comparisons, may_change=("steps",))
    run = _Run(job, model.base, model.load(), journal, comparisons)
    run.begin()
    train_grpo(run.policy, comparisons, options, journal, run.watch(options.budget))
    return run.finish(options.steps, "GRPO", {})


@dataclass(frozen=True)
class _Run:
    """A run whose weights are in memory."""

    job: TrainingJob
    base: Base
    policy: Policy
    journal: Journal
    comparisons: Sequence[LabelledComparison]

    def begin(self) -> None:
        """Begin the run, or go on with it, once nothing can refuse it any more."""
        if self.job.start is not None and self.journal.state is None:
            self.policy.load_adapter(self.job.start)
        self.journal.begin()

    def watch(self, budget: int) -> Watch:
        """Return who looks at the run, validating with thoughts of ``budget`` tokens."""
        job = self.job

        def check(cancel: threading.Event | None = None) -> Row:
            return dict(validate(self.policy, job.validation, budget, job.seed, cancel).to_dict())

        if not job.validation:
            return Watch(report=job.report, cancel=job.cancel)
        return Watch(check, job.validate_every, job.report, cancel=job.cancel, begin=partial(check, job.cancel))

    def finish(self, steps: int, kind: str, more: dict[str, Any]) -> Path:
        """Write the adapter and its card beside the curves, whole or not at all; return its folder.

        Those of a run that had taken all its ``steps`` before stay as they are.
        """
        partial, target = self.job.folder / f"{ADAPTER}{PARTIAL_SUFFIX}", self.job.folder / ADAPTER
        with self.journal.recording():
            remove(partial)
            self.policy.save_adapter(partial, self.base.id)
            if self.journal.step == steps and _same_weights(partial, target):
                remove(partial)  # a run that started from what is there goes on only from the very files
                return target
            write_card(partial, kind, self.journal, self.comparisons, self.policy.trained[0], more)
            remove(target)
            publish_folder(partial, target)
        return target


def _same_weights(one: Path, other: Path) -> bool:
    """Return whether two adapters hold the same weights; their configuration's order was once another each time."""
    places = [folder / WEIGHTS_FILE for folder in (one, other)]
    return places[1].is_file() and places[0].read_bytes() == places[1].read_bytes()
