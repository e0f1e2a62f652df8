"""The model that a run trains, as far as it is known before its weights, which take gigabytes, are loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rrm_ui.engines.models.catalogue import find_entry
from rrm_ui.engines.models.fetch import PreparedModel
from rrm_ui.engines.models.folder import read_config
from rrm_ui.engines.models.load import load_prepared, prepare, quantization_kind
from rrm_ui.engines.models.quiet import quiet_libraries
from rrm_ui.engines.models.recognise import read_wording
from rrm_ui.engines.models.voice import read_voice
from rrm_ui.errors import ModelUnavailable
from rrm_ui.progress import ProgressCallback
from rrm_ui.prompts.encoding import PromptBuilder
from rrm_ui.settings import Settings
from rrm_ui.training.policy import LoraOptions, Policy, make_policy
from rrm_ui.values import ModelDetails


@dataclass(frozen=True)
class Base:
    """The model that is trained, by name."""

    id: str
    """What libraries know it by: a Hub id, or the name of a folder."""
    revision: str

    def __str__(self) -> str:
        return f"{self.id} (revision {self.revision})"


@dataclass(frozen=True)
class Untrained:
    """A model that is on this machine and can be trained."""

    base: Base
    prompts: PromptBuilder
    """To build examples with; that of the policy also knows what else ends a text."""
    context_tokens: int
    """Tokens that it can read and write together."""
    load: Callable[[], Policy]
    """Loads the weights and puts a new adapter on them; raises ModelUnavailable where that cannot be done."""


def find_model(model: str, lora: LoraOptions, seed: int, settings: Settings, report: ProgressCallback) -> Untrained:
    """Fetch ``model`` if need be, and read what there is to know before its weights are loaded: whole, and plain.

    Raises:
        ModelUnavailable: it cannot be had, does not fit, cannot judge, or is stored quantized.
        BadInput: the settings name words that cannot be used.
    """
    whole: dict[str, Any] = {"quantization": "none", "head_quantization": "none", "adapter": "none"}
    plain = settings.model_copy(update={"model": model, **whole})
    wording = read_wording(plain)
    prepared = prepare(plain, report)
    _require_whole_weights(model, prepared)
    with quiet_libraries():
        voice = read_voice(prepared, wording)

    def load() -> Policy:
        loaded = load_prepared(prepared, plain, report, lambda: voice)
        if str(loaded.model.dtype) == "torch.float16":
            raise ModelUnavailable(
                "This GPU has no bfloat16, and in float16 most gradients would be zero; set RRM_DEVICE=cpu to train."
            )
        return make_policy(loaded.model, loaded.tokenizer, loaded.words.family, lora, seed)

    entry = find_entry(prepared.name)
    base = Base(entry.hub_id if entry else prepared.name, str(prepared.revision))
    prompts = PromptBuilder.of_model(None, voice.tokenizer, voice.words.family)
    config = read_config(prepared.folder, prepared.name)
    return Untrained(base, prompts, int(config.get("max_position_embeddings", ModelDetails.context_tokens)), load)


def _require_whole_weights(model: str, prepared: PreparedModel) -> None:
    stored = read_config(prepared.folder, prepared.name).get("quantization_config")
    if stored is not None:
        raise ModelUnavailable(
            f"{model} is stored in {quantization_kind(stored)}, and training needs the whole weights; name a model "
            "that is stored in 16 or 32 bits."
        )
