"""The real embedded model: what its folder holds, how it loads, and what making it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from rrm_ui.engines.models.adapter_files import adapter_folder, adapter_hash
from rrm_ui.engines.models.catalogue import EMBEDDED, SMALL_MEMORY_BYTES
from rrm_ui.engines.models.checkpoint import read_manifest
from rrm_ui.engines.models.load import load_model
from rrm_ui.engines.models.memory import shape_of
from rrm_ui.settings import Settings
from tests.loaded_bytes import loaded_bytes

GB = 1_000_000_000
MOST_BYTES = SMALL_MEMORY_BYTES

CONVERT = """
import sys
from pathlib import Path
from rrm_ui.engines.models.adapter import read_adapter
from rrm_ui.engines.models.adapter_files import adapter_folder
from rrm_ui.engines.models.catalogue import EMBEDDED, SMALL_MEMORY_BYTES
from rrm_ui.engines.models.checkpoint import Recipe
from rrm_ui.engines.models.convert import convert
from rrm_ui.engines.models.source import checked_gguf
from rrm_ui.settings import Settings

gguf = checked_gguf(EMBEDDED, EMBEDDED.gguf, Settings(), lambda progress: None)
adapter = adapter_folder(EMBEDDED.adapter)
convert(gguf, Path(sys.argv[1]), Recipe(), read_adapter(adapter) if adapter else None, lambda progress: None)
"""

LOAD = """
import sys, time, torch
from transformers import AutoModelForCausalLM
started = time.perf_counter()
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
loaded = time.perf_counter()
with torch.no_grad():
    model(torch.tensor([[1, 2, 3]]))
print(f"from_pretrained {loaded - started:.1f} s, first forward {time.perf_counter() - loaded:.1f} s", file=sys.stderr)
"""

# The most resident memory that a process held, mapped pages included.
# On Linux from its own memory map: ``getrusage`` would also tell of the process that started it.
PEAK = """
import re, resource
if sys.platform == "linux":
    print(int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_bytes(program: str, folder: Path) -> int:
    """Run ``program`` on ``folder`` in a process of its own and return its peak resident memory in bytes."""
    command = [sys.executable, "-c", program + PEAK, str(folder)]
    return int(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def plain_tokenizer(embedded_dir: Path) -> PreTrainedTokenizerBase:
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(embedded_dir)
    return tokenizer


def test_the_folder_is_whole_and_of_the_expected_size(embedded_dir: Path) -> None:
    manifest = read_manifest(embedded_dir)
    assert manifest is not None
    assert EMBEDDED.gguf is not None
    assert manifest["gguf_sha256"] == EMBEDDED.gguf.sha256
    weights = manifest["files"]["model.safetensors"]
    computed = EMBEDDED.shape.weights_bytes("nf4")
    assert abs(weights - computed) < 0.02 * computed


def test_the_computed_memory_is_what_loading_takes(embedded_dir: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(embedded_dir, dtype=torch.bfloat16)
    assert shape_of(json.loads((embedded_dir / "config.json").read_text())) == EMBEDDED.shape
    taken = loaded_bytes(model)
    assert abs(EMBEDDED.shape.weights_bytes("nf4") - taken) < 0.02 * taken


def test_special_tokens_are_single_ids(plain_tokenizer: PreTrainedTokenizerBase) -> None:
    tokens = {"<|endoftext|>": 151643, "<|im_start|>": 151644, "<|im_end|>": 151645}
    for token, number in tokens.items():
        assert plain_tokenizer.encode(token) == [number]
        assert plain_tokenizer.convert_ids_to_tokens(number) == token
    assert plain_tokenizer.eos_token == "<|im_end|>"
    assert plain_tokenizer.encode("plain text")[0] < 151643  # nothing is put in front


TEXTS = [
    "你好，世界。臺灣的首都是臺北",
    "🙂 👩\u200d👩\u200d👧 é naïve",
    "def f(x):\n\treturn {'a': x ** 2}\n",
    "  \n \t12345",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_survives_the_tokenizer(text: str, plain_tokenizer: PreTrainedTokenizerBase) -> None:
    assert plain_tokenizer.decode(plain_tokenizer.encode(text)) == text


def test_the_chat_template_is_qwens(plain_tokenizer: PreTrainedTokenizerBase) -> None:
    messages = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
    turns = plain_tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert turns == "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"


def test_plain_from_pretrained_loads_it_and_it_makes_sense(
    embedded_dir: Path, plain_tokenizer: PreTrainedTokenizerBase
) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(embedded_dir)
    assert type(model.model.layers[0].mlp.up_proj).__name__ == "Linear4bit"
    config = json.loads((embedded_dir / "config.json").read_text(encoding="utf-8"))
    assert config["quantization_config"]["bnb_4bit_use_double_quant"] is True
    for text, answer in (("The capital of France is", "Paris"), ("1, 2, 3, 4, 5, 6,", "7"), ("中国的首都是", "北京")):
        ids = plain_tokenizer(text, return_tensors="pt").to(model.device)
        with torch.no_grad():
            output = model.generate(**ids, max_new_tokens=4, do_sample=False)
        assert answer in plain_tokenizer.decode(output[0, ids["input_ids"].shape[1] :])


@pytest.mark.usefixtures("embedded_dir")
def test_load_model_says_exactly_what_it_loaded(form_of_embedded: str) -> None:
    loaded = load_model(Settings(model="embedded"), lambda _: None)
    adapter = adapter_folder(EMBEDDED.adapter)
    assert loaded.details.name == "embedded"
    assert loaded.details.revision == "cc324af070c2"
    assert loaded.details.quantization == form_of_embedded
    assert loaded.details.context_tokens == 32768
    assert loaded.details.demonstration
    assert loaded.details.adapter_hash == (adapter_hash(adapter) if adapter else None)
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())


@pytest.mark.usefixtures("embedded_dir")
def test_making_it_fits_a_small_machine(tmp_path: Path) -> None:
    peak = peak_bytes(CONVERT, tmp_path)
    print(f"conversion: {peak / GB:.1f} GB at most", file=sys.stderr)
    assert (tmp_path / "model.safetensors").exists()
    assert peak < MOST_BYTES


def test_loading_it_fits_a_small_machine(embedded_dir: Path) -> None:
    peak = peak_bytes(LOAD, embedded_dir)
    print(f"loading: {peak / GB:.1f} GB at most", file=sys.stderr)
    assert peak < MOST_BYTES
