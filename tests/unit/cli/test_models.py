from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from huggingface_hub import constants

from rrm_ui.cli import main
from rrm_ui.cli.models import ProgressLine
from rrm_ui.engines.models import catalogue, fetch, hardware
from rrm_ui.engines.models.checkpoint import ingredients, recipe_for
from rrm_ui.engines.models.memory import FORMATS
from rrm_ui.errors import ModelUnavailable
from rrm_ui.progress import Progress, ProgressCallback
from rrm_ui.settings import Settings, get_settings


@pytest.fixture(autouse=True)
def no_hub(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(data_dir / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "memory_for_weights", lambda _: (8_000_000_000, "GPU memory"))


def command(*words: str) -> int:
    return main(["models", *words])


def test_the_list_names_every_model_and_its_state(capsys: pytest.CaptureFixture[str]) -> None:
    assert command() == 0
    lines = capsys.readouterr().out.splitlines()
    names = [entry.name for entry in catalogue.CATALOGUE]
    assert [line.split()[0] for line in lines[1 : len(names) + 1]] == names
    # Parameters, context, weights in NF4, int8 and 16 bits, a vote, family, state.
    columns = "Reward-Reasoning/RRM-7B 7.6B 131,072 5.5 8.7 15.2 182 MB rrm fits, not fetched"
    assert " ".join(lines[3].split()) == columns
    assert "too large" in lines[4]
    assert lines[1].endswith("fits, not fetched, demonstration")
    assert lines[-2].startswith("Free: 8.0 GB of GPU memory.")


def test_a_checkpoint_that_is_there_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    entry = catalogue.EMBEDDED_SMALL
    assert entry.gguf is not None
    folder = ingredients(entry, entry.gguf, recipe_for("auto")).folder(get_settings().models_dir)
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"1234")
    (folder / "rrm_checkpoint.json").write_text(json.dumps({"files": {"model.safetensors": 4}}))
    assert command("--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows if row["fetched"]] == ["embedded-small"]
    rrm = rows[2]
    assert rrm["weights_bytes"] == {kind: catalogue.RRM_7B.shape.weights_bytes(kind) for kind in FORMATS}
    assert rrm["vote_bytes"] == rrm["vote_tokens"] * catalogue.RRM_7B.shape.kv_bytes
    assert (rrm["fit"], rows[3]["fit"], rrm["prompt_family"]) == ("fits", "too_large", "rrm")


def test_fetching_ends_with_the_folder(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def made_ready(name: str, settings: Settings, report: ProgressCallback) -> Path:
        report(Progress("fetching", 5, 10, "bytes"))
        return settings.models_dir / name

    monkeypatch.setattr(fetch, "fetch_model", made_ready)
    assert command("fetch", "embedded") == 0
    output = capsys.readouterr()
    assert output.out == f"{data_dir / 'models' / 'embedded'}\n"
    assert output.err == "fetching the model: 0 of 0 MB\n"


def test_a_name_that_is_no_models_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("fetch", "embeded") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("error: There is no model embeded; give embedded, embedded-small, ")


def test_a_model_that_cannot_be_had_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("fetch", "owner/model") == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "owner/model is not on this machine and the Hub is switched off" in output.err
    assert "Traceback" not in output.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_redrawn() -> None:
    stream = Terminal()
    line = ProgressLine(stream)
    line(Progress("fetching", 0, 1_000_000_000, "bytes"))
    line(Progress("fetching", 1, 1_000_000_000, "bytes"))
    line(Progress("fetching", 1_000_000_000, 1_000_000_000, "bytes"))
    line(Progress("saving"))
    line.close()
    drawn = stream.getvalue()
    assert drawn.count("\n") == 1
    assert [text.strip() for text in drawn.strip().split("\r")] == [
        "fetching the model: 0 of 1,000 MB",
        "fetching the model: 1,000 of 1,000 MB",
        "saving the checkpoint",
    ]
    assert len(drawn.rstrip("\n").split("\r")[-1]) >= len("fetching the model: 0 of 1,000 MB")  # nothing shines through


def test_a_log_gets_a_line_for_each_tenth() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)
    for done in range(101):
        line(Progress("converting", done, 100, "tensors"))
    line(Progress("saving"))
    line.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 12
    assert lines[1] == "converting and quantizing the weights: 10 of 100 tensors"
    assert "\r" not in stream.getvalue()


def test_an_error_starts_on_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(name: str, settings: Settings, report: ProgressCallback) -> Path:
        report(Progress("checking"))
        raise ModelUnavailable("It broke; mend it.")

    monkeypatch.setattr(fetch, "fetch_model", failing)
    assert command("fetch", "embedded") == 1
    assert capsys.readouterr().err.splitlines() == ["checking the fetched file", "error: It broke; mend it."]
