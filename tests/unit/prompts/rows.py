"""Driving a row's script as an engine does."""

from __future__ import annotations

from collections.abc import Iterable

from rrm_ui.prompts.script import Piece, RowScript


def take_forced(row: RowScript) -> list[Piece]:
    """Push what the script forces now and return the text that it makes."""
    pieces: list[Piece] = []
    while row.forced:
        pieces += row.push(row.forced[0])
    return pieces


def write_to_the_end(row: RowScript, tokens: Iterable[int]) -> None:
    """Let the model write ``tokens`` as long as the row goes on, and read the first response as better where asked."""
    for token in tokens:
        take_forced(row)
        if row.awaits_choice:
            row.read_choice(-0.5, -1.0)
        if row.finished:
            break
        row.push(token)
    take_forced(row)
    if not row.finished and row.awaits_choice:
        row.read_choice(-0.5, -1.0)
