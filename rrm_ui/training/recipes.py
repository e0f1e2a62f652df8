"""The steps of the recipe as whole runs: model and data in, an adapter with its curves and its card out."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rrm_ui.engines.models.adapter_files import CONFIG_FILE, WEIGHTS_FILE, adapter_hash
from rrm_ui.errors import BadInput, ModelUnavailable
from rrm_ui.files import PARTIAL_SUFFIX, publish_folder, remove
from rrm_ui.progress import ProgressCallback
from rrm_ui.settings import Settings
from rrm_ui.training.card import write_card
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.examples import direct_example, thinking_example
from rrm_ui.training.grpo import GrpoOptions, train_grpo
from rrm_ui.training.journal import Journal, asked_before
from rrm_ui.training.packing import Group
from rrm_ui.training.policy import LoraOptions, Policy
from rrm_ui.training.stepping import Row, Watch
from rrm_ui.training.supervised import SupervisedOptions, train_supervised
from rrm_ui.training.thoughts import Thought, sample_thoughts
from rrm_ui.training.validation import ORDERS, validate

THOUGHT_SAMPLES = 4
"""Of each comparison in each order, put to the untrained model."""
ADAPTER = "adapter"
"""The folder, inside that of a run, that holds the result."""


@dataclass(frozen=True)
class Base:
    """The model that is trained."""

    id: str
    """What libraries know it by: a Hub id, or the name of a folder."""
    revision: str

    def __str__(self) -> str:
        return f"{self.id} (revision {self.revision})"


@dataclass(frozen=True)
class TrainingJob:
    """What every run needs to know."""

    base: Base
    data: str
    """Where the comparisons came from, as a reader of the card should see it."""
    folder: Path
    start: Path | None = None
    """An adapter to start from."""
    lora: LoraOptions = field(default_factory=LoraOptions)
    seed: int = 0
    validation: Sequence[LabelledComparison] = ()
    validate_every: int = 0
    budget: int = 256
    """Thinking tokens of a validation's thoughts."""
    report: Callable[[Row], None] | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    """Ends a run after the step under way, and what goes before the first one at once."""


def run_cold_start(
    job: TrainingJob,
    policy: Policy,
    comparisons: Sequence[LabelledComparison],
    options: SupervisedOptions,
    *,
    sampled: int = 0,
) -> Path:
    """Teach short thoughts and right verdicts; return the adapter's folder.

    ``sampled`` comparisons are first put to the untrained model, and its own short right thoughts are taught; the
    others, where their family has words for it, get a thought written by program.

    Raises:
        BadInput: no comparison has a thought, or the thoughts' words do not suit the prompts'.
        Stopped: ``job.cancel`` was set.
        EngineFailure: the model computed no valid numbers.
    """
    _require_assistants(policy)
    asked = {"options": asdict(options), "sampled": sampled, "validation_budget": job.budget}
    journal = _journal(job, policy, "cold-start", asked, comparisons)
    if sampled:
        journal.begin()  # what is sampled is kept in the run's folder
    own: list[Thought] = []
    if sampled:
        place = job.folder / "thoughts.jsonl"
        own = sample_thoughts(policy, comparisons[:sampled], place, THOUGHT_SAMPLES, job.seed, job.cancel)
    examples, taught = _thinking_examples(policy, comparisons, own, sampled)
    _start(job, policy, journal)
    train_supervised(policy, examples, options, journal, _watch(job, policy, job.budget))
    return _finish(
        job, policy, journal, options.steps, "cold start", {"thoughts sampled from the untrained model": taught}
    )


def _thinking_examples(
    policy: Policy, comparisons: Sequence[LabelledComparison], own: Sequence[Thought], sampled: int
) -> tuple[list[Group], int]:
    """Return what is taught of each comparison that has a thought, and how many thoughts are the model's ``own``.

    Raises:
        BadInput: none has one.
    """
    sampled_texts = {(thought.texts, thought.order): thought.text for thought in own}
    examples: list[Group] = []
    taught = 0
    for number, one in enumerate(comparisons):
        order = "AB" if one.whole_thought else ORDERS[number % 2]
        sample = sampled_texts.get((one.item().digest, order))
        taught += sample is not None
        text = sample or (one.thought(order) if one.has_thought else None)
        if text is not None:
            examples.append(thinking_example(policy.prompts, one, order, text))
    if not examples and sampled:
        raise BadInput(
            f"None of the {sampled:,} comparisons that were put to the model gave a right thought: sample more of them "
            "into another folder (--sampled, --out), or give rows of `train comparisons`."
        )
    if not examples:
        raise BadInput("No comparison has a thought: sample some with --sampled, or give rows of `train comparisons`.")
    return examples, taught


def run_direct(
    job: TrainingJob, policy: Policy, comparisons: Sequence[LabelledComparison], options: SupervisedOptions
) -> Path:
    """Teach right verdicts without any thinking (DirectJudge); return the adapter's folder.

    Raises:
        Stopped: ``job.cancel`` was set.
        EngineFailure: the model computed no valid numbers.
    """
    journal = _journal(job, policy, "direct", {"options": asdict(options)}, comparisons)
    examples = [direct_example(policy.prompts, one, ORDERS[place % 2]) for place, one in enumerate(comparisons)]
    _start(job, policy, journal)
    train_supervised(policy, examples, options, journal, _watch(job, policy, 0))
    return _finish(job, policy, journal, options.steps, "DirectJudge", {})


def run_grpo(job: TrainingJob, policy: Policy, comparisons: Sequence[LabelledComparison], options: GrpoOptions) -> Path:
    """Reinforce what leads to right verdicts; return the adapter's folder.

    A run that has ended goes on where it stopped if more steps are asked for than it has taken.

    Raises:
        Stopped: ``job.cancel`` was set.
        EngineFailure: the model computed no valid numbers.
    """
    asked = asdict(options)
    steps = asked.pop("steps")
    journal = _journal(job, policy, "grpo", {"steps": steps, "options": asked}, comparisons, may_change=("steps",))
    _start(job, policy, journal)
    train_grpo(policy, comparisons, options, journal, _watch(job, policy, options.budget))
    return _finish(job, policy, journal, options.steps, "GRPO", {})


def load_policy(
    model: str, lora: LoraOptions, seed: int, settings: Settings, report: ProgressCallback
) -> tuple[Policy, Base]:
    """Load ``model`` unquantized, without the project's own adapter, ready to train; return it and what it is.

    Raises:
        ModelUnavailable: it cannot be had, does not fit, cannot judge, or is stored quantized or with an adapter, or
            the GPU computes in no format that can be trained in.
    """
    from rrm_ui.engines.models.catalogue import find_entry
    from rrm_ui.engines.models.load import load_model
    from rrm_ui.training.policy import make_policy

    whole = {"quantization": "none", "head_quantization": "none", "adapter": "none"}
    plain = settings.model_copy(update={"model": model, **whole})
    loaded = load_model(plain, report)
    details = loaded.details
    if details.quantization != "none":
        raise ModelUnavailable(
            f"{model} is stored in {details.quantization}, and training needs the whole weights; name a model that is "
            "stored in 16 or 32 bits."
        )
    if str(loaded.model.dtype) == "torch.float16":
        raise ModelUnavailable(
            "This GPU has no bfloat16, and in float16 most gradients would be zero; set RRM_DEVICE=cpu to train."
        )
    policy = make_policy(loaded.model, loaded.tokenizer, loaded.words.family, lora, seed)
    entry = find_entry(details.name)
    return policy, Base(entry.hub_id if entry else details.name, str(details.revision))


def _require_assistants(policy: Policy) -> None:
    """Raise unless the prompts speak of Assistant 1 and Assistant 2, as the thoughts that are taught do."""
    family = policy.prompts.family
    if "Assistant 1" not in f"{family.system}{family.before_first}{family.after_responses}":
        raise BadInput(
            f"The thoughts of a cold start are about Assistant 1 and Assistant 2, and the words of {family.name} call "
            "the responses otherwise. Set RRM_PROMPT_FAMILY=embedded, for training and for judging."
        )


def _journal(
    job: TrainingJob,
    policy: Policy,
    kind: str,
    asked: dict[str, Any],
    comparisons: Sequence[LabelledComparison],
    may_change: Sequence[str] = (),
) -> Journal:
    from rrm_ui.evaluation.items import digest_of

    family = policy.prompts.family
    thoughts = repr([one.words for one in comparisons]).encode()
    return Journal(
        job.folder,
        {
            "kind": kind,
            "base": str(job.base),
            "data": job.data,
            "words": f"{family.name} {family.wording_hash()}",
            "start": _start_name(job),
            "lora": asdict(job.lora),
            "seed": job.seed,
            "comparisons": len(comparisons),
            "comparisons_digest": digest_of(one.item() for one in comparisons),
            "thoughts_digest": hashlib.sha256(thoughts).hexdigest()[:16],
            "validation_digest": digest_of(one.item() for one in job.validation) if job.validation else None,
            **asked,
        },
        may_change,
    )


def _start_name(job: TrainingJob) -> str | None:
    """Return what the adapter to start from is known by.

    A run's checkpoint holds all that came from that adapter: where it is gone, the run goes on by what its record says.

    Raises:
        BadInput: there is no adapter to start from.
        ModelUnavailable: its files cannot be read.
    """
    if job.start is None:
        return None
    if (job.start / CONFIG_FILE).is_file():
        return f"adapter {adapter_hash(job.start)[:12]}"
    recorded = (asked_before(job.folder) or {}).get("start")
    if recorded is None:
        raise BadInput(f"There is no adapter in {job.start}; give --start the adapter folder of another run.")
    return str(recorded)


def _start(job: TrainingJob, policy: Policy, journal: Journal) -> None:
    """Begin the run, or go on with it, once nothing can refuse it any more."""
    if job.start is not None and journal.state is None:
        policy.load_adapter(job.start)
    journal.begin()


def _watch(job: TrainingJob, policy: Policy, budget: int) -> Watch:
    def check(cancel: threading.Event | None = None) -> Row:
        return dict(validate(policy, job.validation, budget, job.seed, cancel).to_dict())

    if not job.validation:
        return Watch(report=job.report, cancel=job.cancel)
    return Watch(check, job.validate_every, job.report, cancel=job.cancel, begin=partial(check, job.cancel))


def _finish(job: TrainingJob, policy: Policy, journal: Journal, steps: int, kind: str, more: dict[str, Any]) -> Path:
    """Write the adapter and its card beside the curves, whole or not at all.

    Those of a run that had taken all its ``steps`` before stay as they are.
    """
    partial, target = job.folder / f"{ADAPTER}{PARTIAL_SUFFIX}", job.folder / ADAPTER
    with journal.recording():
        remove(partial)
        policy.save_adapter(partial, job.base.id)
        if journal.step == steps and _same_weights(partial, target):
            remove(partial)  # a run that started from what is there goes on only from the very files
            return target
        write_card(partial, kind, journal, policy.trained[0], more)
        remove(target)
        publish_folder(partial, target)
    return target


def _same_weights(one: Path, other: Path) -> bool:
    """Return whether two adapters hold the same weights; their configuration's order was once another each time."""
    places = [folder / WEIGHTS_FILE for folder in (one, other)]
    return places[1].is_file() and places[0].read_bytes() == places[1].read_bytes()
