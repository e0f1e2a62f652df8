"""Rankings of a whole file on disk: every match as it ends, so that a killed run goes on.

A folder: ``ranking.json`` (what was asked, and what computes it) and ``matches.jsonl`` (a row a match, with its votes).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rrm_ui.errors import BadInput, RecordFailure
from rrm_ui.evaluation.versions import computing_versions, other_versions, told_change
from rrm_ui.files import write_text_atomically
from rrm_ui.ranking.events import RankingSettings
from rrm_ui.ranking.matches import MatchResult
from rrm_ui.ranking.rows import RankRow, digest_of_rows
from rrm_ui.row_log import RowLog, read_rows, recording
from rrm_ui.values import JudgeSettings, ModelDetails, Vote

CONFIGURATION = "ranking.json"
MATCHES = "matches.jsonl"
LEFT_OUT_BY = "pairs"
"""Which responses are left out as too long: until any two fit the context (``leave_out_too_long``)."""


class RankingRecord:
    """The folder of one run over a file."""

    def __init__(self, folder: Path, rows: list[RankRow], settings: RankingSettings, model: ModelDetails) -> None:
        """Open ``folder`` for this run.

        Raises:
            BadInput: it holds another run, or cannot be read or written.
        """
        asked = {
            "left_out": LEFT_OUT_BY,
            "rows": len(rows),
            "data_digest": digest_of_rows(rows),
            "settings": asdict(settings),
            "model": model.to_dict(),
            "versions": computing_versions(model.quantization),
        }
        place = folder / CONFIGURATION
        try:
            folder.mkdir(parents=True, exist_ok=True)
            before = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else asked
            self._left_out_likewise = before.get("left_out") == LEFT_OUT_BY
            _check_same({**before, "left_out": LEFT_OUT_BY}, asked, folder)
            if not place.is_file():
                write_text_atomically(place, json.dumps(asked, indent=2, ensure_ascii=False) + "\n")
            self._log = RowLog(folder / MATCHES)
            self._earlier = _read(folder / MATCHES)
        except OSError as error:
            raise BadInput(f"{folder} cannot hold a ranking: {error.strerror}. Choose another folder.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f"The ranking in {folder} cannot be read: {error!r}.") from error

    def earlier(self, line: int, *, all_ranked: bool = True) -> list[MatchResult]:
        """Return the matches of the row at ``line`` that need not be judged again.

        Unless ``all_ranked`` responses are left out: then the numbers of older records are others' than now.
        """
        return self._earlier.get(line, []) if all_ranked or self._left_out_likewise else []

    def keep(self, line: int, result: MatchResult, votes: Sequence[Vote]) -> None:
        """Write down a match of the row at ``line``, with its votes.

        Raises:
            RecordFailure: the folder can no longer be written.
        """
        with _writing():
            self._log.append({"line": line, **result.to_dict(), "votes": [vote.to_dict() for vote in votes]})

    def close(self) -> None:
        """Make everything durable.

        Raises:
            RecordFailure: it cannot be made so.
        """
        with _writing():
            self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except RecordFailure as failure:
            if error is None:
                raise
            error.add_note(failure.message)  # what broke first is what is told


def _writing() -> AbstractContextManager[None]:
    return recording("The ranking's folder")


def _check_same(before: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    # Older records do not say what they were computed with: nothing is known against them.
    others = list(map(told_change, other_versions(before.get("versions", now["versions"]), now["versions"])))
    before, now = _in_force(before), _in_force(now)
    differing = sorted(name for name in {*before, *now} - {"versions"} if before.get(name) != now.get(name))
    told = [f"it differs in {', '.join(differing)}"] if differing else []
    if told or others:
        remedy = "ask for the same" if told else "install the versions that it was begun with"
        raise BadInput(
            f"{folder} holds another ranking ({'; '.join(told + others)}). Choose another folder, or {remedy}."
        )


def _in_force(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what was asked with the judge's settings that act; what an older record lacks has its default."""
    judge = JudgeSettings(**asked["settings"]["judge"]).in_force()
    return {**asked, "settings": {**asked["settings"], "judge": judge}}


def _read(path: Path) -> dict[int, list[MatchResult]]:
    """Return the finished matches by row; those that failed are judged again."""
    results: dict[int, dict[tuple[int, int], MatchResult]] = {}
    for row in read_rows(path):
        row.pop("votes")
        line = row.pop("line")
        result = MatchResult(**row)
        results.setdefault(line, {})[result.pair] = result
    return {line: [one for one in matches.values() if one.error is None] for line, matches in results.items()}
