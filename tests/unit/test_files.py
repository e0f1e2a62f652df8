"""Files that are whole or not there."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rrm_ui.files import write_atomically, write_text_atomically


def test_a_text_is_written_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "text.json"
    write_text_atomically(target, "一")
    write_text_atomically(target, "二")
    assert target.read_text(encoding="utf-8") == "二"
    assert list(tmp_path.iterdir()) == [target]


def test_of_several_that_write_one_file_at_once_each_ends_whole(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with ThreadPoolExecutor(1) as other, write_atomically(target) as file:
        file.write(b"first")
        other.submit(write_text_atomically, target, "second, longer").result()
        assert target.read_bytes() == b"second, longer"
        file.write(b" to the end")
    assert target.read_bytes() == b"first to the end"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_kill_left_goes_in_time_and_a_long_name_is_no_hindrance(tmp_path: Path) -> None:
    target = tmp_path / ("长" * 84)  # 252 bytes of at most 255
    left, young = (tmp_path / f"{'长' * 66}.{number}-1.partial" for number in (1, 2))
    for path in (left, young):
        path.write_text("half")
    os.utime(left, (1, 1))
    write_text_atomically(target, "whole")
    assert target.read_text() == "whole"
    assert set(tmp_path.iterdir()) == {target, young}
