"""From a comparison to token ids, built from parts so that a person's text stays text.

Markers come from the model's own template and are encoded as such; everything a person typed is encoded by
a tokenizer that knows no special tokens. Nothing is ever rendered to one string and tokenized as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from rrm_ui.errors import ModelUnavailable
from rrm_ui.prompts.chat_frame import ChatFrame, chat_frame, text_only
from rrm_ui.prompts.families import PromptFamily
from rrm_ui.prompts.script import VerdictFormat
from rrm_ui.values import Comparison, Order

if TYPE_CHECKING:
    from transformers import GenerationConfig, PreTrainedTokenizerBase


THINK = "<think>"
"""What opens a thought in the templates of models that think."""
LONG_TEXT = 10_000
"""Characters of a text that takes so long to encode (some 5 ms) that other threads are let run meanwhile."""


@dataclass(frozen=True)
class PromptTokens:
    """A prompt as ids, and where the heads end that other prompts share (system turn, then query)."""

    ids: tuple[int, ...]
    heads: tuple[int, ...] = ()


def clean_text(text: str) -> str:
    """Return ``text`` with lone surrogates replaced: they are no characters and no tokenizer takes them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _end_of_text_ids(generation_config: GenerationConfig | None, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Return every id that ends a text of this model, by its tokenizer and its generation settings."""
    named = generation_config.eos_token_id if generation_config is not None else None
    ids = {tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])}
    return frozenset(id_ for id_ in ids if isinstance(id_, int))


@dataclass(frozen=True)
class PromptBuilder:
    """Builds the prompts of one model in one family's words."""

    tokenizer: Tokenizer
    frame: ChatFrame
    family: PromptFamily
    end_ids: frozenset[int] = field(default_factory=frozenset)
    """Ids that end a text: end-of-text, end-of-turn."""

    @classmethod
    def of_model(
        cls, generation_config: GenerationConfig | None, tokenizer: PreTrainedTokenizerBase, family: PromptFamily
    ) -> PromptBuilder:
        """Return the builder for the model that ``generation_config`` and ``tokenizer`` belong to.

        Raises:
            ModelUnavailable: its chat template cannot be used.
        """
        ends = _end_of_text_ids(generation_config, tokenizer)
        return cls(tokenizer.backend_tokenizer, chat_frame(tokenizer), family, ends)

    @cached_property
    def _plain(self) -> Tokenizer:
        return text_only(self.tokenizer)

    @cached_property
    def _marker_ids(self) -> frozenset[int]:
        return frozenset(self.tokenizer.get_added_tokens_decoder())

    def text_ids(self, text: str) -> list[int]:
        """Return the ids of ``text`` as ordinary text; none of them is a special token."""
        clean = clean_text(text)
        if len(clean) < LONG_TEXT:
            ids = self._plain.encode(clean, add_special_tokens=False).ids
        else:  # of the tokenizer's functions only those for batches release the interpreter
            ids = self._plain.encode_batch_fast([clean], add_special_tokens=False)[0].ids
        if not self._marker_ids.isdisjoint(ids):
            # Only a tokenizer whose base vocabulary merges letters into a marker could get here.
            raise ModelUnavailable(
                "This model's tokenizer turns ordinary text into special tokens; choose another model."
            )
        return list(ids)

    def marker_ids(self, text: str) -> list[int]:
        """Return the ids of our own or the template's ``text``, special tokens included."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def _marker_id(self, text: str) -> int | None:
        """Return the id of the special token ``text``; None if it is no single one."""
        id_ = self.tokenizer.token_to_id(text)
        return id_ if id_ in self._marker_ids else None

    def count(self, text: str) -> int:
        """Return how many tokens ``text`` takes in a prompt."""
        return len(self.text_ids(text)) if text else 0

    def build(self, comparison: Comparison, order: Order) -> PromptTokens:
        """Return the prompt that shows ``comparison`` in ``order`` and ends where the thinking begins."""
        first, second = comparison.response_a, comparison.response_b
        if order == "BA":
            first, second = second, first
        family = self.family
        head = self.head
        query = self.text_ids(comparison.query) + self.text_ids(family.before_first)
        rest = [
            *self.text_ids(first),
            *self.text_ids(family.before_second),
            *self.text_ids(second),
            *self.text_ids(family.after_responses),
            *self._opening,
        ]
        return PromptTokens((*head, *query, *rest), (len(head), len(head) + len(query)))

    @cached_property
    def own_tokens(self) -> int:
        """Tokens of every prompt that belong to no text of its comparison.

        Texts are encoded one by one, so the rest of a prompt's length is the sum of what they ``count``.
        """
        family = self.family
        between = (family.before_first, family.before_second, family.after_responses)
        return len(self.head) + sum(map(self.count, between)) + len(self._opening)

    @cached_property
    def head(self) -> list[int]:
        """The ids before the query: every comparison's prompt begins with them."""
        return self.start_of_turn(self.family.system) + self.text_ids(self.family.before_query)

    def start_of_turn(self, system: str) -> list[int]:
        """Return the ids of a conversation up to where the user's text begins, with ``system`` as its system turn."""
        said = self.text_ids(system)
        if not system and not self.frame.has_system:
            return self.marker_ids(self.frame.before_user)
        if self.frame.has_system:
            return self.marker_ids(self.frame.before_system) + said + self.marker_ids(self.frame.before_user)
        return self.marker_ids(self.frame.before_user) + said + self.text_ids("\n\n")

    @cached_property
    def _opening(self) -> list[int]:
        """The end of the user turn and the opened thinking."""
        opening = self.family.opening
        if self.frame.after_user.rstrip().endswith(THINK):  # the model's own template has opened it
            opening = opening.partition(THINK)[2].lstrip() if THINK in opening else opening
        return self.marker_ids(self.frame.after_user) + self.marker_ids(opening)

    @cached_property
    def verdict_format(self) -> VerdictFormat:
        """How this model's thinking is closed and its verdict asked for, as ids.

        Raises:
            ModelUnavailable: the two verdicts do not differ in one token after a common stem.
        """
        form = self.family.verdict
        for stem_text in dict.fromkeys((form.stem, form.stem.rstrip())):  # a choice may come with its space or without
            space = form.stem.removeprefix(stem_text)
            choices = [self.marker_ids(f"{stem_text}{space}{choice}") for choice in form.choices]
            stem = self.marker_ids(stem_text)
            if all(ids[:-1] == stem for ids in choices):
                after_close = form.closing.partition(form.close)[2]
                return VerdictFormat(
                    form=form,
                    closing=tuple(self.marker_ids(form.closing)),
                    stem=tuple(stem),
                    closed_stem=(*self.marker_ids(after_close), *stem),
                    late_stem=(*self.marker_ids(form.again), *stem),
                    choices=(choices[0][-1], choices[1][-1]),
                    end_ids=self.end_ids,
                    stem_text=stem_text,
                    close_id=self._marker_id(form.close),
                )
        raise ModelUnavailable(
            "This model's tokenizer splits the verdict in a way that cannot be read; choose another model."
        )
