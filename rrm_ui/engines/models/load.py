"""A prepared model into memory, ready to judge with."""

# mypy: allow-untyped-calls
# (transformers and bitsandbytes annotate only some of their functions)

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    AutoModelForCausalLM,
    BitsAndBytesConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from rrm_ui.engines.local.head import PackedHead, pack_head, why_not_packed
from rrm_ui.engines.local.memory import is_out_of_memory
from rrm_ui.engines.local.onnx_product import cores_for
from rrm_ui.engines.local.products import bytes_of_products
from rrm_ui.engines.models.adapter_files import chosen_adapter
from rrm_ui.engines.models.attach import attach_adapter
from rrm_ui.engines.models.catalogue import EMBEDDED, RRM_7B, choose_model
from rrm_ui.engines.models.convert import quantization_config
from rrm_ui.engines.models.devices import Placement, place, suit_layers
from rrm_ui.engines.models.fetch import PreparedModel, prepare_model
from rrm_ui.engines.models.folder import read_config, require_no_adapter, stored_bytes
from rrm_ui.engines.models.hardware import choose_device
from rrm_ui.engines.models.memory import WeightFormat, shape_of
from rrm_ui.engines.models.packed_layers import PackedForm, is_mostly_packed, pack_layers, packed_form
from rrm_ui.engines.models.quiet import quiet_libraries
from rrm_ui.engines.models.recognise import Recognised, read_wording
from rrm_ui.engines.models.resources import free_memory_bytes
from rrm_ui.engines.models.voice import Voice, read_voice, unloadable
from rrm_ui.errors import ModelUnavailable
from rrm_ui.progress import Progress, ProgressCallback
from rrm_ui.settings import HeadQuantization, Settings, on_zero_gpu
from rrm_ui.values import ModelDetails

log = logging.getLogger(__name__)

WARM_UP_TOKENS = 8

DEFAULT_HEAD: HeadQuantization = "int8"
"""What ``auto`` means for the head on a CPU."""


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory, what it is, and the words that it is asked with."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    details: ModelDetails
    words: Recognised
    setup: str
    """Device, numbers and quantization, and why these were chosen: one line for whoever runs the server."""

    @property
    def weights_bytes(self) -> int:
        """Memory that the weights hold."""
        return int(self.model.get_memory_footprint()) + bytes_of_products(self.model)


def load_model(settings: Settings, report: ProgressCallback) -> LoadedModel:
    """Fetch if need be, load and warm up the model that ``settings`` names, on the device that suits it.

    On ZeroGPU call it in the main thread at module scope, after ``import spaces``.

    Raises:
        ModelUnavailable: it cannot be had, does not fit, or is not a model that can judge.
        BadInput: the settings name words that cannot be used.
    """
    wording = read_wording(settings)
    prepared = prepare(settings, report)
    return load_prepared(prepared, settings, report, lambda: read_voice(prepared, wording))


def load_prepared(
    prepared: PreparedModel, settings: Settings, report: ProgressCallback, voice: Callable[[], Voice]
) -> LoadedModel:
    """Load and warm up a model that was made ready, as ``load_model`` does; ``voice`` reads what it speaks with.

    Raises:
        ModelUnavailable: it does not fit, or cannot be loaded.
    """
    require_no_adapter(prepared.folder, prepared.name)
    zero_gpu = on_zero_gpu()
    placement = _placement(prepared, settings)
    report(Progress("loading"))
    with quiet_libraries(), ThreadPoolExecutor(1) as background:
        reading = background.submit(voice)  # takes one core, and the weights mostly the disk
        model = _load_weights(prepared, placement, zero_gpu)
        spoken = reading.result()
        placement = suit_layers(model, placement)
        adapter_hash, adapter_note = _attach(prepared, model, settings)
        if placement.packs_layers and not _is_quantized(model):
            placement = _pack(prepared, model, placement, placement.packs_layers)
        head_note = set_up_head(model, settings.head_quantization)
        if not zero_gpu:  # outside a GPU function there is no device to run on
            report(Progress("warming"))
            _warm_up(model)
    setup = "; ".join(part for part in (placement.describe(), adapter_note, head_note) if part)
    log.info("%s: %s", prepared.name, setup)
    return _describe(prepared, model, spoken, placement, adapter_hash, setup)


def prepare(settings: Settings, report: ProgressCallback) -> PreparedModel:
    """Fetch, if need be, the model that ``settings`` names, or that suits this machine, and return what it is.

    Raises:
        ModelUnavailable: it cannot be had, or does not fit.
    """
    name = choose_model(settings, choose_device(settings.device) == "cuda", free_memory_bytes())
    try:
        return prepare_model(name, settings, report)
    except ModelUnavailable as error:
        if settings.model != "auto" or name != RRM_7B.name:
            raise
        # Nobody asked for this very model, and the page names the one that judges.
        log.warning("Judging with %s instead of %s: %s", EMBEDDED.name, name, error.message)
        return prepare_model(EMBEDDED.name, settings, report)


def _placement(prepared: PreparedModel, settings: Settings) -> Placement:
    config = read_config(prepared.folder, prepared.name)
    stored = config.get("quantization_config")
    kind = quantization_kind(stored) if stored is not None else None
    parameters = _parameters(prepared, config)
    chosen = place(settings, parameters)
    # An embedded model is stored as it was chosen to be: why so is worth more than that it is.
    return chosen if kind in (None, chosen.quantization) else place(settings, parameters, kind)


def _parameters(prepared: PreparedModel, config: dict[str, Any]) -> int:
    """Return how many parameters a model has, by its shape, or by its files where the shape is not known."""
    shape = prepared.entry.shape if prepared.entry else shape_of(config)
    if shape is not None:
        return shape.parameters
    whole = "float32" in (config.get("dtype"), config.get("torch_dtype"))
    return stored_bytes(prepared.folder, prepared.name) // (4 if whole else 2)


def _load_weights(prepared: PreparedModel, placement: Placement, zero_gpu: bool) -> PreTrainedModel:
    options: dict[str, Any] = {"dtype": placement.loading_dtype, "attn_implementation": placement.attention}
    if "quantization_config" not in read_config(prepared.folder, prepared.name) and not placement.packs_layers:
        options["quantization_config"] = _quantize_while_loading(placement.quantization)
    if zero_gpu:
        # The platform intercepts the move to the GPU in this thread only, so no other may load weights.
        os.environ["HF_DEACTIVATE_ASYNC_LOAD"] = "1"
    # ZeroGPU packs what was moved whole; bitsandbytes cannot move int8 weights, so those are loaded in place.
    move_after = zero_gpu and placement.quantization != "int8"
    options["device_map"] = {"": "cpu" if move_after else placement.device}
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            prepared.folder, local_files_only=True, use_safetensors=True, output_loading_info=True, **options
        )
        model, found = loaded
        if move_after:
            model.to("cuda")
    except torch.OutOfMemoryError as error:
        raise _too_large(prepared, placement) from error
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise (_too_large(prepared, placement) if is_out_of_memory(error) else unloadable(prepared, error)) from error
    if found["missing_keys"] or found["mismatched_keys"]:
        raise unloadable(prepared, f"it lacks {len(found['missing_keys']) + len(found['mismatched_keys'])} weights")
    model.eval().requires_grad_(False)
    return model  # type: ignore[no-any-return]


def _quantize_while_loading(quantization: WeightFormat) -> BitsAndBytesConfig | None:
    if quantization == "nf4":
        return quantization_config()
    if quantization == "int8":
        # It warns at every layer of every step otherwise.
        logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
        return BitsAndBytesConfig(load_in_8bit=True)
    return None


def _attach(prepared: PreparedModel, model: PreTrainedModel, settings: Settings) -> tuple[str | None, str]:
    """Put the adapter that the settings name into ``model``; return its hash and what was done, in words."""
    if prepared.entry is not None and prepared.entry.gguf is not None:
        return prepared.adapter_hash, ""  # merged when it was converted
    folder = chosen_adapter(None, settings.adapter)
    if folder is None:
        return None, ""
    quantized = _is_quantized(model)
    said = "adapter beside the quantized weights" if quantized else "adapter merged"
    return attach_adapter(model, folder, quantized=quantized), said


def set_up_head(model: PreTrainedModel, choice: HeadQuantization) -> str:
    """Pack the head if ``choice`` says so and it can be done; return what was done, in words."""
    wanted = DEFAULT_HEAD if choice == "auto" else choice
    if wanted == "none":
        return ""
    head = model.get_output_embeddings()
    reason = why_not_packed(head)
    if reason is None:
        pack_head(model, 8 if wanted == "int8" else 4)
        return f"head read in {wanted}"
    if choice == "auto":
        return ""
    log.warning("RRM_HEAD_QUANTIZATION=%s has no effect: %s", choice, reason)
    return f"head in 16 bits, because {reason}"


def _pack(prepared: PreparedModel, model: PreTrainedModel, placement: Placement, form: PackedForm) -> Placement:
    """Pack the layers of ``model`` in ``form``, or in what suits it; return the placement that came of it."""
    if not is_mostly_packed(model):
        reason = placement.reason if form == "int8" else f"{form} would leave most of this model's weights whole"
        form, placement = "int8", Placement(placement.device, torch.bfloat16, "int8", reason)
    try:
        pack_layers(model, form, placement.dtype)
    except Exception as error:  # ONNX Runtime's own classes, and those of a library that cannot be imported
        raise unloadable(prepared, error) from error
    return placement


def _warm_up(model: PreTrainedModel) -> None:
    """Run once: the first forward repacks bitsandbytes' weights for the CPU, which must not happen in two threads."""
    ids = torch.arange(WARM_UP_TOKENS, device=model.device).unsqueeze(0)
    with cores_for(model), torch.no_grad():
        model(input_ids=ids, use_cache=False, logits_to_keep=1)


def _describe(
    prepared: PreparedModel,
    model: PreTrainedModel,
    spoken: Voice,
    placement: Placement,
    adapter_hash: str | None,
    setup: str,
) -> LoadedModel:
    details = ModelDetails(
        name=prepared.name,
        revision=prepared.revision,
        quantization=_quantization_name(model),
        device=placement.device,
        prompt_family=spoken.words.family.name,
        prompt_hash=spoken.words.family.wording_hash(),
        adapter_hash=adapter_hash,
        context_tokens=int(getattr(model.config, "max_position_embeddings", ModelDetails.context_tokens)),
        demonstration=prepared.entry.demonstration if prepared.entry else False,
    )
    return LoadedModel(model, spoken.tokenizer, details, spoken.words, setup)


def _quantization_name(model: PreTrainedModel) -> str:
    if _is_quantized(model):
        name = quantization_kind(model.config.quantization_config.to_dict())
    else:
        name = packed_form(model) or "none"
    head = model.get_output_embeddings()
    return f"{name}, head int{head.bits}" if isinstance(head, PackedHead) else name


def _is_quantized(model: PreTrainedModel) -> bool:
    """Return whether weights were quantized as they were read, so that nothing can be merged into them."""
    return getattr(model.config, "quantization_config", None) is not None


def quantization_kind(config: dict[str, Any]) -> str:
    """Return the name of a checkpoint's or model's quantization, given its configuration."""
    if config.get("load_in_4bit"):
        return str(config.get("bnb_4bit_quant_type", "fp4"))
    if config.get("load_in_8bit"):
        return "int8"
    method = config.get("quant_method")
    return str(getattr(method, "value", method))


def _too_large(prepared: PreparedModel, placement: Placement) -> ModelUnavailable:
    place = "this machine's" if placement.device == "cpu" else "the GPU's"
    smaller = "" if placement.quantization == "nf4" else ", or set RRM_QUANTIZATION=nf4"
    return ModelUnavailable(
        f"{prepared.name} does not fit into {place} memory; free some, or choose a smaller model{smaller}."
    )
