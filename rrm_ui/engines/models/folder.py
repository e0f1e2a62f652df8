"""A local model folder, looked over before it is loaded: what is missing is said in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rrm_ui.errors import ModelUnavailable

INDEX_FILE = "model.safetensors.index.json"
WEIGHTS_FILE = "model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json")


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """Return ``config.json`` of a causal language model.

    Raises:
        ModelUnavailable: it is missing or broken, or describes another kind of model.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelUnavailable(
            f"{name} is not a model folder: it has no config.json; give the folder that save_pretrained wrote.",
            code="model_no_folder",
            name=name,
        ) from error
    except ValueError as error:
        raise ModelUnavailable(
            f"The config.json of {name} is damaged; fetch or copy the model again.", code="model_damaged", name=name
        ) from error
    kind = str(config.get("model_type")) if isinstance(config, dict) else ""
    architectures = (config.get("architectures") or []) if isinstance(config, dict) else []
    if not _is_causal(kind, architectures):
        described = next(iter(architectures), kind)
        raise ModelUnavailable(
            f"{name} is not a causal language model ({described or 'of an unknown kind'}); choose one that writes "
            "text, such as Reward-Reasoning/RRM-7B.",
            code="model_not_causal",
            name=name,
            kind=described or "?",
        )
    return dict(config)


def require_whole_attention(folder: Path, name: str) -> None:
    """Check that every layer of a model sees all tokens before its own: rows of a batch are laid out for that.

    Raises:
        ModelUnavailable: some layers see a window of the last tokens only, or are of another kind.
    """
    from transformers import AutoConfig  # takes seconds to import, as above

    config = AutoConfig.from_pretrained(folder, local_files_only=True).get_text_config()
    kinds = {*(getattr(config, "layer_types", None) or ())} - {"full_attention"}
    window = getattr(config, "sliding_window", None)
    if kinds or window:
        what = ", ".join(sorted(kinds)) or f"a window of {window:,} tokens"
        raise ModelUnavailable(
            f"{name} has layers that do not see the whole text ({what}), which cannot be judged with here; choose a "
            "model with full attention, such as Reward-Reasoning/RRM-7B.",
            code="model_windowed",
            name=name,
        )


def require_no_adapter(folder: Path, name: str) -> None:
    """Check that no adapter lies beside the weights: where ``peft`` is installed ``transformers`` would load it on top.

    Raises:
        ModelUnavailable: one does.
    """
    if (folder / ADAPTER_CONFIG).exists():
        raise ModelUnavailable(
            f"{name} has an adapter beside its weights ({ADAPTER_CONFIG}), and nothing says whether it is merged into "
            "them. Move its files to a folder of their own; to judge with it, name that folder as RRM_ADAPTER.",
            code="model_with_adapter",
            name=name,
            file=ADAPTER_CONFIG,
        )


def stored_bytes(folder: Path, name: str) -> int:
    """Return the bytes of the folder's weights, after checking that every file of them and a tokenizer are there.

    Raises:
        ModelUnavailable: something is missing.
    """
    index = folder / INDEX_FILE
    shards = {WEIGHTS_FILE}
    try:
        if index.exists():
            shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise _incomplete(name, INDEX_FILE, f"a readable {INDEX_FILE}") from error
    for shard in sorted(shards):
        if not (folder / shard).is_file():
            raise _incomplete(name, shard)
    if not any((folder / filename).is_file() for filename in TOKENIZER_FILES):
        raise _incomplete(name, TOKENIZER_FILES[0], "its tokenizer")
    return sum((folder / shard).stat().st_size for shard in shards)


def _is_causal(kind: str, architectures: list[str]) -> bool:
    # Takes seconds to import, which a listing of the models can do without.
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    expected = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(kind)
    return expected is not None and (not architectures or expected in architectures)


def _incomplete(name: str, file: str, what: str = "") -> ModelUnavailable:
    return ModelUnavailable(
        f"{name} is incomplete: it lacks {what or file}; fetch or copy the model again.",
        code="model_incomplete",
        name=name,
        file=file,
    )
