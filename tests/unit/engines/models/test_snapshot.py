"""Whole models from a fake Hub through the real client."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from huggingface_hub import constants
from transformers import Qwen2Config, Qwen2ForCausalLM

from rrm_ui.engines.models import devices, hardware, resources, snapshot
from rrm_ui.engines.models.fetch import fetch_model, prepare_model
from rrm_ui.engines.models.snapshot import local_snapshot
from rrm_ui.errors import ModelUnavailable
from rrm_ui.settings import Settings
from tests.unit.engines.models.conftest import CLOSED_PORT, Recorder, point_hub_at
from tests.unit.engines.models.fake_hub import COMMIT, FakeHub

MODEL = "owner/model"
Serve = Callable[[FakeHub], FakeHub]


@dataclass
class Files:
    """A tiny model as the Hub holds it."""

    contents: dict[str, bytes]

    @property
    def wanted(self) -> dict[str, bytes]:
        unwanted = ("run.bin", "consolidated.safetensors", "original/other.safetensors")
        return {name: content for name, content in self.contents.items() if name not in unwanted}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("model")
    config = Qwen2Config(
        vocab_size=64,
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        architectures=["Qwen2ForCausalLM"],
    )
    model = Qwen2ForCausalLM(config)
    model.bfloat16().save_pretrained(folder)
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    contents["tokenizer.json"] = b"{}"
    contents["run.bin"] = b"a pickle, say"
    contents["original/other.safetensors"] = bytes(1000)
    contents["consolidated.safetensors"] = bytes(1000)  # the same weights in Mistral's layout
    return Files(contents)


def test_a_model_is_downloaded_with_progress_in_bytes(
    files: Files, settings: Settings, report: Recorder, serve: Serve
) -> None:
    hub = serve(FakeHub({MODEL: files.contents}))
    prepared = prepare_model(MODEL, settings, report)
    assert prepared.revision == COMMIT
    assert {path.name: path.read_bytes() for path in prepared.folder.iterdir()} == files.wanted
    fetched = [progress for progress in report.heard if progress.stage == "fetching"]
    assert fetched[-1].done == fetched[-1].total == sum(map(len, files.wanted.values()))
    assert fetched[-1].unit == "bytes"
    assert hub.downloads[0] == "config.json"
    assert "run.bin" not in hub.downloads


def test_a_second_start_downloads_nothing_and_needs_no_network(
    files: Files, settings: Settings, report: Recorder, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = serve(FakeHub({MODEL: files.contents}))
    assert local_snapshot(MODEL) is None
    folder = fetch_model(MODEL, settings, report)
    assert local_snapshot(MODEL) == folder
    hub.downloads.clear()
    assert fetch_model(MODEL, settings, report) == folder
    assert hub.downloads == []
    point_hub_at(CLOSED_PORT, monkeypatch)
    prepared = prepare_model(MODEL, settings, report)
    assert (prepared.folder, prepared.revision) == (folder, COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert fetch_model(MODEL, settings, report) == folder


def test_without_a_network_the_sentence_says_so(settings: Settings, report: Recorder) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        fetch_model(MODEL, settings, report)
    assert caught.value.message == (
        "owner/model is not on this machine and the Hub cannot be reached; connect to the network and start again, or "
        "set RRM_MODEL to a local folder or to embedded."
    )
    assert caught.value.failure.to_dict()["values"] == {
        "name": MODEL,
        "reason": "the Hub cannot be reached",
        "reason_code": "hub_unreachable",
    }


def test_a_cache_that_cannot_be_written_is_not_called_a_network_that_cannot_be_reached(
    files: Files, settings: Settings, report: Recorder, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwritable(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", "/somewhere/hub")

    serve(FakeHub({MODEL: files.contents}))
    monkeypatch.setattr(snapshot, "hf_hub_download", unwritable)
    with pytest.raises(ModelUnavailable) as caught:
        fetch_model(MODEL, settings, report)
    assert caught.value.message == (
        "owner/model could not be downloaded because /somewhere/hub cannot be written (Permission denied); mend that "
        "and start again."
    )


def test_an_error_of_the_check_is_not_called_one_of_the_network(files: Files, report: Recorder, serve: Serve) -> None:
    def broken(_folder: Path, _stored: int) -> None:
        raise ZeroDivisionError

    serve(FakeHub({MODEL: files.contents}))
    with pytest.raises(ZeroDivisionError):
        snapshot.fetch_snapshot(MODEL, 5.0, broken, report)


def test_a_hub_that_is_switched_off_is_named(
    settings: Settings, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match=r"the Hub is switched off \(HF_HUB_OFFLINE\)"):
        fetch_model(MODEL, settings, report)


def test_a_slow_hub_is_not_waited_for(files: Files, settings: Settings, report: Recorder, serve: Serve) -> None:
    serve(FakeHub({MODEL: files.contents}, delay=5.0))
    with pytest.raises(ModelUnavailable, match=r"the Hub did not answer within 0\.3 s"):
        fetch_model(MODEL, settings.model_copy(update={"hub_timeout": 0.3}), report)


def test_an_unknown_id_is_named(settings: Settings, report: Recorder, serve: Serve) -> None:
    serve(FakeHub({}))
    with pytest.raises(ModelUnavailable, match="There is no model owner/model on the Hub, or it is private;"):
        fetch_model(MODEL, settings, report)


def test_a_gated_model_says_what_to_do(files: Files, settings: Settings, report: Recorder, serve: Serve) -> None:
    serve(FakeHub({MODEL: files.contents}, gated={MODEL}))
    with pytest.raises(ModelUnavailable, match="owner/model is gated; accept its terms on its Hub page"):
        fetch_model(MODEL, settings, report)


def test_what_is_no_id_is_named(settings: Settings, report: Recorder) -> None:
    with pytest.raises(ModelUnavailable, match="a/b/c is neither a local folder nor an id of the form owner/name"):
        fetch_model("a/b/c", settings, report)


def test_a_repository_without_safetensors_is_refused(
    files: Files, settings: Settings, report: Recorder, serve: Serve
) -> None:
    pickled = {"config.json": files.contents["config.json"], "pytorch_model.bin": b"pickle"}
    hub = serve(FakeHub({MODEL: pickled}))
    with pytest.raises(ModelUnavailable, match="holds no transformers model with safetensors weights"):
        fetch_model(MODEL, settings, report)
    assert hub.downloads == []


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "vit", "architectures": ["ViTForImageClassification"]},
        {"model_type": "qwen2_vl", "architectures": ["Qwen2VLForConditionalGeneration"]},
        {"model_type": "qwen2", "architectures": ["Qwen2ForSequenceClassification"]},
        {"model_type": "t5", "architectures": ["T5ForConditionalGeneration"]},
    ],
    ids=lambda config: str(config["model_type"]),
)
def test_another_kind_of_model_is_refused_before_its_weights_are_fetched(
    config: dict[str, object], files: Files, settings: Settings, report: Recorder, serve: Serve
) -> None:
    hub = serve(FakeHub({MODEL: {**files.contents, "config.json": json.dumps(config).encode()}}))
    with pytest.raises(ModelUnavailable, match="owner/model is not a causal language model"):
        fetch_model(MODEL, settings, report)
    assert hub.downloads == ["config.json"]


def test_too_little_memory_is_refused_before_the_weights_are_fetched(
    files: Files, settings: Settings, report: Recorder, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = serve(FakeHub({MODEL: files.contents}))
    monkeypatch.setattr(hardware, "memory_for_weights", lambda _: (1_000_000_000, "memory"))
    with pytest.raises(ModelUnavailable, match=r"owner/model needs about 1\.5 GB of memory and 1\.0 GB is free"):
        fetch_model(MODEL, settings, report)
    assert hub.downloads == ["config.json"]


def test_a_form_that_the_gpu_does_not_take_is_refused_before_the_weights_are_fetched(
    files: Files, settings: Settings, report: Recorder, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = serve(FakeHub({MODEL: files.contents}))
    monkeypatch.setattr(hardware, "memory_for_weights", lambda _: (80_000_000_000, "GPU memory"))
    monkeypatch.setattr(devices, "choose_device", lambda _: "cuda")
    with pytest.raises(ModelUnavailable, match="RRM_QUANTIZATION=int4 is for a CPU, and the model runs on cuda"):
        fetch_model(MODEL, settings.model_copy(update={"quantization": "int4"}), report)
    assert hub.downloads == ["config.json"]


def test_a_full_disk_is_noticed_before_the_weights_are_fetched(
    files: Files, settings: Settings, report: Recorder, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = serve(FakeHub({MODEL: files.contents}))
    monkeypatch.setattr(resources, "DISK_MARGIN_BYTES", 10**16)
    with pytest.raises(ModelUnavailable, match=r"owner/model needs .* GB of disk space"):
        fetch_model(MODEL, settings, report)
    assert hub.downloads == ["config.json"]


def test_a_copy_that_is_not_whole_is_said_to_be(
    files: Files, settings: Settings, report: Recorder, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(FakeHub({MODEL: files.contents}))
    folder = fetch_model(MODEL, settings, report)
    (folder / "model.safetensors").unlink()
    assert local_snapshot(MODEL) is None
    point_hub_at(CLOSED_PORT, monkeypatch)
    with pytest.raises(ModelUnavailable, match=r"owner/model is (incomplete|not on this machine)"):
        fetch_model(MODEL, settings, report)


def test_an_unreadable_place_is_not_taken_for_an_id(tmp_path: Path, settings: Settings, report: Recorder) -> None:
    with pytest.raises(ModelUnavailable, match=r"no/such/folder is not a model folder: it has no config\.json"):
        fetch_model(str(tmp_path / "no/such/folder"), settings, report)
