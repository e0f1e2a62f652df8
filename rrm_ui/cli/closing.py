"""The options that close a thought when it is sure, for every command that judges."""

from __future__ import annotations

import argparse
from dataclasses import replace

from rrm_ui.cli.idle_options import refuse_idle
from rrm_ui.judge import JudgeModel, probing_interval
from rrm_ui.values import JudgeSettings


def add_closing_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--close-when-sure`` with its threshold and its number of readings."""
    plain = JudgeSettings()
    parser.add_argument("--close-when-sure", action="store_true", help="end a thought early once its verdict is sure")
    parser.add_argument(
        "--sure-at",
        type=float,
        metavar="P",
        help=f"probability of one side from which a reading is sure ({plain.sure_at:g})",
    )
    parser.add_argument(
        "--sure-probes",
        type=int,
        metavar="N",
        help=f"sure readings in a row that close a thought ({plain.sure_probes})",
    )


def closing_settings(
    args: argparse.Namespace, settings: JudgeSettings, model: JudgeModel | None, probe_every: int | None = None
) -> JudgeSettings:
    """Return ``settings`` with the options of ``args``.

    Where thoughts are closed the verdict is read every ``probe_every`` tokens, or as the model's family needs it;
    without a ``model``, as one may.

    Raises:
        BadInput: a threshold or a number of readings was given, and no thought is to be closed by it.
    """
    if not args.close_when_sure:
        refuse_idle(args, "sure_at", "sure_probes", needed="--close-when-sure")
        return settings
    plain = JudgeSettings()
    return replace(
        settings,
        close_when_sure=True,
        sure_at=plain.sure_at if args.sure_at is None else args.sure_at,
        sure_probes=plain.sure_probes if args.sure_probes is None else args.sure_probes,
        probe_every=_interval(model) if probe_every is None else probe_every,
    )


def _interval(model: JudgeModel | None) -> int:
    return JudgeSettings().probe_every if model is None else probing_interval(model, close_when_sure=True)
