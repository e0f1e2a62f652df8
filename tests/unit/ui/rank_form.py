"""The Rank page's form as its handlers get it, and what they send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.model_host import ModelHost
from rrm_ui.scripted_model import scripted_model
from rrm_ui.serving import Visits
from rrm_ui.ui.rank_handlers import RankHandlers
from tests.unit.ranking.judges import by_worth, shown
from tests.unit.ui.compare_form import someone

WORTHS = (3, 7, 1, 5)
FORM: dict[str, Any] = {
    "query": "Which is worth the most?",
    "responses": json.dumps([f"worth {worth}" for worth in WORTHS]),
    "method": "round-robin",
    "thinking_budget": 64.0,
    "votes": 2.0,
    "seed": 0,
}
SENT_AS_TEXT = ("responses", "lengths", "left_out", "places", "running", "rounds", "standings")


def ready(engine: ScriptedEngine | None = None, visits: Visits | None = None) -> RankHandlers:
    host = ModelHost(lambda _report: scripted_model(engine or ScriptedEngine(by_worth)))
    host.load()
    return RankHandlers(host, visits)


def run(handlers: RankHandlers, session: str = "one", **changes: Any) -> Iterator[tuple[Any, Any]]:
    return read(handlers.rank(**{**FORM, **changes}, request=someone(session)))


def read(steps: Iterator[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Yield ``steps`` with the texts in their drawings read, as the page's script reads them."""
    try:
        for drawn, message in steps:
            if isinstance(drawn, dict) and "running" in drawn:
                texts = {
                    **{name: drawn[name] for name in SENT_AS_TEXT if drawn[name]},
                    "matches": drawn["matches"] + "]",
                }
                drawn = {**drawn, **{name: json.loads(text) for name, text in texts.items()}}
            yield drawn, message
    finally:
        steps.close()  # type: ignore[attr-defined]


def long_for_the_good(request: GenerationRequest, row: int) -> ScriptedRow:
    first, second = shown(request, row)
    plain = by_worth(request, row)
    return ScriptedRow(plain.thinking * int(first * second), plain.position, plain.p_first)


def one_vote_fails(failing: list[bool]) -> Any:
    """Return a script by which the first vote ever cast breaks off, while ``failing`` holds anything."""

    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        return replace(plain, fails_after=0) if failing and failing.pop() else plain

    return script


def saved(handlers: RankHandlers, drawn: dict[str, Any]) -> dict[str, Any]:
    return json.loads(handlers.export_ranking({"key": drawn["key"], "kind": "json"})["text"])
