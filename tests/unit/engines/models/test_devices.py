"""Where a model runs and in which form: what is asked for, what the machine can, and the reason that is given."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from rrm_ui.engines.models import cpu_speed, devices, hardware, packed_layers
from rrm_ui.engines.models.cpu_speed import SPEEDS_FILE, LayerSpeed, layer_speeds, measure_layer
from rrm_ui.engines.models.devices import loading_format, place
from rrm_ui.engines.models.hardware import choose_device
from rrm_ui.errors import ModelUnavailable
from rrm_ui.settings import Settings

SEVEN_B = 7_600_000_000
SPEEDS = [
    LayerSpeed("none", "float32", 10.0, 100.0),
    LayerSpeed("none", "bfloat16", 5.0, 400.0),
    LayerSpeed("int4", "float32", 30.0, 100.0),
    LayerSpeed("int8", "bfloat16", 40.0, 100.0),
    LayerSpeed("nf4", "float32", 50.0, 100.0),
    LayerSpeed("nf4", "bfloat16", 60.0, 100.0),
]


def has_gpu(monkeypatch: pytest.MonkeyPatch, *, cuda: bool = False, mps: bool = False, bf16: bool = True) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: bf16)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


def has_free(monkeypatch: pytest.MonkeyPatch, gigabytes: float) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (int(gigabytes * 1e9), 80_000_000_000))
    for module in (devices, hardware):
        monkeypatch.setattr(module, "free_memory_bytes", lambda: int(gigabytes * 1e9))


@pytest.fixture
def plain_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CPU without the instructions, on which the ways took as long as ``SPEEDS`` says."""
    monkeypatch.setattr(devices, "computes_in_bf16", lambda: False)
    monkeypatch.setattr(devices, "layer_speeds", lambda _: SPEEDS)


def test_the_device_is_a_gpu_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    has_gpu(monkeypatch)
    assert choose_device("auto") == "cpu"
    has_gpu(monkeypatch, mps=True)
    assert choose_device("auto") == "mps"
    has_gpu(monkeypatch, cuda=True, mps=True)
    assert choose_device("auto") == "cuda"
    assert choose_device("cpu") == "cpu"


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    has_gpu(monkeypatch)
    with pytest.raises(ModelUnavailable, match=r"RRM_DEVICE is cuda, and torch .* finds no such device"):
        choose_device("cuda")


@pytest.mark.parametrize(("free", "chosen"), [(80, "none"), (31, "none"), (30, "nf4"), (12, "nf4")])
def test_on_cuda_weights_stay_whole_where_they_fit_easily(
    free: float, chosen: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_gpu(monkeypatch, cuda=True)
    has_free(monkeypatch, free)
    placed = place(settings, SEVEN_B)
    assert (placed.device, placed.quantization, placed.dtype) == ("cuda", chosen, torch.bfloat16)
    assert placed.attention == "sdpa"
    assert f"15.2 GB of weights in 16 bits, {free}.0 GB free" in placed.describe()


def test_a_gpu_without_bfloat16_computes_in_float16(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    has_gpu(monkeypatch, cuda=True, bf16=False)
    has_free(monkeypatch, 15)
    assert place(settings, SEVEN_B).dtype == torch.float16


def test_what_the_settings_or_the_checkpoint_say_is_done(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    has_gpu(monkeypatch, cuda=True)
    has_free(monkeypatch, 80)
    asked = settings.model_copy(update={"quantization": "int8"})
    assert place(asked, SEVEN_B).describe().endswith("RRM_QUANTIZATION is int8")
    stored = place(asked, SEVEN_B, "nf4")
    assert stored.quantization == "nf4"
    assert "the checkpoint holds nf4 weights" in stored.describe()


def test_four_bits_for_a_cpu_are_refused_on_a_gpu(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    has_gpu(monkeypatch, cuda=True)
    asked = settings.model_copy(update={"quantization": "int4"})
    with pytest.raises(ModelUnavailable, match="RRM_QUANTIZATION=int4 is for a CPU, and the model runs on cuda"):
        place(asked, SEVEN_B)
    has_free(monkeypatch, 80)
    assert place(asked, SEVEN_B, "nf4").quantization == "nf4"  # a checkpoint stays as it is stored


@pytest.mark.parametrize("in_bf16", [True, False])
def test_four_bits_compute_in_float32_and_are_packed_from_16_bits(
    in_bf16: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_gpu(monkeypatch)
    monkeypatch.setattr(devices, "computes_in_bf16", lambda: in_bf16)
    monkeypatch.setattr(devices, "layer_speeds", lambda _: SPEEDS)
    placed = place(settings.model_copy(update={"quantization": "int4"}), SEVEN_B)
    assert (placed.packs_layers, placed.dtype, placed.loading_dtype) == ("int4", torch.float32, torch.bfloat16)
    assert placed.describe().startswith("int4, computing in float32 on cpu")


def test_zero_gpu_is_asked_for_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    has_gpu(monkeypatch, cuda=True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: pytest.fail("there is no GPU to ask now"))
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    placed = place(settings, SEVEN_B)
    assert (placed.quantization, placed.dtype) == ("nf4", torch.bfloat16)


@pytest.mark.parametrize(
    ("largest", "free", "chosen"),
    [(127, 17, "int8"), (127, 16, "nf4"), (127, 3, "nf4"), (63, 64, "nf4"), (None, 64, "nf4")],
)
def test_a_cpu_with_the_instructions_takes_int8_unmeasured(
    largest: int | None, free: float, chosen: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_gpu(monkeypatch)
    has_free(monkeypatch, free)
    monkeypatch.setattr(devices, "largest_code", lambda: largest)
    monkeypatch.setattr(devices, "layer_speeds", lambda _: pytest.fail("measured for nothing"))
    placed = place(settings, SEVEN_B)
    assert (placed.quantization, placed.dtype, placed.attention) == (chosen, torch.bfloat16, "packed_gqa")
    for said in ("nf4", "int8", "none"):
        asked = settings.model_copy(update={"quantization": said})
        assert (place(asked, SEVEN_B).quantization, place(asked, SEVEN_B).dtype) == (said, torch.bfloat16)


@pytest.mark.parametrize(
    ("free", "chosen", "dtype"),
    [
        (64, "none", "float32"),
        (40, "none", "bfloat16"),
        (17, "int4", "float32"),
        (16, "nf4", "float32"),  # int4 would fit, but is packed from 16 bits
        (3, "nf4", "float32"),
    ],
)
@pytest.mark.usefixtures("plain_cpu")
def test_another_cpu_takes_the_fastest_form_that_fits(
    free: float, chosen: str, dtype: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_gpu(monkeypatch)
    has_free(monkeypatch, free)
    placed = place(settings, SEVEN_B)
    assert (placed.quantization, placed.dtype) == (chosen, getattr(torch, dtype))
    assert placed.attention == "packed_gqa_float32"
    assert "this CPU lacks AVX512 with bfloat16" in placed.describe()


@pytest.mark.usefixtures("plain_cpu")
def test_another_cpu_computes_in_the_faster_numbers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    has_gpu(monkeypatch)
    has_free(monkeypatch, 64)
    asked = settings.model_copy(update={"quantization": "nf4"})
    assert place(asked, SEVEN_B).dtype == torch.float32


@pytest.mark.usefixtures("plain_cpu")
def test_a_form_that_nothing_multiplies_here_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    has_gpu(monkeypatch)
    monkeypatch.setattr(devices, "layer_speeds", lambda _: [one for one in SPEEDS if one.quantization != "int4"])
    with pytest.raises(ModelUnavailable, match=r"RRM_QUANTIZATION is int4, and .* does not run on this CPU; set RRM_Q"):
        place(settings.model_copy(update={"quantization": "int4"}), SEVEN_B)


@pytest.mark.parametrize(("cuda", "quantization", "format_"), [
    (False, "int4", "none"), (False, "int8", "none"), (True, "int8", "int8"), (False, "nf4", "nf4"),
    (False, "auto", "nf4"),
])  # fmt: skip
def test_what_a_cpu_packs_takes_16_bits_while_it_is_loaded(
    cuda: bool, quantization: str, format_: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_gpu(monkeypatch, cuda=cuda)
    assert loading_format(settings.model_copy(update={"quantization": quantization})) == format_


def test_the_prompts_count_beside_the_steps() -> None:
    emulated, wide = LayerSpeed("none", "bfloat16", 5.0, 400.0), LayerSpeed("none", "float32", 10.0, 50.0)
    assert wide.milliseconds == 64 * 10.0 + 2 * 50.0 < emulated.milliseconds == 64 * 5.0 + 2 * 400.0
    assert wide.describe() == "none in float32 10.0 ms a step, 50 a prompt"


@pytest.mark.parametrize("whole_numbers", [True, False])
def test_every_form_is_timed(whole_numbers: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_layers, "largest_code", lambda: 63 if whole_numbers else None)
    speeds = measure_layer((256, 128))
    forms = {("none", "bfloat16"), ("none", "float32"), ("nf4", "bfloat16"), ("nf4", "float32"), ("int4", "float32")}
    forms |= {("int8", "float32" if whole_numbers else "bfloat16")}
    assert {(speed.quantization, speed.dtype) for speed in speeds} == forms
    assert len(speeds) == len(forms)
    assert [speed.milliseconds for speed in speeds] == sorted(speed.milliseconds for speed in speeds)


def test_without_onnx_runtime_the_other_forms_are_timed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise ImportError("DLL load failed")

    monkeypatch.setattr(cpu_speed, "Int4Linear", broken)
    assert {speed.quantization for speed in measure_layer((256, 128))} == {"nf4", "int8", "none"}
    assert "int4 is left out: ImportError: DLL load failed" in caplog.text


def test_a_measurement_is_remembered_for_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []

    def measure() -> list[LayerSpeed]:
        measured.append(1)
        return SPEEDS

    monkeypatch.setattr(cpu_speed, "measure_layer", measure)
    assert layer_speeds(tmp_path / "models") == SPEEDS
    assert layer_speeds(tmp_path / "models") == SPEEDS
    assert len(measured) == 1
    monkeypatch.setattr(cpu_speed, "processor_name", lambda: "another")
    layer_speeds(tmp_path / "models")
    assert len(measured) == 2
    assert len(json.loads((tmp_path / "models" / SPEEDS_FILE).read_text())) == 2


@pytest.mark.parametrize("content", ["{", "[]", '{"machine": 3}'])
def test_a_damaged_record_is_measured_anew(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cpu_speed, "measure_layer", lambda: SPEEDS)
    monkeypatch.setattr(cpu_speed, "_machine", lambda: "machine")
    (tmp_path / SPEEDS_FILE).write_text(content)
    with caplog.at_level(logging.WARNING):
        assert layer_speeds(tmp_path) == SPEEDS
    assert "is timed anew" in caplog.text
    assert layer_speeds(tmp_path) == SPEEDS


LOAD_AND_SAY = """
import json, sys, torch
from rrm_ui.engines.models import cpu_speed
cpu_speed.LAYER = (256, 128)
cpu_speed.measure_layer.__defaults__ = ((256, 128),)
from rrm_ui.engines.models.load import load_model
from rrm_ui.settings import Settings
loaded = load_model(Settings(model=sys.argv[1], data_dir=sys.argv[2], quantization=sys.argv[3]), lambda _: None)
fast = [m.support_avx512bf16_for_cpu for m in loaded.model.modules() if hasattr(m, "support_avx512bf16_for_cpu")]
logits = loaded.model(torch.tensor([[1, 2, 3]])).logits
print(json.dumps({"capability": torch.backends.cpu.get_cpu_capability(), "quantization": loaded.details.quantization,
                  "setup": loaded.setup, "fast": fast, "finite": bool(logits.isfinite().all())}))
"""


@pytest.mark.skipif("AVX" not in torch.backends.cpu.get_cpu_capability(), reason="no processor of this family")
@pytest.mark.parametrize("quantization", ["auto", "nf4"])
def test_a_lesser_cpu_measures_and_says_what_it_chose(quantization: str, plain_folder: Path, tmp_path: Path) -> None:
    environment = os.environ | {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "RRM_DEVICE": "cpu"}
    arguments = [sys.executable, "-c", LOAD_AND_SAY, str(plain_folder), str(tmp_path), quantization]
    outcome = subprocess.run(arguments, capture_output=True, text=True, env=environment, check=True)
    said = json.loads(outcome.stdout)
    layers, _, _ = said["quantization"].partition(", head ")
    assert said["capability"] == "AVX2"
    assert said["finite"]
    assert not any(said["fast"])  # bitsandbytes would use what the processor has
    assert (tmp_path / "models" / SPEEDS_FILE).is_file()
    if quantization == "auto":
        forms = {"nf4": "NF4", "int4": "int4", "int8": "int8", "none": "no quantization"}
        assert said["setup"].startswith(f"{forms[layers]}, computing in ")
        assert "this CPU lacks AVX512 with bfloat16; a layer took" in said["setup"]
    else:
        assert layers == "nf4"
        assert len(said["fast"]) == 14
