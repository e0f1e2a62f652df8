"""What a ranking of 64 responses costs the page: ``python -m tests.benchmarks.rank_page``.

A scripted judge plays all 2,016 matches of a round robin, as fast as the page can be told of them, into headless
Chromium. The last line of output is one JSON object; the target is no main-thread task over 50 ms.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.values import JudgeSettings
from tests.benchmarks.page_load import WatchedPage, watched_page
from tests.unit.ranking.judges import by_worth

RESPONSES = 64
TOKENS_PER_SECOND = 300
"""Of each row; with its thirty tokens a match takes a tenth of a second, and many are played side by side."""


def thirty_tokens(request: GenerationRequest, row: int) -> ScriptedRow:
    """Prefer the response that is worth more, after thirty tokens."""
    return replace(by_worth(request, row), thinking=("so ",) * 30)


def measure(watched: WatchedPage) -> dict[str, Any]:
    """Rank once and return what it cost."""
    page = watched.page
    page.goto(f"{watched.url}rank")
    page.wait_for_selector(".responses textarea")
    page.fill("#query textarea", "Which is worth the most?")
    page.click("#paste-responses")
    page.fill(".paste-dialog textarea", "\n".join(json.dumps(f"worth {n}, as one sees") for n in range(RESPONSES)))
    page.click("#take-responses")
    cost = watched.cost("#start-rank", "document.body.dataset.rrmRank === 'finished'", 480_000)
    winner = page.locator(".rank-winner").text_content()
    return {"responses": RESPONSES, "matches": RESPONSES * (RESPONSES - 1) // 2, "winner": winner, **cost}


def main() -> None:
    """Measure and print."""
    engine = ScriptedEngine(thirty_tokens, tokens_per_second=TOKENS_PER_SECOND)
    with watched_page(engine, JudgeSettings(thinking_budget=64)) as watched:
        print(json.dumps(measure(watched)))


if __name__ == "__main__":
    main()
