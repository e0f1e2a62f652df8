"""The model that is trained: frozen bfloat16 weights with a LoRA adapter, its prompts, and its decode loop."""

# mypy: allow-untyped-calls
# (peft and transformers annotate only some of their functions)

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from peft.utils.transformers_weight_conversion import convert_peft_config_for_transformers
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.local.memory import give_back_unused, ran_out
from rrm_ui.engines.models.adapter import require_plain_beginning
from rrm_ui.engines.models.adapter_files import CONFIG_FILE, WEIGHTS_FILE
from rrm_ui.errors import BadInput, ModelUnavailable
from rrm_ui.prompts.encoding import PromptBuilder
from rrm_ui.prompts.families import PromptFamily
from rrm_ui.training.merged_copy import MergedCopy, copied_bytes
from rrm_ui.training.packing import PackedRow

log = logging.getLogger(__name__)

T = TypeVar("T")

ROLLOUT_ROWS = 64
"""Rows that are written side by side on a CPU."""
ROLLOUT_ROWS_ON_GPU = 256
ROW_TOKENS = 1200
"""Tokens that gradients are computed of at once: longer rows cost attention, shorter ones leave the units idle."""
ROW_TOKENS_ON_GPU = 3000
LEAST_ROW_TOKENS = 300
"""Fewer at once would save no memory: a single comparison takes as many."""
COPY_ROOM = 2
"""So many times the memory of a merged copy must be free on a GPU, or rollouts go through the adapted model itself."""
SOUND_ATTENTION = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
"""All but cuDNN's, whose gradients with a mask are no numbers where a row has 64 tokens more than a multiple of 128
(pytorch/pytorch#196678, from torch 2.11 on)."""
ROLLOUT_TOKENS = 400_000
"""Key and value slots that rollouts may hold together."""
KEPT_HEADS = 16_384
"""Tokens of prompt heads that the loop keeps; they go stale at every step of the optimizer."""

ROUTERS = frozenset({"gate", "router"})
"""What models call the part that chooses among experts."""


@dataclass(frozen=True)
class LoraOptions:
    """The adapter: its rank, and what its update is scaled by (alpha / rank)."""

    rank: int = 8
    alpha: int = 16


@dataclass
class Policy:
    """A causal language model under training."""

    model: PreTrainedModel
    """With the adapter's layers injected."""
    wrapper: Any
    """The same model as ``peft`` wraps it."""
    prompts: PromptBuilder
    trained: list[torch.nn.Parameter] = field(init=False)
    row_tokens: int = field(init=False)
    """Tokens that gradients are computed of at once."""
    _copy: MergedCopy | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.trained = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.row_tokens = ROW_TOKENS_ON_GPU if self._on_gpu else ROW_TOKENS

    @property
    def rollout_rows(self) -> int:
        """Rows that are best written side by side."""
        return ROLLOUT_ROWS_ON_GPU if self._on_gpu else ROLLOUT_ROWS

    @property
    def _on_gpu(self) -> bool:
        return self.model.device.type == "cuda"

    def fresh_loop(self) -> DecodeLoop:
        """Return a decode loop over the weights as they are now: one step of training makes it stale."""
        model, steps = self.model, None
        if self._copy is None and self._on_gpu and torch.cuda.mem_get_info()[0] > COPY_ROOM * copied_bytes(self.model):
            self._copy = MergedCopy(self.model)
        if self._copy is not None:
            self._copy.refresh()
            model, steps = self._copy.model, self._copy.steps
        return DecodeLoop(
            model,
            self.prompts.tokenizer,
            max_batch_tokens=ROLLOUT_TOKENS,
            cached_prefix_tokens=KEPT_HEADS,
            max_rows=self.rollout_rows,  # one more, and no step is recorded
            steps=steps,
        )

    def in_parts(self, compute: Callable[[], T]) -> T:
        """Return what ``compute`` returns, which adds up gradients in rows of ``row_tokens`` tokens.

        Where memory runs out, the gradients are dropped and computed anew in rows half as long, from now on.

        Raises:
            RuntimeError, MemoryError: even the shortest rows do not fit.
        """
        found: list[T] = []
        while ran_out(lambda: found.append(compute())):
            if self.row_tokens <= LEAST_ROW_TOKENS:
                raise MemoryError
            for weight in self.trained:
                weight.grad = None
            self.row_tokens //= 2
            give_back_unused(self.model.device)
            log.warning("Memory ran out; gradients are computed of %d tokens at once from now on", self.row_tokens)
        return found[0]

    def token_logprobs(self, row: PackedRow, temperature: float = 1.0) -> torch.Tensor:
        """Return the log-probability of each taught token of ``row`` at ``temperature``, (n,), in float32."""
        row = row.to(self.model.device)
        with sdpa_kernel(SOUND_ATTENTION):
            # The model's own pass, head included: some scale their logits, and decoding samples from what they return.
            # Places and not a number to keep: a strided slice takes a CPU path that is many times slower.
            output = self.model(
                input_ids=row.input_ids,
                position_ids=row.position_ids,
                attention_mask=row.visible,
                use_cache=False,
                logits_to_keep=row.sources,
            )
        logits = output.logits[0].float() / temperature
        return -functional.cross_entropy(logits, row.targets, reduction="none")

    def save_adapter(self, folder: Path, base: str) -> None:
        """Write the adapter to ``folder`` in peft's format, in bfloat16, as one of ``base``.

        The same weights give the same files: an adapter is known by a hash of them.

        Raises:
            OSError: it cannot be written.
        """
        try:
            self.wrapper.save_pretrained(folder, safe_serialization=True)
        except SafetensorError as error:
            raise OSError(str(error)) from error
        (folder / "README.md").unlink(missing_ok=True)  # peft's own template, which says nothing
        place = folder / CONFIG_FILE
        config = json.loads(place.read_text(encoding="utf-8"))
        config["base_model_name_or_path"] = base  # and not the folder that it happened to lie in
        config["target_modules"] = sorted(
            config["target_modules"]
        )  # a set, which peft writes in another order each time
        place.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        (folder / WEIGHTS_FILE).chmod(0o644)

    def load_adapter(self, folder: Path) -> None:
        """Take the adapter's weights from ``folder``.

        Raises:
            BadInput: it has another rank or scale, or belongs to another model.
        """
        mine = self.wrapper.peft_config[self.wrapper.active_adapter]
        require_scale(folder, LoraOptions(mine.r, mine.lora_alpha))
        weights = load_file(folder / WEIGHTS_FILE)
        shapes = {name: weight.shape for name, weight in get_peft_model_state_dict(self.wrapper).items()}
        if {name: weight.shape for name, weight in weights.items()} != shapes:
            raise BadInput(f"The adapter in {folder} belongs to another model: its layers are not those of this one.")
        set_peft_model_state_dict(self.wrapper, weights)


def require_scale(folder: Path, lora: LoraOptions) -> None:
    """Check that the adapter in ``folder`` has the rank and scale of ``lora``.

    Raises:
        BadInput: it has others.
        ModelUnavailable: its configuration cannot be read, or it belongs to weights that its training had changed.
    """
    require_plain_beginning(folder)
    kept = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    if (kept.get("r"), kept.get("lora_alpha")) != (lora.rank, lora.alpha):
        raise BadInput(
            f"The adapter in {folder} has rank {kept.get('r')} and alpha {kept.get('lora_alpha')}, this run's rank "
            f"{lora.rank} and alpha {lora.alpha}. Give its rank as --rank; alpha is always twice the rank."
        )


def make_policy(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, family: PromptFamily, lora: LoraOptions, seed: int
) -> Policy:
    """Return a policy on ``model``, whose own weights stay frozen, with a new adapter (see ``add_adapter``)."""
    wrapper = add_adapter(model, lora, seed)
    prompts = PromptBuilder.of_model(model.generation_config, tokenizer, family)
    return Policy(wrapper.get_base_model(), wrapper, prompts)


def add_adapter(model: PreTrainedModel, lora: LoraOptions, seed: int) -> Any:
    """Put a new adapter on the layers of ``model`` (see ``_adapted_layers``), and return it as ``peft`` wraps it.

    The adapter changes nothing yet. It is kept in the model's dtype: float32 products are four times as slow on a CPU
    with bf16 instructions, and the optimizer keeps float32 copies.

    Raises:
        ModelUnavailable: the model has no layer that can be adapted.
    """
    torch.manual_seed(seed)
    config = LoraConfig(
        r=lora.rank, lora_alpha=lora.alpha, target_modules=_adapted_layers(model), task_type="CAUSAL_LM"
    )
    wrapper: Any = get_peft_model(model, config, autocast_adapter_dtype=False)
    for weight in wrapper.parameters():
        if weight.requires_grad:
            weight.data = weight.data.to(model.dtype)
    return wrapper


def _adapted_layers(model: PreTrainedModel) -> list[str]:
    """Return the names of the linear layers that get an adapter: those that one can be merged into when it judges.

    In a mixture of experts neither the experts nor what chooses among them get one, nor a layer that peft takes for an
    expert by its name: such an adapter is no plain LoRA, which is all that can be merged.
    """
    head = model.get_output_embeddings()
    names = [
        name
        for name, layer in model.named_modules()
        if type(layer) is torch.nn.Linear and layer is not head and ROUTERS.isdisjoint(name.split("."))
    ]
    config = LoraConfig(target_modules=names)
    convert_peft_config_for_transformers(config, model, conversions=None)
    layers = sorted(config.target_modules or ())
    if not layers:
        raise ModelUnavailable("This model has no linear layer that an adapter could be merged into; name another one.")
    return layers
