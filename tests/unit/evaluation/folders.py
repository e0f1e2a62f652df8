"""Made-up runs on disk."""

from __future__ import annotations

from pathlib import Path

from rrm_ui.evaluation.record import Run, VoteLog, create_run, write_state


def put_run(run: Run, folder: Path, *, texts: bool = True) -> Path:
    """Write ``run`` into ``folder``, as a runner would have."""
    create_run(folder, run.spec, [judged.item for judged in run.judged], texts=texts)
    log = VoteLog(folder)
    for judged in run.judged:
        for vote in judged.votes:
            log.append(judged.item.id, vote)
        if judged.error:
            log.append_error(judged.item.id, judged.error)
    log.close()
    write_state(folder, run.spec, run.state, run.seconds)
    return folder
