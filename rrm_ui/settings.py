"""Everything that the environment may set, read once into one typed object."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rrm_ui.errors import BadInput

Quantization = Literal["auto", "nf4", "int4", "int8", "none"]
HeadQuantization = Literal["auto", "none", "int8", "int4"]
DeviceChoice = Literal["auto", "cuda", "mps", "cpu"]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(str.upper)]


def _proxies(value: object) -> object:
    switches = {"true": 1, "yes": 1, "on": 1, "false": 0, "no": 0, "off": 0}
    return switches.get(value.lower(), value) if isinstance(value, str) else value


ProxyCount = Annotated[int, BeforeValidator(_proxies), Field(ge=0)]


def default_data_dir() -> Path:
    """Return the folder for models and records where ``RRM_DATA_DIR`` names none (XDG base directories)."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "rrm-ui"


class Settings(BaseSettings):
    """``RRM_*`` environment variables. Unset ones keep these defaults."""

    model_config = SettingsConfigDict(env_prefix="RRM_", env_ignore_empty=True)

    model: str = "auto"
    """Hub id, folder, ``embedded``, ``embedded-small``, ``scripted`` (no model), or ``auto``: by the machine."""
    device: DeviceChoice = "auto"
    """Where the model runs; ``auto``: on a GPU if there is one."""
    quantization: Quantization = "auto"
    head_quantization: HeadQuantization = "auto"
    """Of the matrix that predicts tokens, on a CPU. It never touches the numbers that a verdict is read from."""
    cuda_graphs: bool = True
    """Whether decode steps on an NVIDIA GPU are recorded and replayed (``engines/local/cuda``)."""
    adapter: str = "auto"
    """LoRA adapter: ``auto`` (an embedded model's own), ``none`` (untrained), or a folder, for any model."""
    prompt_family: str = "auto"
    """The words that a model is asked with: ``auto`` (recognised), or a family of ``rrm_ui.prompts.families``."""
    prompt_file: Path | None = None
    """A template file whose words replace the family's (see ``rrm_ui.prompts.template_file``)."""
    data_dir: Path = Field(default_factory=default_data_dir)
    hub_timeout: float = 5.0
    """Seconds that the Hub has to answer before other sources are tried."""
    max_waiting: int = Field(default=32, ge=1)
    """Judgments that may wait for the engine; one more is refused with a message."""
    max_text_characters: int = Field(default=1_000_000, ge=1)
    """Longest single text accepted, in characters; the context limit usually binds first."""
    cached_prefix_tokens: int = Field(default=8192, ge=0)
    """Prompt heads kept for reuse, in tokens; 0 keeps none."""
    max_batch_tokens: int | None = Field(default=None, ge=0)
    """Key and value slots that running votes may hold together (rows times longest row); None or 0: by free memory."""
    allow_model_change: bool = Field(default_factory=lambda: "SPACE_ID" not in os.environ)
    """Whether who reaches the page may change its model; by default everywhere but on a Space."""
    max_votes: int | None = Field(default=None, ge=0)
    """Most votes for one comparison; None or 0: as many as there are (64)."""
    max_thinking_budget: int | None = Field(default=None, ge=0)
    """Largest thinking budget; None or 0: what the model's context leaves."""
    max_requests_per_person: int | None = Field(default=24, ge=0)
    """Judgments, rankings and evaluations that one person may have under way; fewer than ``max_waiting``, so that
    nobody fills the queue alone. None or 0: any number."""
    max_tokens_per_minute: int | None = Field(default=None, ge=0)
    """Tokens, read and written, that one person's requests may use per minute; None or 0: any number."""
    trust_proxy: ProxyCount = 0
    """How many proxies in front of the server add to ``X-Forwarded-For`` whom they heard from; ``true`` is one."""
    max_rows: int | None = Field(default=None, ge=0)
    """Votes that are written side by side, the room that persons share; None or 0: 32 on a CPU, 64 where a GPU records
    steps, else by memory alone."""
    judgment_seconds: float = Field(default=1800.0, gt=0)
    """Longest time for one judgment that somebody watches on a server, from its first vote's start; it then ends with
    the votes that have finished. Rankings, evaluations and the command line have none, ZeroGPU a limit of its own."""
    zero_gpu_seconds: int = Field(default=80, ge=1)
    """Longest time on a GPU that one judgment asks ZeroGPU for.

    The platform asks for half as much again on its present GPU: 80 s are the 120 s that an anonymous visitor has a day.
    """
    evaluate_page: bool = True
    """Whether the server has the Evaluate page. It is everybody's: who reaches it sees, starts and stops all runs."""
    log_level: LogLevel = "INFO"
    log_format: Literal["plain", "json"] = "plain"
    """``json`` writes one object a line."""

    @property
    def models_dir(self) -> Path:
        """Where fetched and converted models are kept."""
        return self.data_dir / "models"


def on_zero_gpu() -> bool:
    """Return whether this process runs on a ZeroGPU Space, where a GPU exists within single calls only."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")  # as the platform's package reads it


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the process's settings; tests clear this cache after changing the environment.

    Raises:
        BadInput: a variable holds what it cannot hold; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"RRM_{str(one['loc'][0]).upper()} is {one['input']!r}: {one['msg']}." for one in error.errors())
        raise BadInput(" ".join(wrong)) from error
