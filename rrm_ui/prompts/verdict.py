"""How a family's models end their thinking and say which response is better, and how that is read.

Only what follows the last close of the thinking is read, and there the last verdict.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class VerdictForm:
    """One way to close a thought and to state a verdict, as literal text. Plain data: it can be pickled."""

    close: str
    """What the model writes to end its thinking; it belongs to neither the thinking nor the answer."""
    closing: str
    """What is fed to end the thinking from outside; holds ``close``."""
    again: str
    """What is fed between an answer that holds no verdict and ``stem``."""
    stem: str
    """Everything of a verdict up to the choice."""
    choices: tuple[str, str]
    """What follows the stem: the first response is better, the second one is."""
    end: str
    """What follows the choice."""
    pattern: str
    """A regular expression for a whole verdict as models write it; its one group is the choice."""
    ends_text: bool = False
    """Whether a verdict counts only where the text ends with it.

    Where a thought is plain text, a response that is quoted in it may hold a verdict; the text goes on after that one.
    """

    def after_thinking(self, text: str) -> str:
        """Return what follows the last close; all of it if there is none."""
        return text.rpartition(self.close)[2]

    def read(self, answer: str) -> Literal["first", "second"] | None:
        """Return the position that the last verdict in ``answer`` names, or None.

        ``answer`` is what stands after the thinking. A verdict quoted in the thinking, or in a response that
        the thinking quotes, is not part of it and never counts.
        """
        found = self._last(answer)
        return None if found is None else "first" if found[1] == self.choices[0] else "second"

    def chooses_after(self, answer: str, before: str) -> bool:
        """Return whether the choice of the last verdict in ``answer`` follows right after ``before``, its beginning."""
        found = self._last(answer)
        if found is None:
            return False
        rest = len(self.after_thinking(answer)) - found.start(1)
        return answer[: len(answer) - rest].rstrip() == before.rstrip()

    def _last(self, answer: str) -> re.Match[str] | None:
        tail = self.after_thinking(answer)
        found = list(re.finditer(self.pattern, tail))
        return None if not found or (self.ends_text and tail[found[-1].end() :].strip()) else found[-1]

    def is_settled(self, answer: str) -> bool:
        """Return whether ``answer`` holds a verdict that no further text may change.

        The rest of a verdict's line is awaited because the last one on it counts, not the first.
        """
        if self.ends_text:
            return False
        tail = self.after_thinking(answer)
        ends = [found.end() for found in re.finditer(self.pattern, tail)]
        return bool(ends) and "\n" in tail[ends[-1] :]


BOXED = VerdictForm(
    close="</think>",
    closing="\n</think>\n\n",
    again="\n\n",
    stem="\\boxed{Assistant ",
    choices=("1", "2"),
    end="}",
    pattern=r"\\boxed\{\s*Assistant\s*([12])\s*\}",
)
"""``\\boxed{Assistant 1}`` after a closed thought."""

TAGGED = VerdictForm(
    close="</think>",
    closing="\n</think>\n\n",
    again="\n\n",
    stem="<answer>[[",
    choices=("A", "B"),
    end="]]</answer>",
    pattern=r"<answer>\s*\[\[\s*([AB])\s*\]\]\s*</answer>",
)
"""``<answer>[[A]]</answer>`` after a closed thought."""

TAGGED_TEXT = VerdictForm(
    close="<answer>",
    closing="\n\n<answer>",
    again="\n\n<answer>",
    stem="[[",
    choices=("A", "B"),
    end="]]</answer>",
    pattern=r"\[\[\s*([AB])\s*\]\]\s*</answer>",
    ends_text=True,
)
"""The same where the evaluation is plain text, which ends where the answer's tag begins."""
