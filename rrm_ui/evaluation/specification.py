"""What a run is made of, exactly enough to make it again, and whether two of them are the same."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from pathlib import Path

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import Item, ItemSet, digest_of
from rrm_ui.evaluation.record import RunSpec
from rrm_ui.evaluation.versions import computing_versions, other_versions, told_change
from rrm_ui.judge import JudgeModel
from rrm_ui.machine import processor_name
from rrm_ui.values import JudgeSettings


def describe_run(
    item_set: ItemSet, items: tuple[Item, ...], settings: JudgeSettings, model: JudgeModel, limit: int | None
) -> RunSpec:
    """Return the specification of a new run."""
    return RunSpec(
        name=item_set.name,
        benchmark=item_set.benchmark,
        source=item_set.source,
        data_digest=digest_of(items),
        rows=len(item_set.items),
        limit=limit,
        settings=settings,
        model=model.details,
        versions=computing_versions(model.details.quantization),
        machine=f"{platform.system()} {platform.machine()}, {processor_name()}",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        columns=dict(item_set.columns),
        broken=item_set.broken,
    )


def check_same_run(before: RunSpec, now: RunSpec, folder: Path) -> None:
    """Check that going on with ``before`` gives what ``now`` asks for.

    Raises:
        BadInput: it does not; the message names what differs.
    """
    pairs: dict[str, tuple[object, object]] = {"data": (before.data_digest, now.data_digest)}
    for old, new in (
        (before.settings.in_force(), now.settings.in_force()),
        (before.model.to_dict(), now.model.to_dict()),
    ):
        for name in old | new:
            pairs[name] = (old.get(name), new.get(name))
    differences = [(name, str(was), str(is_now)) for name, (was, is_now) in pairs.items() if was != is_now]
    differences += other_versions(before.versions, now.versions)
    if differences:
        told = "; ".join(map(told_change, differences))
        raise BadInput(
            f"{folder} holds another run ({told}). Choose another folder for this one.",
            code="run_other",
            differences=told,
            parts=json.dumps(differences),  # for a page, which names them in its reader's language
        )
