"""A ranking as a file to keep: everything as JSON, or a line a response as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping

from rrm_ui.ranking.contract import contract_dict, match_dict
from rrm_ui.ranking.events import Ranking
from rrm_ui.ranking.matches import Pair
from rrm_ui.values import Vote


def as_json(ranking: Ranking, votes: Mapping[Pair, tuple[Vote, ...]]) -> str:
    """Return the ranking with all its matches and their ``votes``, as JSON text."""
    given = ranking.entries.as_given()
    whole_ranking = {
        "query": ranking.entries.query,
        "responses": given,
        "method": ranking.settings.method,
        "settings": {**ranking.settings.judge.to_dict(), **ranking.model.to_dict()},
        **contract_dict(ranking),
        "results": [
            {
                **match_dict(result, ranking.entries),
                "votes": [vote.to_dict() for vote in votes.get(result.pair, ())],
            }
            for result in ranking.results
        ],
    }
    return json.dumps(whole_ranking, ensure_ascii=False, indent=1) + "\n"


def as_csv(ranking: Ranking) -> str:
    """Return a row a response, in the order in which they were given."""
    told, texts = contract_dict(ranking), ranking.entries.as_given()
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("response", "rank", "rating", "low", "high", "elo", "points", "winner", "text"))
    best = ranking.standings.winner
    winners = () if best is None else ranking.entries.indices[best]
    for place, text in enumerate(texts):
        rating = (told["ratings"] and told["ratings"][place]) or ("", "", "")
        rank_, elo = (told[name][place] if told[name] else None for name in ("ranks", "elo"))
        writer.writerow((place + 1, rank_, *rating, elo, told["points"][place], int(place in winners), text))
    return file.getvalue()
