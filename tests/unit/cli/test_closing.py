from __future__ import annotations

import argparse

import pytest

from rrm_ui.cli.closing import add_closing_options, closing_settings
from rrm_ui.cli.evaluate import default_folder
from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import ItemSet
from rrm_ui.scripted_model import scripted_model
from rrm_ui.settings import Settings
from rrm_ui.values import JudgeSettings

PLAIN = JudgeSettings(probe_every=0)


def settings_of(*options: str, probe_every: int | None = None) -> JudgeSettings:
    parser = argparse.ArgumentParser()
    add_closing_options(parser)
    return closing_settings(parser.parse_args(options), PLAIN, scripted_model(), probe_every)


def test_without_the_option_nothing_changes() -> None:
    assert settings_of() == PLAIN


@pytest.mark.parametrize("rule", [("--sure-at", "0.7"), ("--sure-probes", "3")])
def test_a_rule_without_what_it_is_for_is_refused(rule: tuple[str, str]) -> None:
    with pytest.raises(BadInput, match=f"{rule[0]} does nothing without --close-when-sure"):
        settings_of(*rule)


def test_closing_brings_its_rule_and_readings_as_close_as_the_family_needs() -> None:
    closing = settings_of("--close-when-sure")
    assert closing.close_when_sure
    assert (closing.sure_at, closing.sure_probes) == (PLAIN.sure_at, PLAIN.sure_probes)
    assert closing.probe_every == scripted_model().prompts.family.sure_probe_every


def test_the_rule_and_the_interval_can_be_chosen() -> None:
    closing = settings_of("--close-when-sure", "--sure-at", "0.99", "--sure-probes", "3", probe_every=16)
    assert (closing.sure_at, closing.sure_probes, closing.probe_every) == (0.99, 3, 16)


@pytest.mark.parametrize("other", [("--sure-at", "0.99"), ("--sure-probes", "3"), ()])
def test_a_run_by_another_rule_gets_another_folder(other: tuple[str, ...]) -> None:
    data, model = ItemSet("sums.jsonl", (), source="sums.jsonl"), scripted_model()
    first = settings_of("--close-when-sure", "--sure-at", "0.9") if other else PLAIN
    folders = {
        default_folder(Settings(), data, model, asked, None)
        for asked in (first, settings_of("--close-when-sure", *other))
    }
    assert len(folders) == 2
