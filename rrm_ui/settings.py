"""Everything that the environment may set, read once into one typed object."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Quantization = Literal["auto", "nf4", "int8", "none"]
HeadQuantization = Literal["auto", "none", "int8", "int4"]
DeviceChoice = Literal["auto", "cuda", "mps", "cpu"]


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
    adapter: str = "auto"
    """LoRA adapter: ``auto`` (an embedded model's own), ``none`` (untrained), or a folder, for any model."""
    data_dir: Path = Field(default_factory=default_data_dir)
    hub_timeout: float = 5.0
    """Seconds that the Hub has to answer before other sources are tried."""
    max_waiting: int = 32
    """Judgments that may wait for the engine; one more is refused with a message."""
    max_text_characters: int = 1_000_000
    """Longest single text accepted, in characters; the context limit usually binds first."""
    cached_prefix_tokens: int = 8192
    """Prompt heads kept for reuse, in tokens."""
    max_batch_tokens: int | None = None
    """Key and value slots that running votes may hold together (rows times longest row); None: by free memory."""
    evaluate_page: bool = True
    """Whether the server has the Evaluate page. It is everybody's: who reaches it sees, starts and stops all runs."""
    log_level: str = "INFO"

    @property
    def models_dir(self) -> Path:
        """Where fetched and converted models are kept."""
        return self.data_dir / "models"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the process's settings; tests clear this cache after changing the environment."""
    return Settings()
