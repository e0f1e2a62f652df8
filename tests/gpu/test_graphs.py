"""Recorded decode steps: what the model's own forward pass computes, whoever comes and goes meanwhile.

On a CPU the kernels run in Triton's interpreter, in float16 (it knows no bfloat16), and nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from bitsandbytes.nn.modules import Linear4bit, Params4bit
from torch import nn
from transformers import PreTrainedModel, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

from rrm_ui.engines.interface import RowFinished, RowProbed
from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.local.cuda.graphs import GraphedSteps
from rrm_ui.engines.local.cuda.steps import differences, graphed_steps
from rrm_ui.engines.local.cuda.written_step import MOST_PLAIN_ROWS, WrittenStep, why_not_written
from rrm_ui.engines.local.job import Job
from rrm_ui.prompts.encoding import PromptTokens
from tests.benchmarks.engine.shapes import random_tokenizer
from tests.gpu.conftest import DEVICE, VOCABULARY, prompt, request
from tests.model.tiny import ids_of, run_apart

DTYPE = torch.bfloat16 if DEVICE == "cuda" else torch.float16


def new_model(kind: str, quantization: str) -> PreTrainedModel:
    torch.manual_seed(0)
    times = 2 if DEVICE == "cuda" else 1  # the interpreter takes a quarter of a second a step as it is
    measures: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": 128 * times,
        "intermediate_size": 128 * times,
        "num_hidden_layers": 2,
        "num_attention_heads": 2 * times,
        "num_key_value_heads": times,
        "head_dim": 64,
        "max_position_embeddings": 8192,
    }
    model: PreTrainedModel
    model = Qwen2ForCausalLM(Qwen2Config(**measures)) if kind == "qwen2" else Qwen3ForCausalLM(Qwen3Config(**measures))
    for parameter in model.parameters():  # far from their first values, so that tokens and places matter
        if parameter.dim() == 1:
            parameter.data.uniform_(0.5, 1.5)
        else:
            parameter.data.mul_(4)
    model = model.to(DTYPE).eval().requires_grad_(False)  # type: ignore[arg-type]
    if quantization == "nf4":
        quantize(model)
    return model.to(DEVICE)  # type: ignore[arg-type]


def quantize(model: PreTrainedModel) -> None:
    decoder = model.get_decoder()
    for name, linear in list(decoder.named_modules()):
        if isinstance(linear, nn.Linear):
            made = Linear4bit(linear.in_features, linear.out_features, linear.bias is not None, DTYPE, quant_type="nf4")
            made.weight = Params4bit(linear.weight.data, requires_grad=False, quant_type="nf4", module=made)
            made.bias = linear.bias
            made.support_avx512bf16_for_cpu = False  # that path stores the weights in another order
            if DEVICE == "cpu":
                made.weight._quantize("cpu")
            decoder.set_submodule(name, made)


def steps_of(model: PreTrainedModel, *, recorded: bool = True) -> GraphedSteps:
    steps = GraphedSteps(WrittenStep(model), model.device)
    if not recorded:
        steps.records = False
    return steps


def new_loop(model: PreTrainedModel, *, recorded: bool = True) -> DecodeLoop:
    tokenizer = random_tokenizer(VOCABULARY).backend_tokenizer
    steps = steps_of(model, recorded=recorded)
    return DecodeLoop(model, tokenizer, max_batch_tokens=10**6, cached_prefix_tokens=4096, steps=steps)


def written(loop: DecodeLoop, jobs: Sequence[Job], apart: int = 0) -> list[dict[int, tuple[int, ...]]]:
    return [ids_of(events) for events in run_apart(loop, *jobs, apart=apart)]


@pytest.mark.parametrize("quantization", ["none", "nf4"])
@pytest.mark.parametrize("kind", ["qwen2", "qwen3"])
def test_a_written_step_computes_what_the_model_does(kind: str, quantization: str) -> None:
    model = new_model(kind, quantization)
    assert why_not_written(model) is None
    assert max(differences(model, steps_of(model))) < (0.03 if DEVICE == "cuda" else 0.005)


def test_a_row_does_not_depend_on_its_company() -> None:
    model = new_model("qwen2", "nf4")
    tokens = 24 if DEVICE == "cuda" else 3
    prompts = [prompt(length, length) for length in (30, 77)]
    together = written(new_loop(model), [Job(request([one] * 2, tokens, temperature=0.8)) for one in prompts], apart=2)
    alone = [written(new_loop(model), [Job(request([one] * 2, tokens, temperature=0.8))])[0] for one in prompts]
    assert together == alone


@pytest.mark.cuda
def test_recordings_outlive_rows_that_come_and_go() -> None:
    model = new_model("qwen2", "nf4")
    ends = frozenset(range(8, VOCABULARY, 40))

    def jobs() -> list[Job]:
        lengths = (30, 300, 41, 12)
        return [Job(request([prompt(n, n)] * 5, 120, temperature=1.0, end_ids=ends)) for n in lengths]

    recorded = written(new_loop(model), jobs(), apart=7)
    plain = written(new_loop(model, recorded=False), jobs(), apart=7)
    assert recorded == plain
    assert len({len(ids) for job in plain for ids in job.values()}) > 10


def test_probes_change_no_row_and_read_what_a_copy_would(monkeypatch: pytest.MonkeyPatch) -> None:
    model = new_model("qwen2", "nf4")
    budget = 40 if DEVICE == "cuda" else 4
    prompts = [prompt(50, seed) for seed in range(2)]
    plain = written(new_loop(model), [Job(request(prompts, budget))])
    probed = Job(request(prompts, budget, probe_every=2))
    loop = new_loop(model)
    loop.add(probed)
    while loop.step():
        pass
    events = probed.take(0)[0]
    assert {event.row: event.ids for event in events if isinstance(event, RowFinished)} == plain[0]
    monkeypatch.setattr(GraphedSteps, "peek", lambda *_: None)  # through a copy, by the model's own pass
    copied = Job(request(prompts, budget, probe_every=2))
    loop = new_loop(model)
    loop.add(copied)
    while loop.step():
        pass
    ours, theirs = (
        {(e.row, e.tokens): e.p_first for e in found if isinstance(e, RowProbed)}
        for found in (events, copied.take(0)[0])
    )
    assert ours.keys() == theirs.keys()
    assert all(abs(ours[key] - theirs[key]) < 0.05 for key in ours)


def test_more_tokens_than_a_recording_takes_go_through_the_model() -> None:
    model = new_model("qwen2", "none")
    rows = MOST_PLAIN_ROWS + 6
    [ids] = written(new_loop(model), [Job(request([PromptTokens((9, 10, 11))] * rows, 4))])
    assert len(ids) == rows
    assert len(set(ids.values())) == 1  # all take the most probable tokens


def test_models_that_do_not_suit_are_named() -> None:
    model = new_model("qwen2", "none").float()
    assert why_not_written(model) == "it computes in float32"
    assert graphed_steps(model) is None


def test_what_was_recorded_is_replayed_though_nothing_more_can_be_recorded() -> None:
    replayed: list[str] = []
    recording = SimpleNamespace(graph=SimpleNamespace(replay=lambda: replayed.append("kept")), fed="of the recording")
    cache: Any = SimpleNamespace(extent=SimpleNamespace(moves=3))
    steps: Any = SimpleNamespace(records=True, _may_record=False, _buffers=(cache.extent, 3))
    steps._recordings = {("kept",): recording, ("seen",): None}
    work: Any = lambda: "computed"  # noqa: E731
    fed: list[Any] = [GraphedSteps._replay(steps, cache, (kind,), work) for kind in ("seen", "kept", "new")]
    assert fed == ["computed", "of the recording", "computed"]
    assert replayed == ["kept"]


def test_a_step_without_memory_for_its_result_has_fed_nothing() -> None:
    class Full:
        def __getitem__(self, _rows: slice) -> Full:
            return self

        def clone(self) -> None:
            raise torch.OutOfMemoryError

    fed = SimpleNamespace(logits=Full(), drawn=torch.zeros(1))
    advanced: list[int] = []
    steps: Any = SimpleNamespace(_feed=lambda *_: fed, most_rows=4)
    cache: Any = SimpleNamespace(advance=advanced.append)
    with pytest.raises(torch.OutOfMemoryError):
        GraphedSteps.feed(steps, cache, [[1]], [], None)  # type: ignore[arg-type]
    assert advanced == []
