"""What travels between the processes: little, and all of it."""

from __future__ import annotations

import pickle

from rrm_ui.engines.interface import PromptRead, RowClosed, RowEvent, RowFinished, RowProbed, RowText
from rrm_ui.engines.local.inline import Work
from rrm_ui.engines.zero_gpu.packets import Packet, merged

EVENTS: list[RowEvent] = [
    PromptRead(600, 600),
    RowText(0, "thinking", "The ", False, 1),
    RowText(1, "thinking", "So, ", False, 1),
    RowText(0, "thinking", "first ", False, 2),
    RowText(1, "thinking", "one ", False, 2),
    RowProbed(0, 2, 0.7),
    RowText(0, "thinking", "is", False, 3),
    RowText(1, "thinking", "more", False, 3),
    RowClosed(0, "budget"),
    RowText(0, "answer", "</think>", True, 0),
    RowText(0, "answer", " 1", False, 1),
    RowFinished(0, "first", 0.9, "boxed", 3, 1, (5, 6, 7)),
]


def test_a_rows_text_is_put_together_only_where_nothing_else_happened_to_it() -> None:
    assert merged(EVENTS) == (
        PromptRead(600, 600),
        RowText(0, "thinking", "The first ", False, 2),
        RowText(1, "thinking", "So, one more", False, 3),
        RowProbed(0, 2, 0.7),
        RowText(0, "thinking", "is", False, 3),
        RowClosed(0, "budget"),
        RowText(0, "answer", "</think>", True, 0),
        RowText(0, "answer", " 1", False, 1),
        RowFinished(0, "first", 0.9, "boxed", 3, 1, (5, 6, 7)),
    )


def test_a_packet_survives_pickling_and_is_small() -> None:
    packet = Packet(merged(EVENTS), (Work(2, 3, 0.1),), over=True)
    assert pickle.loads(pickle.dumps(packet)) == packet
    texts = [RowText(row, "thinking", "word ", False, step) for step in range(5) for row in range(64)]
    assert len(pickle.dumps(Packet(merged(texts)))) < 64 * 100  # a tenth of a second of 64 votes
