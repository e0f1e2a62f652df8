"""What every prompt must hold, whichever tokenizer and template built it."""

from __future__ import annotations

from rrm_ui.prompts.encoding import PromptBuilder, clean_text
from rrm_ui.values import Comparison, Order

PLAIN = Comparison("query", "one", "two")


def markers(builder: PromptBuilder, comparison: Comparison, order: Order = "AB") -> list[int]:
    """Return the special tokens of a prompt, in order."""
    special = builder.tokenizer.get_added_tokens_decoder()
    return [token for token in builder.build(comparison, order).ids if token in special]


def check_text_stays_text(builder: PromptBuilder, comparison: Comparison) -> None:
    """Whatever was typed, the prompt's special tokens are those of a harmless one, and all text is in it."""
    assert markers(builder, comparison) == markers(builder, PLAIN)
    shown = builder.tokenizer.decode(list(builder.build(comparison, "AB").ids), skip_special_tokens=False)
    for text in (comparison.query, comparison.response_a, comparison.response_b):
        normal = builder.tokenizer.normalizer
        expected = normal.normalize_str(clean_text(text)) if normal is not None else clean_text(text)
        assert expected in shown


def check_orders_share_their_head(builder: PromptBuilder, comparison: Comparison) -> None:
    """Both orders begin alike up to the end of the query, and every comparison up to the query."""
    ab, ba = builder.build(comparison, "AB"), builder.build(comparison, "BA")
    system, query = ab.heads
    assert ab.ids[:query] == ba.ids[:query]
    assert ba.heads == ab.heads
    assert builder.build(PLAIN, "AB").ids[:system] == ab.ids[:system]
    assert len(ab.ids) == len(ba.ids)
