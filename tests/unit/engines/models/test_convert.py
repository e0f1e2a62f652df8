"""What a conversion writes, against what gguf and transformers make of the same file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from rrm_ui.engines.models import gguf_file
from rrm_ui.engines.models.checkpoint import Recipe
from rrm_ui.engines.models.convert import convert, quantization_config
from rrm_ui.errors import ModelUnavailable
from tests.unit.engines.models.conftest import Recorder
from tests.unit.engines.models.tiny import HIDDEN, LAYERS, SPECIALS, vocabulary, write_gguf

IDS = torch.tensor([[5, 9, 200, 31, 7, 264, 12]])
BF16, NF4, NF4_HEAD = Recipe("bf16"), Recipe("nf4", "tied"), Recipe("nf4", "nf4")


def converted(gguf: Path, folder: Path, recipe: Recipe) -> Path:
    folder.mkdir()
    convert(gguf, folder, recipe, None, Recorder())
    return folder


def logits(model: PreTrainedModel) -> torch.Tensor:
    with torch.no_grad():
        output: torch.Tensor = model(IDS).logits.float()
    return output


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every matrix comes in several chunks, as those of a large model do."""
    monkeypatch.setattr(gguf_file, "CHUNK_ELEMENTS", 64 * HIDDEN)


@pytest.fixture(scope="module")
def bf16(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted(gguf, tmp_path_factory.mktemp("bf16") / "model", BF16)


@pytest.mark.usefixtures("small_chunks")
def test_every_weight_is_what_the_file_holds(gguf: Path, tmp_path: Path) -> None:
    written = load_file(converted(gguf, tmp_path / "model", BF16) / "model.safetensors")
    stored = {tensor.name: tensor for tensor in GGUFReader(gguf).tensors}
    names = {
        "model.embed_tokens.weight": "output.weight",  # the copy at higher precision
        "model.norm.weight": "output_norm.weight",
        "model.layers.1.self_attn.q_proj.weight": "blk.1.attn_q.weight",
        "model.layers.1.self_attn.v_proj.weight": "blk.1.attn_v.weight",
        "model.layers.0.self_attn.k_proj.bias": "blk.0.attn_k.bias",
        "model.layers.0.mlp.up_proj.weight": "blk.0.ffn_up.weight",
        "model.layers.0.mlp.down_proj.weight": "blk.0.ffn_down.weight",
        "model.layers.1.post_attention_layernorm.weight": "blk.1.ffn_norm.weight",
    }
    for ours, theirs in names.items():
        tensor = stored[theirs]
        expected = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy()).to(torch.bfloat16)
        assert torch.equal(written[ours], expected), ours
    assert len(written) == 2 + 12 * LAYERS


@pytest.mark.usefixtures("small_chunks")
def test_the_quantized_weights_are_those_of_transformers(gguf: Path, bf16: Path, tmp_path: Path) -> None:
    ours = converted(gguf, tmp_path / "model", NF4)
    reference = AutoModelForCausalLM.from_pretrained(bf16, quantization_config=quantization_config())
    reference.save_pretrained(tmp_path / "reference")
    expected = load_file(tmp_path / "reference" / "model.safetensors")
    written = load_file(ours / "model.safetensors")
    assert written.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.equal(written[name], tensor), name
    saved = json.loads((tmp_path / "reference" / "config.json").read_text())["quantization_config"]
    assert json.loads((ours / "config.json").read_text())["quantization_config"] == saved


@pytest.mark.parametrize("recipe", [BF16, NF4, NF4_HEAD], ids=str)
def test_plain_from_pretrained_loads_every_recipe(recipe: Recipe, gguf: Path, tmp_path: Path) -> None:
    folder = converted(gguf, tmp_path / "model", recipe)
    loaded: Any = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    model, found = loaded
    assert not found["missing_keys"]
    assert not found["unexpected_keys"]
    head, linear = type(model.lm_head).__name__, type(model.model.layers[0].mlp.up_proj).__name__
    assert linear == ("Linear" if recipe.weights == "bf16" else "Linear4bit")
    assert head == ("Linear4bit" if recipe.quantized_head else "Linear")
    tied = model.lm_head.weight.data_ptr() == model.model.embed_tokens.weight.data_ptr()
    assert tied is not recipe.quantized_head


def test_quantizing_changes_what_the_model_says_only_a_little(gguf: Path, bf16: Path, tmp_path: Path) -> None:
    exact = logits(AutoModelForCausalLM.from_pretrained(bf16))
    tied = logits(AutoModelForCausalLM.from_pretrained(converted(gguf, tmp_path / "tied", NF4)))
    quantized = logits(AutoModelForCausalLM.from_pretrained(converted(gguf, tmp_path / "nf4", NF4_HEAD)))
    for other in (tied, quantized):
        assert torch.nn.functional.cosine_similarity(exact, other, dim=-1).min() > 0.9


def test_the_tokenizer_comes_along(bf16: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(bf16)
    tokens, _ = vocabulary()
    for special in SPECIALS:
        assert tokenizer.encode(special) == [tokens.index(special)]
    assert tokenizer.eos_token == "<|im_end|>"
    assert tokenizer.pad_token == "<|endoftext|>"
    assert tokenizer.model_max_length == 512
    for text in ("hello world", "你好，世界", "🙂 é", "def f(x):\n\treturn x ** 2\n"):
        assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.encode("hello")[0] == tokens.index("hello")
    turn = tokenizer.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False)
    assert turn == "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"


def test_the_configuration_comes_along(bf16: Path) -> None:
    config = json.loads((bf16 / "config.json").read_text())
    assert (config["hidden_size"], config["num_hidden_layers"], config["num_key_value_heads"]) == (HIDDEN, LAYERS, 2)
    assert config["rms_norm_eps"] == 1e-06
    assert config["rope_parameters"] == {"rope_type": "default", "rope_theta": 10000.0}
    assert config["tie_word_embeddings"] is True
    assert "quantization_config" not in config
    generation = json.loads((bf16 / "generation_config.json").read_text())
    assert generation["eos_token_id"] == [config["eos_token_id"], config["pad_token_id"]]


def test_progress_counts_tensors(gguf: Path, tmp_path: Path, report: Recorder) -> None:
    convert(gguf, tmp_path, NF4, None, report)
    counted = [progress for progress in report.heard if progress.unit == "tensors"]
    assert [progress.done for progress in counted] == list(range((counted[0].total or 0) + 1))
    assert report.stages == ["converting", "saving"]


def test_what_is_no_model_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_text("<html>not found</html>")
    with pytest.raises(ModelUnavailable, match="is not a readable GGUF file; remove it"):
        convert(tmp_path / "page.gguf", tmp_path, NF4, None, Recorder())


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    other = write_gguf(tmp_path / "llama.gguf", architecture="llama")
    with pytest.raises(ModelUnavailable, match="does not hold a Qwen2 model"):
        convert(other, tmp_path, NF4, None, Recorder())
