"""What a model speaks with, its tokenizer and the words it is asked with: known before its weights are loaded."""

# mypy: allow-untyped-calls
# (transformers annotates only some of its functions)

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from rrm_ui.engines.models.fetch import PreparedModel
from rrm_ui.engines.models.folder import read_config
from rrm_ui.engines.models.recognise import Recognised, Wording, recognise
from rrm_ui.errors import ModelUnavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Voice:
    """A model's tokenizer, and the words it is asked with."""

    tokenizer: PreTrainedTokenizerBase
    words: Recognised


def read_voice(prepared: PreparedModel, wording: Wording) -> Voice:
    """Return the tokenizer of a model and the words for it; where its family is a guess, the log says so.

    Raises:
        ModelUnavailable: its tokenizer cannot be loaded.
    """
    tokenizer = _load_tokenizer(prepared)
    came_from = _as_name(str(read_config(prepared.folder, prepared.name).get("_name_or_path")))
    words = recognise(prepared.entry, (prepared.name, came_from), str(tokenizer.chat_template), wording)
    if words.guessed:
        log.warning(
            "Nothing says how %s wants to be asked, so it is asked as family %s; set RRM_PROMPT_FAMILY, and "
            "RRM_PROMPT_FILE if it was trained on words of its own",
            prepared.name,
            words.family.name,
        )
    return Voice(tokenizer, words)


def _load_tokenizer(prepared: PreparedModel) -> PreTrainedTokenizerBase:
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(prepared.folder, local_files_only=True)
    except Exception as error:  # tokenizer files fail in as many ways as there are kinds
        raise unloadable(prepared, error) from error
    return tokenizer


def _as_name(came_from: str) -> str:
    """Return what a model was made from by its name: a path's other folders say nothing of it."""
    parts = re.split(r"[\\/]", came_from)
    return came_from if len(parts) == 2 and all(parts) else parts[-1]


def unloadable(prepared: PreparedModel, reason: object) -> ModelUnavailable:
    """Return the error for a model whose files cannot be loaded, with the first line of ``reason``."""
    first_line = next(iter(str(reason).strip().splitlines()), type(reason).__name__).rstrip(".")
    return ModelUnavailable(
        f"{prepared.name} cannot be loaded from {prepared.folder} ({first_line}); fetch or copy the model again, "
        "or choose another."
    )
