"""What a training run is asked for, and the journal that knows it again."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rrm_ui.engines.models.adapter_files import CONFIG_FILE, adapter_hash
from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import digest_of
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.journal import Journal, asked_before
from rrm_ui.training.policy import LoraOptions, require_scale
from rrm_ui.training.stepping import Row
from rrm_ui.training.untrained import Untrained


@dataclass(frozen=True)
class TrainingJob:
    """What every run needs to know."""

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


def journal_of(
    job: TrainingJob,
    model: Untrained,
    kind: str,
    asked: dict[str, Any],
    comparisons: Sequence[LabelledComparison],
    may_change: Sequence[str] = (),
) -> Journal:
    """Return the journal of the run that ``job`` asks for, of ``kind``, with what only that kind is asked (``asked``).

    Raises:
        BadInput: the folder holds another run, or there is no adapter to start from.
        ModelUnavailable: the adapter's files cannot be read.
    """
    family = model.prompts.family
    thoughts = repr([one.words for one in comparisons]).encode()
    return Journal(
        job.folder,
        {
            "kind": kind,
            "base": str(model.base),
            "data": job.data,
            "words": f"{family.name} {family.wording_hash()}",
            "start": start_name(job.start, job.folder),
            "lora": asdict(job.lora),
            "seed": job.seed,
            "comparisons": len(comparisons),
            "comparisons_digest": digest_of(one.item() for one in comparisons),
            "thoughts_digest": hashlib.sha256(thoughts).hexdigest()[:16],
            "validation_digest": digest_of(one.item() for one in job.validation) if job.validation else None,
            **asked,
        },
        ("data", *may_change),  # a file may be renamed: digests say what it holds
    )


def require_start(start: Path, folder: Path, lora: LoraOptions) -> None:
    """Check, without a model, that the run in ``folder`` can start from the adapter ``start``.

    Raises:
        BadInput: there is no adapter, or one of another rank or scale.
        ModelUnavailable: its files cannot be read.
    """
    start_name(start, folder)
    if (start / CONFIG_FILE).is_file():
        require_scale(start, lora)


def start_name(start: Path | None, folder: Path) -> str | None:
    """Return what the adapter ``start``, that the run in ``folder`` starts from, is known by; None if there is none.

    A run's checkpoint holds all that came from that adapter: where it is gone, the run goes on by what its record says.

    Raises:
        BadInput: there is no adapter to start from.
        ModelUnavailable: its files cannot be read.
    """
    if start is None:
        return None
    if (start / CONFIG_FILE).is_file():
        return f"adapter {adapter_hash(start)[:12]}"
    recorded = (asked_before(folder) or {}).get("start")
    if recorded is None:
        raise BadInput(f"There is no adapter in {start}; give --start the adapter folder of another run.")
    return str(recorded)
