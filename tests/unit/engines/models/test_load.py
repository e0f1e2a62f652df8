"""Models into memory: formats, what is said of them, and folders that are broken."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen3MoeConfig

from rrm_ui.assembly import batch_tokens_for_memory, judge_model
from rrm_ui.engines.local.attention import PACKED
from rrm_ui.engines.local.onnx_product import computing_threads, leave_cores
from rrm_ui.engines.local.products import bytes_of_products
from rrm_ui.engines.models import catalogue, devices, fetch, hardware, load, resources
from rrm_ui.engines.models.catalogue import RRM_7B, CatalogueEntry
from rrm_ui.engines.models.checkpoint import MANIFEST, Recipe
from rrm_ui.engines.models.convert import convert
from rrm_ui.engines.models.cpu_speed import LayerSpeed
from rrm_ui.engines.models.fetch import PreparedModel, fetch_model
from rrm_ui.engines.models.fingerprint import fingerprint
from rrm_ui.engines.models.load import LoadedModel, load_model
from rrm_ui.engines.models.memory import loaded_bytes
from rrm_ui.errors import BadInput, ModelUnavailable
from rrm_ui.prompts.families import CHAT, RM_R1
from rrm_ui.settings import Settings
from rrm_ui.threads import call_in_thread
from tests.unit.engines.models.conftest import Recorder

IDS = torch.tensor([[5, 9, 200, 31]])

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="expects the CPU's answers")


@pytest.fixture(scope="module")
def plain(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local folder in bfloat16 that knows nothing of this project, with ``<think>`` as a token."""
    folder = tmp_path_factory.mktemp("plain") / "my-model"
    folder.mkdir()
    convert(gguf, folder, Recipe("bf16"), None, Recorder())
    return folder


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"use_sliding_window": True, "sliding_window": 64, "max_window_layers": 1}, "sliding_attention"),
        (
            {"model_type": "phi3", "architectures": ["Phi3ForCausalLM"], "sliding_window": 64, "pad_token_id": 0},
            "64 tokens",
        ),
    ],
)
def test_a_model_that_sees_a_window_only_is_refused_before_it_is_loaded(
    broken: Path, settings: Settings, changes: dict[str, object], what: str
) -> None:
    place = broken / "config.json"
    config = json.loads(place.read_text()) | {"layer_types": None} | changes
    place.write_text(json.dumps(config))
    with pytest.raises(ModelUnavailable, match=f"do not see the whole text .*{what}"):
        load_folder(broken, settings)


@pytest.fixture
def broken(plain: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(plain, tmp_path / "broken"))


@pytest.fixture
def tiny_is_known(entry: CatalogueEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "CATALOGUE", (*catalogue.CATALOGUE, entry))


def load_folder(folder: Path, settings: Settings, quantization: str = "auto") -> LoadedModel:
    return load_model(settings.model_copy(update={"model": str(folder), "quantization": quantization}), Recorder())


@pytest.mark.parametrize(
    ("quantization", "said", "layer"),
    [
        ("auto", "nf4", "Linear4bit"),
        ("nf4", "nf4", "Linear4bit"),
        ("int4", "int4", "Int4Linear"),
        ("int8", "int8", "Int8Linear"),
        ("none", "none", "Linear"),
    ],
)
def test_a_folder_is_quantized_as_asked(
    quantization: str, said: str, layer: str, plain: Path, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    loaded = load_folder(plain, settings, quantization)
    assert loaded.details.quantization == f"{said}, head int8"
    assert type(loaded.model.model.layers[0].mlp.up_proj).__name__ == layer
    assert loaded.model.lm_head.weight.dtype == torch.bfloat16
    assert loaded.model.config._attn_implementation == PACKED
    assert not loaded.model.training
    with torch.no_grad():
        assert loaded.model(IDS).logits.isfinite().all()
    output = capfd.readouterr()
    assert output.out == ""
    assert output.err == ""


def test_four_bits_are_part_of_the_memory_held_and_leave_the_cores_to_their_engine(
    plain: Path, settings: Settings
) -> None:
    loaded = load_folder(plain, settings, "int4")
    products = bytes_of_products(loaded.model)
    assert products > 100_000
    assert loaded.weights_bytes == loaded.model.get_memory_footprint() + products
    threads = torch.get_num_threads()
    assert computing_threads() == threads  # nobody judges yet
    judge = judge_model(loaded, settings)
    try:
        assert call_in_thread(torch.get_num_threads) == 1
        assert computing_threads() == threads
        other = judge_model(load_folder(plain, settings, "nf4"), settings)
        other.engine.stop()
        assert call_in_thread(torch.get_num_threads) == threads
    finally:
        judge.engine.stop()
        leave_cores(False)


@pytest.mark.parametrize(("form", "why"), [("int4", "int4 would leave most"), ("int8", "RRM_QUANTIZATION is int8")])
def test_what_is_left_of_a_model_of_experts_stays_in_16_bits(
    form: str, why: str, broken: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocabulary = json.loads((broken / "config.json").read_text())["vocab_size"]
    sizes: dict[str, Any] = {"vocab_size": vocabulary, "hidden_size": 64, "num_hidden_layers": 1, "head_dim": 16}
    sizes |= {"num_attention_heads": 4, "num_key_value_heads": 2, "moe_intermediate_size": 64, "num_experts": 8}
    AutoModelForCausalLM.from_config(Qwen3MoeConfig(**sizes)).bfloat16().save_pretrained(broken)
    in_float32 = LayerSpeed("int8", "float32", 1.0, 1.0), LayerSpeed("int4", "float32", 1.0, 1.0)
    monkeypatch.setattr(devices, "computes_in_bf16", lambda: False)
    monkeypatch.setattr(devices, "layer_speeds", lambda _: in_float32)
    loaded = load_folder(broken, settings, form)
    assert loaded.details.quantization == "int8, head int8"
    assert {weight.dtype for weight in loaded.model.parameters()} == {torch.bfloat16}
    assert loaded.setup.startswith(f"int8, computing in bfloat16 on cpu: {why}")
    assert loaded.model(IDS).logits.isfinite().all()


def test_a_key_in_four_bits_takes_twice_the_room(
    plain: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rrm_ui.engines.models.resources.free_memory_bytes", lambda: 8_000_000_000)
    room = {form: batch_tokens_for_memory(load_folder(plain, settings, form).model) for form in ("int4", "int8")}
    assert room["int4"] == room["int8"] // 2


def test_a_library_that_does_not_run_is_an_error_with_words(
    plain: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ImportError("no onnxruntime here")

    monkeypatch.setattr(load, "pack_layers", broken)
    with pytest.raises(ModelUnavailable, match="no onnxruntime here"):
        load_folder(plain, settings, "int4")


def test_what_is_said_of_a_folder(plain: Path, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    loaded = load_folder(plain, settings)
    assert loaded.words.guessed
    assert "Nothing says how my-model wants to be asked, so it is asked as family chat" in caplog.text
    assert loaded.details.to_dict() == {
        "name": "my-model",
        "revision": fingerprint(plain),  # two folders of the same name are two models
        "quantization": "nf4, head int8",
        "device": "cpu",
        "prompt_family": "chat",
        "prompt_hash": CHAT.wording_hash(),
        "adapter_hash": None,
        "context_tokens": 512,
        "demonstration": False,
    }
    assert loaded.tokenizer.encode("hello") == AutoTokenizer.from_pretrained(plain).encode("hello")


def test_words_are_chosen_by_the_settings(plain: Path, settings: Settings, tmp_path: Path) -> None:
    words = tmp_path / "words.toml"
    words.write_text("user = '{query} {response_1} {response_2}'\n")
    loaded = load_folder(plain, settings.model_copy(update={"prompt_family": "rm-r1", "prompt_file": words}))
    assert loaded.details.prompt_family == "rm-r1"
    assert loaded.details.prompt_hash == loaded.words.family.wording_hash() != RM_R1.wording_hash()
    assert not loaded.words.guessed


def test_words_that_cannot_be_used_are_noticed_before_anything_is_fetched(settings: Settings, report: Recorder) -> None:
    with pytest.raises(BadInput, match="RRM_PROMPT_FAMILY is 'no'"):
        load_model(settings.model_copy(update={"prompt_family": "no"}), report)
    assert report.heard == []


@pytest.mark.usefixtures("tiny_is_known")
def test_an_embedded_model_from_nothing_to_ready(entry: CatalogueEntry, settings: Settings, report: Recorder) -> None:
    loaded = load_model(settings.model_copy(update={"model": "tiny"}), report)
    assert report.stages == ["looking", "fetching", "checking", "converting", "saving", "loading", "warming"]
    assert entry.gguf is not None
    assert loaded.details.name == "tiny"
    assert loaded.details.revision == entry.gguf.sha256[:12]
    assert (loaded.details.prompt_family, loaded.details.demonstration) == ("embedded", True)
    again = Recorder()
    load_model(settings.model_copy(update={"model": "tiny"}), again)
    assert again.stages == ["looking", "loading", "warming"]


@pytest.mark.usefixtures("tiny_is_known")
@pytest.mark.parametrize(
    ("quantization", "layer"), [("int4", "Int4Linear"), ("int8", "Int8Linear"), ("none", "Linear")]
)
def test_an_embedded_model_in_another_quantization(quantization: str, layer: str, settings: Settings) -> None:
    loaded = load_model(settings.model_copy(update={"model": "tiny", "quantization": quantization}), Recorder())
    assert loaded.details.quantization == f"{quantization}, head int8"
    assert type(loaded.model.model.layers[0].mlp.up_proj).__name__ == layer


@pytest.mark.usefixtures("tiny_is_known")
def test_a_fetched_folder_given_by_its_path_is_still_that_model(settings: Settings, report: Recorder) -> None:
    folder = fetch_model("tiny", settings, report)
    loaded = load_folder(folder, settings, "none")  # what is quantized already stays so
    assert (loaded.details.name, loaded.details.prompt_family, loaded.details.demonstration) == (
        "tiny",
        "embedded",
        True,
    )
    assert loaded.details.quantization == "nf4, head int8"


@pytest.mark.usefixtures("tiny_is_known")
def test_an_adapter_that_a_fetched_folder_holds_or_lacks_is_not_passed_over(
    settings: Settings, report: Recorder, tmp_path: Path
) -> None:
    folder = fetch_model("tiny", settings, report)
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    asked = settings.model_copy(update={"adapter": str(tmp_path)})
    with pytest.raises(ModelUnavailable, match=r"RRM_ADAPTER is .*was converted without an adapter"):
        fetch_model(str(folder), asked, report)
    assert fetch_model(str(folder), settings.model_copy(update={"adapter": "none"}), report) == folder
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "adapter_sha256": "ab" * 32}))
    with pytest.raises(ModelUnavailable, match=r"RRM_ADAPTER is none.*has an adapter merged into its weights"):
        fetch_model(str(folder), settings.model_copy(update={"adapter": "none"}), report)


def test_a_sharded_folder_loads_and_a_missing_shard_is_named(plain: Path, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "sharded"
    AutoModelForCausalLM.from_pretrained(plain).save_pretrained(folder, max_shard_size="600KB")
    shutil.copy(plain / "tokenizer.json", folder)
    shutil.copy(plain / "tokenizer_config.json", folder)
    assert load_folder(folder, settings).details.context_tokens == 512
    shard = sorted(folder.glob("model-*.safetensors"))[1]
    shard.unlink()
    with pytest.raises(ModelUnavailable, match=rf"{folder} is incomplete: it lacks {shard.name}"):
        load_folder(folder, settings)


def test_a_folder_without_weights_or_tokenizer_is_incomplete(broken: Path, settings: Settings) -> None:
    (broken / "tokenizer.json").unlink()
    with pytest.raises(ModelUnavailable, match="is incomplete: it lacks its tokenizer; fetch or copy the model again"):
        load_folder(broken, settings)
    (broken / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match=r"is incomplete: it lacks model\.safetensors"):
        load_folder(broken, settings)


def test_an_adapter_beside_the_weights_is_not_loaded_without_a_word(broken: Path, settings: Settings) -> None:
    (broken / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match="has an adapter beside its weights"):
        load_folder(broken, settings)


@pytest.mark.parametrize(
    ("came_from", "guessed"),
    [
        ("/home/me/rrm/llama-base", True),
        ("/home/me/.local/share/rrm-ui/models/embedded-0123456789ab", True),
        ("C:\\rrm\\llama", True),
        ("Reward-Reasoning/RRM-7B", False),
        ("/models/RRM-7B", False),
    ],
)
def test_the_folders_of_an_old_path_tell_no_family(
    came_from: str, guessed: bool, broken: Path, settings: Settings
) -> None:
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps({**config, "_name_or_path": came_from}))
    assert load_folder(broken, settings).words.guessed is guessed


def test_memory_that_runs_out_while_loading_asks_for_no_other_copy(
    broken: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*_: object, **__: object) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", short)
    with pytest.raises(ModelUnavailable, match="does not fit into this machine's memory; free some"):
        load_folder(broken, settings)


def test_weights_that_are_cut_short_are_named(broken: Path, settings: Settings) -> None:
    os.truncate(broken / "model.safetensors", 5000)
    with pytest.raises(
        ModelUnavailable, match=r"broken cannot be loaded from .*broken \(.+\); fetch or copy the model again"
    ):
        load_folder(broken, settings)


def test_missing_weights_are_never_filled_with_random_ones(broken: Path, settings: Settings) -> None:
    tensors = load_file(broken / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelUnavailable, match=r"it lacks 1 weights"):
        load_folder(broken, settings)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"model_type": "made-up"}'])
def test_a_configuration_that_says_nothing_is_refused(content: str, broken: Path, settings: Settings) -> None:
    (broken / "config.json").write_text(content)
    with pytest.raises(ModelUnavailable, match=r"(The config.json of .* is damaged|is not a causal language model)"):
        load_folder(broken, settings)


def test_code_in_a_folder_is_not_run(broken: Path, settings: Settings) -> None:
    config = json.loads((broken / "config.json").read_text())
    config["auto_map"] = {"AutoModelForCausalLM": "evil.Model", "AutoConfig": "evil.Config"}
    (broken / "config.json").write_text(json.dumps(config))
    (broken / "evil.py").write_text("raise SystemExit('ran')")
    assert load_folder(broken, settings).details.name == "broken"


@pytest.mark.parametrize("kind", ["qwen2", "another"])
@pytest.mark.parametrize(("dtype", "size"), [("float32", 4), ("bfloat16", 2)])
def test_the_parameters_of_a_folder_do_not_depend_on_how_wide_they_are_stored(
    kind: str, dtype: str, size: int, plain: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "stored"
    model = AutoModelForCausalLM.from_pretrained(plain, dtype=getattr(torch, dtype))
    model.save_pretrained(folder)
    shutil.copy(plain / "tokenizer.json", folder)
    config = json.loads((folder / "config.json").read_text()) | {"model_type": kind}
    stored = load._parameters(PreparedModel("stored", folder, None, None), config)
    assert stored == pytest.approx(model.num_parameters(), rel=0.01), size


def test_too_little_memory_is_refused(plain: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "memory_for_weights", lambda _: (10, "memory"))
    with pytest.raises(ModelUnavailable, match=r"my-model needs about 1\.5 GB of memory and 0\.0 GB is free"):
        load_folder(plain, settings)


def test_a_smaller_quantization_that_fits_is_offered(
    plain: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = json.loads((plain / "config.json").read_text())
    in_nf4, plainly = (loaded_bytes(config, 0, kind) for kind in ("nf4", "none"))
    free = resources.WORKING_MEMORY_BYTES + (in_nf4 + plainly) // 2
    monkeypatch.setattr(hardware, "memory_for_weights", lambda _: (free, "GPU memory"))
    with pytest.raises(ModelUnavailable, match=r"set RRM_QUANTIZATION=nf4, with which it needs 1\.5 GB\."):
        load_folder(plain, settings, "none")


@pytest.mark.usefixtures("tiny_is_known")
def test_too_little_memory_is_refused_before_an_embedded_model_is_fetched(
    settings: Settings, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "free_memory_bytes", lambda: 10)
    with pytest.raises(ModelUnavailable, match="tiny needs about"):
        fetch_model("tiny", settings, report)
    assert report.heard == []


@pytest.mark.usefixtures("tiny_is_known")
def test_auto_on_a_gpu_machine_without_the_hub_says_what_it_takes_instead(
    entry: CatalogueEntry,
    settings: Settings,
    report: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(load, "choose_model", lambda *_: RRM_7B.name)
    monkeypatch.setattr(load, "EMBEDDED", entry)
    with caplog.at_level(logging.WARNING):
        loaded = load_model(settings, report)
    assert loaded.details.name == "tiny"
    assert "Judging with tiny instead of Reward-Reasoning/RRM-7B" in caplog.text
    with pytest.raises(ModelUnavailable, match=r"Reward-Reasoning/RRM-7B is not on this machine"):
        load_model(settings.model_copy(update={"model": "Reward-Reasoning/RRM-7B"}), report)
