"""The Models page: what it lists, and who may change the model."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants

from rrm_ui.engines.models import hardware
from rrm_ui.engines.models.catalogue import CATALOGUE, RRM_7B
from rrm_ui.errors import ModelUnavailable, NoRoom
from rrm_ui.judge import JudgeModel
from rrm_ui.model_host import ModelHost
from rrm_ui.progress import Progress, ProgressCallback
from rrm_ui.scripted_model import scripted_model
from rrm_ui.settings import Settings, get_settings
from rrm_ui.ui.model_state import describe_host
from rrm_ui.ui.models_handlers import ModelsHandlers

GB = 1_000_000_000


class Source:
    """One other model, which is ready when it is let."""

    def __init__(self) -> None:
        self.let = threading.Event()

    def fetch(self, name: str, _held_bytes: int, report: ProgressCallback) -> None:
        report(Progress("fetching", 1, 4, "bytes"))
        assert self.let.wait(10)
        if name != "scripted":
            raise ModelUnavailable(f"There is no {name}.")

    def fits_beside(self, _name: str) -> bool:
        return True

    def load(self, _name: str, _report: ProgressCallback) -> JudgeModel:
        return scripted_model()


@pytest.fixture(autouse=True)
def machine(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "memory_for_weights", lambda _: (8 * GB, "GPU memory"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(data_dir / "hub"))
    monkeypatch.delenv("SPACE_ID", raising=False)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def host(source: Source) -> ModelHost:
    host = ModelHost(lambda _report: scripted_model(), source)
    host.load()
    return host


def settled(host: ModelHost) -> None:
    deadline = time.monotonic() + 10
    while (change := host.status().change) is not None and change.state == "preparing":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_model_is_listed_with_what_it_takes(host: ModelHost) -> None:
    shown = ModelsHandlers(host).show()
    assert [row["name"] for row in shown["models"]] == [entry.name for entry in CATALOGUE]
    by_name = {row["name"]: row for row in shown["models"]}
    assert by_name[RRM_7B.name]["fit"] == "fits"
    assert by_name["Reward-Reasoning/RRM-32B"]["fit"] == "too_large"
    assert (shown["free_bytes"], shown["place"], shown["may_change"]) == (8 * GB, "gpu", True)


def test_what_the_present_model_holds_counts_as_room(host: ModelHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ModelHost, "weights_bytes", property(lambda _host: 15 * GB))
    fits = {row["name"]: row["fit"] for row in ModelsHandlers(host).show()["models"]}
    assert (fits[RRM_7B.name], fits["Reward-Reasoning/RRM-32B"]) == ("fits", "alone")


def test_a_change_is_told_on_every_page_while_it_goes_on(host: ModelHost, source: Source) -> None:
    handlers = ModelsHandlers(host)
    before = host.model()
    assert handlers.change(" scripted ") is None
    deadline = time.monotonic() + 10
    while "stage" not in (described := describe_host(host))["change"]:
        assert time.monotonic() < deadline
    assert (described["state"], described["model"]["name"]) == ("ready", "scripted")
    change = {"name": "scripted", "state": "preparing", "failure": None, "stage": "fetching"}
    assert described["change"] == {**change, "done": 1, "total": 4, "unit": "bytes"}
    assert handlers.change("scripted ") is None, "it is under way already"
    second = handlers.change("another")
    assert second is not None
    assert second["key"] == "model_busy"
    source.let.set()
    settled(host)
    assert host.model() is not before
    assert "change" not in describe_host(host)


def test_a_model_that_cannot_be_had_is_told(host: ModelHost, source: Source) -> None:
    source.let.set()
    before = host.model()
    assert ModelsHandlers(host).change("nobody/nothing") is None
    settled(host)
    change = describe_host(host)["change"]
    assert (change["state"], change["failure"]["text"]) == ("failed", "There is no nobody/nothing.")
    assert host.model() is before


def test_why_there_is_no_model_is_told_as_a_kind_with_its_values() -> None:
    def refused(_report: ProgressCallback) -> JudgeModel:
        raise NoRoom("It does not fit.", tokens=9, allowed=5)

    def broken(_report: ProgressCallback) -> JudgeModel:
        raise RuntimeError("no file")

    told = {"key": "no_room", "text": "It does not fit.", "values": {"tokens": 9, "allowed": 5}}
    host = ModelHost(refused)
    host.load()
    assert describe_host(host)["failure"] == told
    with pytest.raises(ModelUnavailable) as raised:
        host.model()
    assert raised.value.failure.to_dict() == told
    assert host.status().message == "It does not fit."
    host = ModelHost(broken)
    host.load()
    failure = describe_host(host)["failure"]
    assert (failure["key"], failure["values"]) == ("loading_failed", {"reason": "RuntimeError('no file')"})


@pytest.mark.parametrize("name", [None, "", "  ", 3, ["embedded"], "x" * 2000])
def test_what_is_no_name_is_refused(name: object, host: ModelHost) -> None:
    refused = ModelsHandlers(host).change(name)
    assert refused is not None
    assert refused["key"] == "model_name"
    assert host.status().change is None


def test_only_the_operator_may_change_the_model(host: ModelHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRM_ALLOW_MODEL_CHANGE", "false")
    get_settings.cache_clear()
    handlers = ModelsHandlers(host)
    for refused in (handlers.change("scripted"), handlers.withdraw()):
        assert refused is not None
        assert refused["key"] == "model_fixed"
    assert host.status().change is None
    assert not handlers.show()["may_change"]


def test_on_a_space_the_model_is_fixed_unless_the_settings_say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().allow_model_change
    monkeypatch.setenv("SPACE_ID", "owner/space")
    assert not Settings().allow_model_change
    monkeypatch.setenv("RRM_ALLOW_MODEL_CHANGE", "true")
    assert Settings().allow_model_change


def test_a_guessed_family_is_told() -> None:
    for model in (scripted_model(), replace(scripted_model(), family_guessed=True)):
        host = ModelHost(lambda _report, model=model: model)  # type: ignore[misc]
        host.load()
        assert describe_host(host)["model"]["guessed"] is model.family_guessed
