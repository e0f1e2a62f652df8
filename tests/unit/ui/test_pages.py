from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from rrm_ui.model_host import ModelHost
from rrm_ui.progress import Progress
from rrm_ui.scripted_model import scripted_model
from rrm_ui.settings import get_settings
from rrm_ui.ui.model_state import CALM_SECONDS, budget_limit, describe_host
from rrm_ui.ui.pages import build_pages


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    host = ModelHost(lambda _report: scripted_model())
    host.load()
    return dict(build_pages(host).get_config_file())


def test_every_endpoint_of_the_page_is_hidden(config: dict[str, Any]) -> None:
    assert config["dependencies"]
    assert {event["api_visibility"] for event in config["dependencies"]} == {"private"}


def test_only_judgments_and_rankings_are_queued(config: dict[str, Any]) -> None:
    clicks = [event for event in config["dependencies"] if event["targets"][0][1] == "click"]
    queued = {event["api_name"] for event in clicks if event["queue"] is not False}
    assert queued == {"judge_on_page", "rank_on_page", "rank_go_on"}


def test_no_template_holds_a_value(config: dict[str, Any]) -> None:
    drawn = [part["props"] for part in config["components"] if part["type"] == "html"]
    assert drawn
    for props in drawn:
        assert "{{" not in props["html_template"]
        assert "${" not in props["html_template"]
        assert not props.get("css_template")


def test_labels_follow_the_readers_language(config: dict[str, Any]) -> None:
    kinds = ("textbox", "slider", "checkbox", "number", "radio")
    inputs = [part for part in config["components"] if part["type"] in kinds and part["props"]["visible"]]
    assert len(inputs) == 22, "eleven on Compare, five on Rank, five on Evaluate, one on Models"
    assert all("translation_metadata" in str(part["props"]["label"]) for part in inputs)


def test_header_tells_stage_and_amount() -> None:
    told: list[dict[str, Any]] = []

    def load(report: Any) -> Any:
        report(Progress("converting", 12, 338, "tensors"))
        told.append(describe_host(host))
        return scripted_model()

    host = ModelHost(load)
    assert describe_host(host) == {"state": "preparing", "failure": None, "model": None}
    host.load()
    assert (told[0]["stage"], told[0]["done"], told[0]["total"], told[0]["unit"]) == ("converting", 12, 338, "tensors")
    model = describe_host(host)["model"]
    assert model["name"] == "scripted"
    assert model["demonstration"] is True


@pytest.mark.parametrize(("context", "limit"), [(32768, 8192), (4096, 4096), (128, 256)])
def test_budget_slider_ends_where_it_helps(context: int, limit: int) -> None:
    assert budget_limit(scripted_model(context_tokens=context)) == limit


def follower(host: ModelHost) -> Callable[..., tuple[Any, ...]]:
    """Return what the page's timer calls."""
    page = build_pages(host)
    follow = next(fn.fn for fn in page.fns.values() if fn.name == "follow" and len(fn.inputs) == 3)
    assert follow is not None
    return follow


def test_a_page_follows_a_change_of_the_model() -> None:
    names = iter(["first", "second"])

    def load(_report: Any) -> Any:
        model, name = scripted_model(), next(names)
        defaults = replace(model.defaults, thinking_budget=512 if name == "first" else 2048)
        return replace(model, details=replace(model.details, name=name), defaults=defaults)

    host = ModelHost(load)
    host.load()
    follow = follower(host)
    first = describe_host(host)
    header, budget, votes, timer = follow(512, 4, first)
    assert (timer.value, timer.active) == (CALM_SECONDS, True)
    assert all(part == gr.skip() for part in (header, budget, votes))  # nothing is sent while nothing is new
    host.load()
    header, budget, votes, _ = follow(512, 4, first)
    assert header["model"]["name"] == "second"
    assert (budget.value, votes.value) == (2048, 4)  # untouched sliders go to what serves the new model
    header, budget, votes, _ = follow(100, 2, first)
    assert "value" not in budget.constructor_args  # what a person has set stays
    assert votes == gr.skip()


def test_a_budget_that_the_next_model_cannot_use_is_shortened() -> None:
    host = ModelHost(lambda _: scripted_model(context_tokens=4096))
    host.load()
    _, budget, votes, _ = follower(host)(5000, 7, None)
    assert budget.value == budget.maximum < 5000
    assert votes == gr.skip()


def test_the_evaluate_page_can_be_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def offered() -> tuple[list[str], set[str]]:
        host = ModelHost(lambda _report: scripted_model())
        host.load()
        page = build_pages(host).get_config_file()
        return [name for name, *_ in page["pages"]], {event["api_name"] for event in page["dependencies"]}

    with_it, its_handlers = offered()
    monkeypatch.setenv("RRM_EVALUATE_PAGE", "false")
    get_settings.cache_clear()
    without, handlers = offered()
    assert set(with_it) - set(without) == {"evaluate"}
    assert {"desk", "preview", "start", "go_on"} <= its_handlers - handlers
