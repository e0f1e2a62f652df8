"""A whole Space under the platform's emulation: weights loaded, packed to disk, unpacked where the GPU is, visited."""

from __future__ import annotations

from typing import Any

import pytest

from tests.space.conftest import run_driver


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run_driver("drive_space", tmp_path_factory.mktemp("space"))


@pytest.mark.parametrize(
    ("asked", "said", "layer"),
    [
        ("bf16 as nf4", "nf4", "Linear4bit"),
        ("bf16 as int8", "int8", "Linear8bitLt"),
        ("bf16 as none", "none", "Linear"),
        ("nf4 as auto", "nf4", "Linear4bit"),
    ],
)
def test_weights_are_loaded_as_the_platform_wants_them(
    facts: dict[str, Any], asked: str, said: str, layer: str
) -> None:
    loaded = facts["loading"][asked]
    assert loaded["said"] == [said, "cuda"]
    assert loaded["layer"] == layer
    assert loaded["devices"] == ["cuda"]
    assert loaded["kept"]  # the platform knows every weight, and takes it along to the GPU
    assert loaded["stages"] == ["loading"]  # nothing can be warmed up where there is no GPU


def test_the_app_judges_with_what_it_loaded(facts: dict[str, Any]) -> None:
    visits = facts["visits"]
    assert visits["packed"] > 0
    for judgment in (visits["judgment"], visits["after"]):
        assert [vote["status"] for vote in judgment["votes"]] == ["finished", "finished"]
        assert judgment["error"] is None
        assert (judgment["settings"]["device"], judgment["settings"]["quantization"]) == ("cuda", "nf4")
    assert visits["failed"] == 0


def test_every_call_is_made_in_the_visitors_name(facts: dict[str, Any]) -> None:
    visits = facts["visits"]
    assert visits["ranking"]["matches"] == 3
    assert not visits["shares_batch"]  # so that the matches of a ranking are judged one after the other
    assert len(visits["tokens"]) >= 4
    assert set(visits["tokens"]) == {visits["token"]}


@pytest.mark.parametrize("endpoint", ["/judge", "/rank"])
@pytest.mark.parametrize(
    ("answer", "title", "words"),
    [
        ("quota", "ZeroGPU quota exceeded", "You have exceeded your ZeroGPU quota"),
        ("timeout", "ZeroGPU queue timeout", "No GPU was available after 60s"),
    ],
)
def test_a_refusal_reaches_the_visitor_as_the_platform_made_it(
    facts: dict[str, Any], endpoint: str, answer: str, title: str, words: str
) -> None:
    found_title, message = facts["visits"]["refused"][f"{answer} {endpoint}"]
    assert found_title == title
    assert message.startswith(words)


@pytest.mark.parametrize("leaving", ["cancelled", "vanished"])
def test_a_visitor_who_leaves_gives_the_gpu_back(facts: dict[str, Any], leaving: str) -> None:
    assert facts["visits"]["gave_back"][leaving] < 20  # the votes alone would take minutes
