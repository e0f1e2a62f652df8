"""``python -m rrm_ui judge``: one comparison, streamed to a terminal or given as one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rrm_ui.cli.closing import add_closing_options, closing_settings
from rrm_ui.cli.exit_codes import EXIT_DONE, EXIT_FAILURE, EXIT_NO_VERDICT
from rrm_ui.cli.interrupt import interrupt_sets
from rrm_ui.cli.loading import load_named_model
from rrm_ui.errors import BadInput, EngineFailure
from rrm_ui.evaluation.reading import decoded
from rrm_ui.events import AnswerText, Event, JudgmentFinished, ThinkingClosed, ThinkingText, VoteFinished
from rrm_ui.judge import JudgeModel, check_comparison, check_settings, judge
from rrm_ui.settings import get_settings
from rrm_ui.ui.static_files import read_static
from rrm_ui.values import ClosedBy, Comparison, JudgeSettings, Judgment
from rrm_ui.wording import fill

if TYPE_CHECKING:
    from rrm_ui.evaluation.calibration_store import StoredCalibration

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


CLOSED: dict[ClosedBy, str] = {
    "model": "closed by the model",
    "budget": "closed by the budget",
    "certainty": "closed early: sure",
    "cancelled": "cancelled",
}
LINE_LENGTH = 100
"""A vote's text is printed in pieces of about this many characters, so that several can share a terminal."""

PLAIN = JudgeSettings()


def add_parser(subparsers: Subparsers) -> None:
    """Add the ``judge`` command; ``run`` answers it."""
    parser = subparsers.add_parser("judge", help="say which of two responses to a query is better")
    parser.add_argument("--query", help="what the responses answer")
    parser.add_argument("--response-a", help="the first response")
    parser.add_argument("--response-b", help="the second response")
    parser.add_argument("--file", type=Path, help="a JSON file with query, response_a and response_b")
    parser.add_argument("--budget", type=int, help="thinking tokens per vote; 0 for the verdict at once")
    parser.add_argument("--votes", type=int, help="independent votes, 1 to 64")
    parser.add_argument("--seed", type=int, default=0, help="makes the judgment repeatable (default 0)")
    parser.add_argument("--one-order", action="store_true", help="show A first in every vote, not in half of them")
    parser.add_argument("--stop-early", action="store_true", help="stop once the remaining votes cannot matter")
    add_closing_options(parser)
    parser.add_argument("--temperature", type=float, default=PLAIN.temperature, help="of drawing tokens, 0 to 2 (0.6)")
    parser.add_argument("--top-p", type=float, default=PLAIN.top_p, help="probability mass that is drawn from (1)")
    parser.add_argument("--model", help="a name from `models`, a Hub id or a local folder (default: RRM_MODEL)")
    parser.add_argument("--calibrated", action="store_true", help="also give P(A) at the temperature that was fitted")
    parser.add_argument("--json", action="store_true", help="print the judgment as one JSON object and nothing else")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge; return 0 with a verdict, 3 for no verdict, 1 for votes that were stopped or failed."""
    comparison = check_comparison(_comparison(args))
    check_settings(_judge_settings(args, None))  # before a model is fetched for nothing
    judgment, stored = _judge(args, comparison)
    calibration = {} if stored is None else _calibration(judgment, stored)
    if args.json:
        print(json.dumps(judgment.to_dict() | calibration, ensure_ascii=False))
    else:
        _print_verdict(judgment, calibration.get("p_a_calibrated"))
    if judgment.error is not None or any(vote.status in ("cancelled", "failed") for vote in judgment.votes):
        return EXIT_FAILURE
    return EXIT_NO_VERDICT if judgment.tally.outcome == "no_verdict" else EXIT_DONE


def _comparison(args: argparse.Namespace) -> Comparison:
    """Return the comparison from the options, or from the file; options win.

    Raises:
        BadInput: the file cannot be read, or a text is missing.
    """
    given = {"query": args.query, "response_a": args.response_a, "response_b": args.response_b}
    if args.file is not None:
        given = _read_file(args.file) | {name: text for name, text in given.items() if text is not None}
    for name, text in given.items():
        if text is None:
            raise BadInput(f"{name} is missing; give --{name.replace('_', '-')} or --file.")
    return Comparison(**given)


def _read_file(path: Path) -> dict[str, str | None]:
    try:
        row = json.loads(decoded(path.read_bytes(), strict=True))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:  # no text, no JSON, or too deep
        raise BadInput(f"{path} is not a JSON file: {error}.") from error
    if not isinstance(row, dict):
        raise BadInput(f"{path} must hold one JSON object with query, response_a and response_b.")
    return {name: row.get(name) for name in ("query", "response_a", "response_b")}


def _judge(args: argparse.Namespace, comparison: Comparison) -> tuple[Judgment, StoredCalibration | None]:
    """Return the judgment, and the temperature fitted for its judge if that was asked for."""
    model = load_named_model(args.model)
    asked = _judge_settings(args, model)
    stored = _stored_calibration(model, asked) if args.calibrated else None
    printer = _Printer(sys.stderr if args.json else sys.stdout)
    with interrupt_sets(threading.Event()) as cancel:
        for event in judge(comparison, asked, model, cancel):
            printer.show(event)
            if isinstance(event, JudgmentFinished):
                return event.judgment, stored
    raise EngineFailure("The judgment ended without a result. Judge again.")


def _judge_settings(args: argparse.Namespace, model: JudgeModel | None) -> JudgeSettings:
    """Return what is asked of ``model``, or of one with the usual defaults."""
    defaults = JudgeSettings() if model is None else model.defaults
    plain = JudgeSettings(
        thinking_budget=defaults.thinking_budget if args.budget is None else args.budget,
        votes=defaults.votes if args.votes is None else args.votes,
        both_orders=not args.one_order,
        stop_early=args.stop_early,
        temperature=args.temperature,
        top_p=args.top_p,
        seed=args.seed,
    )
    return closing_settings(args, plain, model)


class _Printer:
    """Prints the votes side by side as they grow, a line at a time, each line with its vote's number."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._held: dict[int, str] = {}

    def show(self, event: Event) -> None:
        """Print what ``event`` adds, if anything."""
        if isinstance(event, (ThinkingText, AnswerText)):
            text = self._held.get(event.vote, "") + event.text
            *lines, rest = text.split("\n")
            if len(rest) > LINE_LENGTH and " " in rest:
                line, _, rest = rest.rpartition(" ")
                lines.append(line)
            for line in lines:
                self._line(event.vote, line)
            self._held[event.vote] = rest
        elif isinstance(event, ThinkingClosed):
            self._flush(event.vote)
            self._line(event.vote, f"— thinking {CLOSED[event.by]}")
        elif isinstance(event, VoteFinished):
            vote = event.vote
            self._flush(vote.index)
            order = "A first" if vote.order == "AB" else "B first"
            said = vote.error or (vote.choice or "no verdict" if vote.status == "finished" else vote.status)
            self._line(vote.index, f"= {said} ({order}, {vote.thinking_tokens} tokens of thinking)")

    def _flush(self, vote: int) -> None:
        self._line(vote, self._held.pop(vote, ""))

    def _line(self, vote: int, text: str) -> None:
        if text.strip():
            print(f"{vote + 1:>2} | {text}", file=self._out, flush=True)


def _stored_calibration(model: JudgeModel, asked: JudgeSettings) -> StoredCalibration:
    """Return the temperature fitted for ``model``; looked up before anything runs.

    Raises:
        BadInput: none was fitted.
    """
    from rrm_ui.evaluation.calibration_store import load_calibration

    stored = load_calibration(get_settings().data_dir, model.details, asked)
    if stored is None:
        raise BadInput(
            "No temperature was fitted for this judge with these votes; evaluate it with as many votes and the same "
            "orders, then `python -m rrm_ui calibrate RUN`."
        )
    return stored


def _calibration(judgment: Judgment, stored: StoredCalibration) -> dict[str, float | None]:
    """Return what is added to the judgment: P(A) at the fitted temperature, and that temperature."""
    from rrm_ui.evaluation.calibration_store import apply_temperature

    p_a = judgment.tally.p_a
    calibrated = None if p_a is None else apply_temperature(p_a, stored.temperature)
    return {"p_a_calibrated": calibrated, "temperature_scaling": stored.temperature}


def _print_verdict(judgment: Judgment, p_calibrated: float | None = None) -> None:
    tally = judgment.tally
    words = {
        "A": "A is better",
        "B": "B is better",
        "undecided": "Undecided: the votes split evenly",
        "no_verdict": "No verdict",
    }
    print(f"\n{words[tally.outcome]} ({tally.a} : {tally.b}, without a verdict {tally.no_verdict})")
    if tally.p_a is not None and tally.vote_confidence is not None:
        calibrated = "" if p_calibrated is None else f" (calibrated {p_calibrated:.2f})"
        print(f"P(A) {tally.p_a:.2f}{calibrated}, confidence in the majority {tally.vote_confidence:.2f}")
    if tally.order_dependent:
        print("The two orders disagree: the verdict depends on which response is shown first.")
    texts = json.loads(read_static("texts/en.json"))
    for notice in judgment.notices:
        print(fill(texts[f"notice_{notice.code}"], notice.values))
    print(f"{judgment.model.name}, {judgment.tokens} tokens, {judgment.seconds:.1f} s")
    if judgment.error is not None:
        print(f"error: {judgment.error}", file=sys.stderr)
