from __future__ import annotations

from collections.abc import Callable
from threading import Event

import httpx
import pytest
from gradio_client import Client

from rrm_ui.settings import get_settings
from tests.server.conftest import Server


def test_healthz_is_ok_once_the_model_can_judge(start_server: Callable[..., Server]) -> None:
    hold = Event()
    server = start_server(hold=hold)
    waiting = httpx.get(f"{server.url}/healthz")
    assert waiting.status_code == 503
    assert waiting.json() == {"state": "preparing", "message": "fetching the model: 10 of 100 MB", "setup": ""}
    hold.set()
    server.host.wait(10)
    ready = httpx.get(f"{server.url}/healthz")
    assert (ready.status_code, ready.json()["state"]) == (200, "ready")


def test_the_page_answers_while_the_model_is_being_made_ready(start_server: Callable[..., Server]) -> None:
    hold = Event()
    server = start_server(hold=hold)
    assert httpx.get(server.url).status_code == 200
    hold.set()


def test_metrics_count_judgments_and_hold_no_text(server: Server) -> None:
    client = Client(server.url, verbose=False)
    client.predict("a secret query", "4", "5", votes=3, api_name="/judge")
    text = httpx.get(f"{server.url}/metrics").text
    assert "rrm_model_ready 1.0" in text
    assert 'rrm_votes_total{closed_by="model",status="finished"} 3.0' in text
    assert sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("rrm_judgments_total{")) == 1
    assert "secret" not in text


def test_no_documentation_pages_of_the_framework_are_served(server: Server) -> None:
    assert httpx.get(f"{server.url}/docs").status_code == 404
    assert httpx.get(f"{server.url}/monitoring").status_code in (403, 404)


@pytest.mark.parametrize("evaluate_page", [True, False])
def test_files_are_taken_only_where_a_page_asks_for_them(
    evaluate_page: bool, start_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RRM_EVALUATE_PAGE", str(evaluate_page).lower())
    get_settings.cache_clear()
    sent = httpx.post(f"{start_server().url}/gradio_api/upload", files={"files": ("own.jsonl", b"{}")})
    assert sent.status_code == (200 if evaluate_page else 404)
