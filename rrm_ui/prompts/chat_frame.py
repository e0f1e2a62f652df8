"""A model's own turn markers, taken from its chat template without ever rendering a person's text.

The template is rendered once with two stand-ins; what stands around them are the only special tokens that
a prompt will hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from rrm_ui.errors import ModelUnavailable

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

DATE = "26 Jul 2024"
"""What a template that names today's date is told instead: a prompt must be the same tomorrow. (It is what Meta's say
where they know of no other.)"""

# Private-use characters: no template mentions them, and trimming leaves them alone.
_SYSTEM, _USER = "\ue000system\ue000", "\ue000user\ue000"


@dataclass(frozen=True)
class ChatFrame:
    """The literal text around the system and the user turn, markers included."""

    before_system: str
    before_user: str
    after_user: str
    """Ends where the model goes on to write; some templates end it with ``<think>`` and a newline."""
    has_system: bool = True
    """False if the template has no system turn: its text then leads the user turn."""


def chat_frame(tokenizer: PreTrainedTokenizerBase) -> ChatFrame:
    """Return the frame of ``tokenizer``'s chat template.

    Raises:
        ModelUnavailable: there is no chat template, or it does not keep the user's text in one piece.
    """
    if not tokenizer.chat_template:
        raise ModelUnavailable(
            "This model has no chat template, so it cannot be asked to judge; choose a chat or reasoning model."
        )
    turns = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": _USER}]
    rendered = _render(tokenizer, turns)
    if rendered is None or rendered.count(_SYSTEM) != 1:
        rendered = _render(tokenizer, turns[1:])
        if rendered is not None and rendered.count(_USER) == 1:
            before, _, after = rendered.partition(_USER)
            return ChatFrame("", before, after, has_system=False)
    if rendered is None or rendered.count(_USER) != 1:
        raise ModelUnavailable(
            "This model's chat template does not keep the user's text whole; choose a model with a plain chat template."
        )
    before_system, _, rest = rendered.partition(_SYSTEM)
    before_user, _, after_user = rest.partition(_USER)
    return ChatFrame(before_system, before_user, after_user)


def _render(tokenizer: PreTrainedTokenizerBase, turns: list[dict[str, str]]) -> str | None:
    """Render ``turns``, or return None if the template refuses them (some refuse a system turn)."""
    from jinja2.exceptions import TemplateError

    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, date_string=DATE))
    except TemplateError:
        return None


def text_only(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer like ``tokenizer`` that has no added tokens: every text, however hostile, is ordinary text.

    With the added tokens gone ``<|im_end|>`` or ``<think>`` falls apart into the pieces of its letters. The vocabulary
    is shared: a copy of it would take seconds.
    """
    plain = Tokenizer(tokenizer.model)
    for part in ("normalizer", "pre_tokenizer", "decoder"):
        if (value := getattr(tokenizer, part)) is not None:
            setattr(plain, part, value)
    return plain
