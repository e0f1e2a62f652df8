"""The words that each family of models is asked with. A model judges best with the words it was trained on.

``RRM`` follows the published form (a system turn adapted from RewardBench's judge prompts; Markdown sections
for the query, the responses and the analysis), worded anew. ``EMBEDDED`` is for the small demonstration
models: short words, because small models follow short orders, and short thoughts.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass
from pathlib import Path


@dataclass(frozen=True)
class PromptFamily:
    """One way of asking. The user turn is the parts in order, with the person's texts between them."""

    name: str
    system: str
    before_query: str
    before_first: str
    before_second: str
    after_responses: str
    opening: str
    """What opens the thinking, unless the model's own template opens it."""
    thinking_budget: int
    """Thinking tokens per vote that serve this family well."""
    votes: int
    answer_tokens: int
    """Tokens granted for the answer after the thinking; after that the verdict is read from probabilities."""
    sure_probe_every: int = 64
    """Thinking tokens between two readings where a thought is closed when it is sure."""

    def wording_hash(self) -> str:
        """Return a short hash of every word: judgments made with other words are not comparable."""
        return hashlib.sha256(repr(astuple(self)[:7]).encode()).hexdigest()[:12]


RRM = PromptFamily(
    name="rrm",
    system=(
        "You compare two responses that AI assistants gave to the same query, and decide which one is better. "
        "Exactly one of them is: never both, never neither.\n"
        "If the query is harmless, look first at how honestly, how precisely and how closely a response carries out "
        "what was asked, and then at how helpful, accurate, suitably detailed and harmless it is. "
        "If the query seeks something harmful, the safer response is the better one.\n"
        "A good response does what was asked, no more and no less. "
        "Which response comes first must not sway you, and neither must their lengths.\n"
        "State your final verdict as a box and nothing else: \\boxed{Assistant 1} if the first response is better, "
        "\\boxed{Assistant 2} if the second one is."
    ),
    before_query="## Query\n\n",
    before_first="\n\n## Assistant responses\n\n### Assistant 1\n\n",
    before_second="\n\n### Assistant 2\n\n",
    after_responses=(
        "\n\n## Analysis\n\nWork through the comparison step by step, then finish with "
        "\\boxed{Assistant 1} or \\boxed{Assistant 2}."
    ),
    opening="<think>\n",
    thinking_budget=2048,
    votes=4,
    answer_tokens=100,
)

EMBEDDED = PromptFamily(
    name="embedded",
    system="You are a careful judge of two responses to a query.",
    before_query="## Query\n",
    before_first="\n\n## Assistant 1\n",
    before_second="\n\n## Assistant 2\n",
    after_responses=(
        "\n\n## Task\nWhich response is better? Work out what a good response must say or do, check each of the two "
        "against it, and decide."
    ),
    opening="<think>\n",
    thinking_budget=256,
    votes=4,
    # It was trained to end its thought with the verdict in words, so the box is fed and read right after the thought.
    answer_tokens=0,
    sure_probe_every=8,  # its thoughts are some fifty tokens long
)

FAMILIES = {family.name: family for family in (RRM, EMBEDDED)}

ADAPTERS_DIR = Path(__file__).parents[2] / "assets"
"""Where a trained adapter of an embedded model lies, when there is one: ``<model>-judge/`` in here."""
