"""Drawing labelled comparisons from the families: how many of each, in which language, which response first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rrm_ui.evaluation.items import Item
from rrm_ui.training.comparisons.draft import Draft, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw, Split, split_of
from rrm_ui.values import Choice, Order

CHINESE_SHARE = 3
"""One in so many comparisons is in Chinese."""


@dataclass(frozen=True)
class LabelledComparison:
    """A comparison whose better response is known, with what a thought about it may say."""

    id: str
    family: str
    language: Language
    query: str
    response_a: str
    response_b: str
    label: Choice
    flaw: Flaw
    steps: int
    """Inference steps from the query to what a right response must be."""
    working: str
    finding_a: str
    finding_b: str
    whole_thought: str = ""
    """A thought that somebody wrote as a whole, for a model that sees A first; it goes before one made of parts."""

    @property
    def has_thought(self) -> bool:
        """Whether there are words to think."""
        return bool(self.working or self.whole_thought)

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that its thought can be told in."""
        return ("AB",) if self.whole_thought else ("AB", "BA")

    @property
    def words(self) -> tuple[str, ...]:
        """What a thought is made of."""
        return (self.working, self.finding_a, self.finding_b, *([self.whole_thought] if self.whole_thought else []))

    def thought(self, order: Order) -> str:
        """Return a chain of thought, of its parts or as a whole, for a model that sees the responses in ``order``.

        Raises:
            ValueError: it was written as a whole, for the other order.
        """
        if self.whole_thought:
            if order not in self.orders:
                raise ValueError("This thought was written for A before B")
            return self.whole_thought
        first, second = (self.finding_a, self.finding_b) if order == "AB" else (self.finding_b, self.finding_a)
        winner = 1 if (self.label == "A") == (order == "AB") else 2
        if self.language == "zh":
            return f"{self.working}\n助手1{first}。助手2{second}。\n助手{winner}更好。"
        return f"{self.working}\nAssistant 1 {first}. Assistant 2 {second}.\nAssistant {winner} is better."

    def item(self) -> Item:
        """Return it as *Evaluate* takes it; its subset is the family."""
        return Item(self.id, self.query, self.response_a, self.response_b, self.label, self.family)

    def to_dict(self) -> dict[str, Any]:
        """Return every field by name, and ``subset`` beside them, so that *Evaluate* reads the row as well."""
        whole = {"thought": self.whole_thought} if self.whole_thought else {}
        fields = {name: value for name, value in asdict(self).items() if name != "whole_thought"}
        return {**fields, **whole, "subset": self.family}


def generate(
    families: Sequence[Family], count: int, split: Split, seed: int, only: Language | None = None
) -> Iterator[LabelledComparison]:
    """Yield ``count`` comparisons, the families in turn, every third in Chinese or all in the language ``only``.

    The same arguments give the same comparisons; more of them begin with the same ones.
    """
    for index in range(count):
        family = families[index % len(families)]
        round_number = index // len(families)
        yield make_one(family, round_number, split, seed, only)


def make_one(family: Family, number: int, split: Split, seed: int, only: Language | None = None) -> LabelledComparison:
    """Return comparison ``number`` of ``family``: which other families there are does not change it."""
    draw = Draw(split, seed, family.name, number)
    language: Language = only or ("zh" if (number + sum(family.name.encode())) % CHINESE_SHARE == 0 else "en")
    draft = family.make(draw, language)
    while family.from_numbers and split_of(draft.query) != split:
        draft = family.make(draw, language)
    # A run of one language may lie beside a mixed one of the same seed: its rows are others.
    suffix = f"-{only}" if only else ""
    return _arrange(family, language, draft, f"{split}-{seed}-{family.name}-{number:04d}{suffix}", draw)


def _arrange(family: Family, language: Language, draft: Draft, id_: str, draw: Draw) -> LabelledComparison:
    better_first = draw.chance(0.5)
    first, second = (draft.better, draft.worse) if better_first else (draft.worse, draft.better)
    return LabelledComparison(
        id=id_,
        family=family.name,
        language=language,
        query=draft.query,
        response_a=first.text,
        response_b=second.text,
        label="A" if better_first else "B",
        flaw=draft.flaw,
        steps=draft.steps,
        working=draft.working,
        finding_a=first.finding,
        finding_b=second.finding,
    )
