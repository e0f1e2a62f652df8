from __future__ import annotations

from pathlib import Path

import pytest

from rrm_ui.engines.models.catalogue import CATALOGUE, EMBEDDED
from rrm_ui.engines.models.recognise import Recognised, Wording, read_wording, recognise
from rrm_ui.errors import BadInput
from rrm_ui.prompts.families import CHAT, FAMILIES, RM_R1, RM_R1_INSTRUCT, RRM, PromptFamily
from rrm_ui.settings import Settings

THINKING = "{{ message.content.split('</think>')[-1] }}"


@pytest.mark.parametrize(
    ("name", "template", "family"),
    [
        ("someone/RRM-7B-finetuned", THINKING, RRM),
        ("my_rrm", "", RRM),
        ("owner/RM-R1-DeepSeek-Distilled-Qwen-1.5B", THINKING, RM_R1),
        ("RM-R1-Qwen2.5-Instruct-3B", "", RM_R1_INSTRUCT),
        ("rm-r1-mine", THINKING, RM_R1),
        ("rm-r1-mine", "", RM_R1_INSTRUCT),
        ("Qwen/Qwen3-4B", THINKING, CHAT),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", THINKING, CHAT),
    ],
)
def test_a_name_tells_the_family(name: str, template: str, family: PromptFamily) -> None:
    assert recognise(None, (name,), template, Wording()) == Recognised(family)


@pytest.mark.parametrize("name", ["my-model", "checkpoint-300", "owner/warrm-up", "farm-r1"])
def test_what_nothing_tells_is_a_guess(name: str) -> None:
    assert recognise(None, (name,), THINKING, Wording()) == Recognised(CHAT, guessed=True)


def test_where_a_folder_came_from_counts_too() -> None:
    assert recognise(None, ("final", "gaotang/RM-R1-Qwen2.5-Instruct-7B"), "", Wording()).family is RM_R1_INSTRUCT


def test_the_catalogue_and_the_names_of_its_models_agree() -> None:
    for entry in CATALOGUE:
        assert recognise(entry, (entry.name,), "", Wording()) == Recognised(entry.family)
        if entry.gguf is None:
            template = "" if entry.family is RM_R1_INSTRUCT else THINKING
            assert recognise(None, (entry.hub_id,), template, Wording()) == Recognised(entry.family)


def test_a_family_that_is_named_wins(tmp_path: Path) -> None:
    assert recognise(EMBEDDED, ("embedded",), "", read_wording(Settings(prompt_family="chat"))).family is CHAT
    file = tmp_path / "words.toml"
    file.write_text("family = 'rm-r1'\nuser = '{query}{response_1}{response_2}'\n")
    by_file = recognise(None, ("x",), "", read_wording(Settings(prompt_file=file)))
    assert (by_file.family.name, by_file.family.verdict, by_file.guessed) == ("rm-r1", RM_R1.verdict, False)
    both = recognise(None, ("x",), "", read_wording(Settings(prompt_file=file, prompt_family="rrm")))
    assert (both.family.name, both.family.before_query) == ("rrm", "")


def test_a_family_that_does_not_exist_is_named() -> None:
    with pytest.raises(BadInput, match="RRM_PROMPT_FAMILY is 'rmr1'; it must be auto, rrm, embedded, rm-r1, "):
        read_wording(Settings(prompt_family="rmr1"))
    assert all(read_wording(Settings(prompt_family=name)).family is family for name, family in FAMILIES.items())
