"""Fitted temperatures on disk, one for each model and way of judging; never scored on what they were fitted on.

A way of judging is: thinking or not, and how many votes in which orders. The mean of many votes is far nearer to one
half than a single vote, so a temperature that was fitted on one of them would spoil the other.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.analysis.calibration import calibrate_probability, labelled_probabilities
from rrm_ui.evaluation.analysis.counted import count_run
from rrm_ui.evaluation.analysis.temperature import LEAST_ITEMS, apply_temperature, fit_temperature, is_determined
from rrm_ui.evaluation.findings import Calibration
from rrm_ui.evaluation.record import Run
from rrm_ui.files import write_text_atomically
from rrm_ui.values import JudgeSettings, ModelDetails

__all__ = [
    "StoredCalibration",
    "apply_temperature",
    "check_calibration",
    "fit_calibration",
    "judge_key",
    "load_calibration",
    "store_calibration",
]

FORMAT = 2

Mode = Literal["direct", "reasoning"]


@dataclass(frozen=True)
class StoredCalibration:
    """One temperature, what it was fitted on, and which model it is for."""

    temperature: float
    n: int
    """Items it was fitted on."""
    data: str
    """Name of their data."""
    data_digest: str
    """Hash of the run's items."""
    items: tuple[str, ...]
    """Hashes of the fitted items' texts, so that they are known again in any other data."""
    model: str
    """Name of the model, to read."""
    mode: Mode
    """Whether the votes thought; the probabilities of either mode say nothing about the other's."""
    votes: int
    both_orders: bool
    key: str
    """Which model and way of judging, exactly (``judge_key``); the temperature of the run is not part of it."""
    created: str
    """ISO 8601, UTC."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything by name, as it stands in the file."""
        return {"format": FORMAT, **asdict(self), "items": list(self.items)}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> StoredCalibration:
        """Return the calibration of a row that ``to_dict`` made."""
        fields = {name: value for name, value in row.items() if name != "format"}
        return cls(**{**fields, "items": tuple(fields["items"])})


def judge_key(model: ModelDetails, settings: JudgeSettings) -> str:
    """Return a hash of all that makes P(A) what it is: weights, precision, words, thinking or not, votes, orders.

    Votes that repeat one reading count once.
    """
    weights = (model.name, model.revision, model.quantization, model.prompt_hash, model.adapter_hash)
    both_orders = settings.both_orders and settings.votes > 1
    votes = 1 + both_orders if settings.repeats_readings else settings.votes
    parts = [*weights, _mode(settings.thinking_budget), votes, both_orders]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def fit_calibration(run: Run) -> StoredCalibration:
    """Return the temperature that the labelled items of ``run`` determine, as it may be stored.

    Raises:
        BadInput: too few labelled items have a probability, or they determine no temperature.
    """
    usable = [one for one in count_run(run) if one.label and one.tally.p_a is not None]
    if len(usable) < LEAST_ITEMS:
        raise BadInput(
            f"A calibration needs {LEAST_ITEMS} judged comparisons with a label A or B; this run has {len(usable)}. "
            "Judge more labelled comparisons, then fit again.",
            least=LEAST_ITEMS,
            n=len(usable),
        )
    p, is_a = labelled_probabilities(usable)
    temperature = fit_temperature(p, is_a)
    if not is_determined(temperature):
        raise BadInput(
            "These comparisons determine no temperature: "
            + ("nearly all" if temperature < 1 else "hardly more than half")
            + " of their probabilities are on the side of the label. Fit on a run over others.",
        )
    return StoredCalibration(
        temperature=temperature,
        n=len(usable),
        data=run.spec.name,
        data_digest=run.spec.data_digest,
        items=tuple(sorted({digest for one in usable for digest in one.item.digests})),
        model=run.spec.model.name,
        mode=_mode(run.spec.settings.thinking_budget),
        votes=run.spec.settings.votes,
        both_orders=run.spec.settings.both_orders,
        key=judge_key(run.spec.model, run.spec.settings),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def store_calibration(fitted: StoredCalibration, data_dir: Path) -> StoredCalibration:
    """Keep ``fitted`` for its way of judging, in place of an earlier one, and return it.

    Raises:
        BadInput: the file cannot be written.
    """
    _write(_path(data_dir, fitted.key), json.dumps(fitted.to_dict(), ensure_ascii=False, indent=1) + "\n")
    return fitted


def load_calibration(data_dir: Path, model: ModelDetails, settings: JudgeSettings) -> StoredCalibration | None:
    """Return what was fitted for ``model`` as ``settings`` have it judge; None if nothing was.

    Raises:
        BadInput: the file is there and cannot be read.
    """
    path = _path(data_dir, judge_key(model, settings))
    if not path.is_file():
        return None
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        if row["format"] != FORMAT:
            raise BadInput(
                f"{path} was written by another version of this program; fit the calibration again.",
                code="calibration_old",
                file=path.name,
            )
        return StoredCalibration.from_dict(row)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"The calibration in {path} cannot be read; delete it and fit it again.",
            code="calibration_unreadable",
            file=path.name,
        ) from error


def check_calibration(run: Run, stored: StoredCalibration) -> tuple[Calibration, Calibration]:
    """Return the calibration of the run's P(A) as it is, and after ``stored`` is applied to it.

    Raises:
        BadInput: the calibration is another judge's, was fitted on items of this run, or nothing is there to score.
    """
    if stored.key != judge_key(run.spec.model, run.spec.settings):
        orders = "both orders" if stored.both_orders else "one order"
        raise BadInput(
            f"The calibration is for {stored.model} ({stored.mode}, votes: {stored.votes}, {orders}); fit one for the "
            "model and the votes of this run."
        )
    fitted = set(stored.items)
    shared = sum(not fitted.isdisjoint(judged.item.digests) for judged in run.judged)
    if shared:
        raise BadInput(
            f"The calibration was fitted on {shared} of this run's {len(run.judged)} comparisons, so it cannot be "
            "scored on them; use a run over other data.",
            shared=shared,
            n=len(run.judged),
        )
    counted = count_run(run)
    p, is_a = labelled_probabilities(counted)
    if not len(p):
        raise BadInput("No labelled comparison of this run has a probability yet; go on with the run, then look again.")
    scaled = [apply_temperature(float(value), stored.temperature) for value in p]
    return calibrate_probability(p, is_a), calibrate_probability(np.array(scaled), is_a)


def _mode(thinking_budget: int) -> Mode:
    return "reasoning" if thinking_budget else "direct"


def _path(data_dir: Path, key: str) -> Path:
    return data_dir / "calibrations" / f"{key}.json"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomically(path, text)
    except OSError as error:
        raise BadInput(f"{path.parent} cannot hold a calibration: {error.strerror}. Choose another folder.") from error
