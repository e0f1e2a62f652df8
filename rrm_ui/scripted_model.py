"""A judge without a model (``RRM_MODEL=scripted``): scripted rows behind real prompts, for tests and page work."""

from __future__ import annotations

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from rrm_ui.engines.interface import Engine
from rrm_ui.engines.scripted import ScriptedEngine
from rrm_ui.judge import JudgeModel
from rrm_ui.prompts.chat_frame import ChatFrame
from rrm_ui.prompts.encoding import PromptBuilder
from rrm_ui.prompts.families import RRM, PromptFamily
from rrm_ui.values import JudgeSettings, ModelDetails

END = "<|im_end|>"


def byte_tokenizer() -> Tokenizer:
    """Return a tokenizer with a token a byte and a few special ones: no download, no training."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    specials = ("<|im_start|>", END, "<think>", "</think>")
    tokenizer.add_special_tokens([AddedToken(text, normalized=False) for text in specials])
    return tokenizer


def scripted_prompts(family: PromptFamily = RRM) -> PromptBuilder:
    """Return a prompt builder on the byte tokenizer."""
    tokenizer = byte_tokenizer()
    frame = ChatFrame(
        before_system="<|im_start|>system\n",
        before_user=f"{END}\n<|im_start|>user\n",
        after_user=f"{END}\n<|im_start|>assistant\n",
    )
    return PromptBuilder(tokenizer, frame, family, frozenset(tokenizer.encode(END).ids))


def scripted_model(engine: Engine | None = None, context_tokens: int = 32768) -> JudgeModel:
    """Return a judge whose votes follow a script; ``engine`` replaces the default one."""
    prompts = scripted_prompts()
    return JudgeModel(
        engine=engine or ScriptedEngine(tokens_per_second=25),
        prompts=prompts,
        details=ModelDetails(
            name="scripted",
            prompt_family=prompts.family.name,
            prompt_hash=prompts.family.wording_hash(),
            context_tokens=context_tokens,
            demonstration=True,
        ),
        defaults=JudgeSettings(thinking_budget=256, votes=4),
    )
