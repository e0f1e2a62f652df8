from __future__ import annotations

from typing import Any

import pytest

from rrm_ui.model_host import ModelHost
from rrm_ui.progress import Progress
from rrm_ui.scripted_model import scripted_model
from rrm_ui.ui.model_state import budget_limit, describe_host
from rrm_ui.ui.page import build_page


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    host = ModelHost(lambda _report: scripted_model())
    host.load()
    return dict(build_page(host).get_config_file())


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
    assert len(inputs) == 20, "ten on Compare, five on Rank, five on Evaluate"
    assert all("translation_metadata" in str(part["props"]["label"]) for part in inputs)


def test_header_tells_stage_and_amount() -> None:
    told: list[dict[str, Any]] = []

    def load(report: Any) -> Any:
        report(Progress("converting", 12, 338, "tensors"))
        told.append(describe_host(host))
        return scripted_model()

    host = ModelHost(load)
    assert describe_host(host) == {"state": "preparing", "message": "", "model": None}
    host.load()
    assert (told[0]["stage"], told[0]["done"], told[0]["total"], told[0]["unit"]) == ("converting", 12, 338, "tensors")
    model = describe_host(host)["model"]
    assert model["name"] == "scripted"
    assert model["demonstration"] is True


@pytest.mark.parametrize(("context", "limit"), [(32768, 8192), (4096, 4096), (128, 256)])
def test_budget_slider_ends_where_it_helps(context: int, limit: int) -> None:
    assert budget_limit(scripted_model(context_tokens=context)) == limit
