"""A log of rows that survives a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from rrm_ui.row_log import RowLog, read_rows
from tests.full_disk import fill_disk


def test_rows_are_appended_across_openings(tmp_path: Path) -> None:
    place = tmp_path / "folder" / "log.jsonl"
    for number in (1, 2):
        with RowLog(place) as log:
            log.append({"number": number, "text": "第\n行"})
    assert read_rows(place) == [{"number": number, "text": "第\n行"} for number in (1, 2)]


def test_a_row_is_readable_as_soon_as_it_is_appended(tmp_path: Path) -> None:
    log = RowLog(tmp_path / "log.jsonl")
    log.append({"a": 1})
    assert read_rows(tmp_path / "log.jsonl") == [{"a": 1}]
    log.close()


@pytest.mark.parametrize("torn", ['{"b"', '{"b": 2}', '{"b": "'])
def test_a_line_that_a_kill_cut_short_is_left_out_and_does_not_swallow_the_next(tmp_path: Path, torn: str) -> None:
    place = tmp_path / "log.jsonl"
    place.write_bytes(b'{"a": 1}\n' + torn.encode() + b"\xe7")  # the first byte of a character of three
    assert read_rows(place) == [{"a": 1}]
    with RowLog(place) as log:
        log.append({"c": 3})
    assert read_rows(place) == [{"a": 1}, {"c": 3}]


def test_a_broken_line_in_the_middle_is_an_error(tmp_path: Path) -> None:
    place = tmp_path / "log.jsonl"
    place.write_text('{"a": 1}\n{"b"\n{"c": 3}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="Expecting"):
        read_rows(place)


def test_a_log_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_rows(tmp_path / "log.jsonl")


def test_after_a_row_that_was_torn_none_is_appended_even_if_there_is_room_again(tmp_path: Path) -> None:
    place = tmp_path / "log.jsonl"
    log = RowLog(place)
    log.append({"a": 1})
    fill_disk(log, place, room=5)
    with pytest.raises(OSError, match="No space left"):
        log.append({"b": "long " * 4000})  # more than a buffer: a part of it is written
    log._file = place.open("a", encoding="utf-8")
    with pytest.raises(OSError, match="No space left"):
        log.append({"c": 3})
    log.close()
    assert place.read_bytes() == b'{"a": 1}\n{"b":'
    assert read_rows(place) == [{"a": 1}]


def test_a_full_disk_is_an_error_and_the_file_is_closed_all_the_same(tmp_path: Path) -> None:
    place = tmp_path / "log.jsonl"
    log = RowLog(place)
    log.append({"a": 1})
    fill_disk(log, place, room=5)
    with pytest.raises(OSError, match="No space left"):
        log.append({"b": 2})
    with pytest.raises(OSError, match="No space left"):  # what could not be written is still to be
        log.close()
    assert log._file.closed
    assert read_rows(place) == [{"a": 1}]
    with RowLog(place) as again:
        again.append({"c": 3})
    assert read_rows(place) == [{"a": 1}, {"c": 3}]
