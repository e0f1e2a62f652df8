"""Pairs that ``rank`` writes, read by ``trl``'s own trainer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, load_dataset
from transformers import PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, is_conversational  # type: ignore[attr-defined]

from rrm_ui.cli import main
from rrm_ui.cli import rank as command
from rrm_ui.scripted_model import END, byte_tokenizer
from tests.model.tiny import random_qwen2
from tests.unit.ranking.judges import judge_by

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.mark.parametrize(
    ("layout", "read"),
    [
        ("conversational", "<|im_start|>user\nWhich, {}?<|im_end|>\n<|im_start|>assistant\n"),
        ("standard", "Which, {}?"),
    ],
)
def test_a_chat_model_reads_messages_in_its_template(
    layout: str, read: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "load_named_model", lambda _name: judge_by())
    rows, pairs = tmp_path / "rows.jsonl", tmp_path / "pairs.jsonl"
    given: list[dict[str, Any]] = [
        {"query": f"Which, {number}?", "responses": ["worth 1", "worth 2"]} for number in range(2)
    ]
    given[0]["id"] = "first"
    rows.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    assert main(["rank", str(rows), "--pairs", str(pairs), "--pair-format", layout]) == 0
    written = load_dataset("json", data_files=str(pairs), split="train", cache_dir=str(tmp_path / "cache"))
    assert is_conversational(written[0]) == (layout == "conversational")

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer(), eos_token=END, pad_token=END, chat_template=TEMPLATE
    )
    config = DPOConfig(
        output_dir=str(tmp_path), use_cpu=True, bf16=False, max_steps=1, report_to=[], save_strategy="no",
        disable_tqdm=True, per_device_train_batch_size=2,
    )  # fmt: skip
    model, reference = (random_qwen2(len(tokenizer), layers=2) for _ in range(2))
    trainer = DPOTrainer(model, reference, args=config, train_dataset=written, processing_class=tokenizer)
    assert isinstance(trainer.train_dataset, Dataset)
    prompts = [tokenizer.decode(row["prompt_ids"]) for row in trainer.train_dataset]
    assert prompts == [read.format(number) for number in range(2)]
    trainer.train()
    assert trainer.state.global_step == 1
