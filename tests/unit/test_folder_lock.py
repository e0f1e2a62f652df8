from __future__ import annotations

from pathlib import Path

import pytest

from rrm_ui.errors import BadInput, Busy
from rrm_ui.folder_lock import locked


def test_a_folder_is_held_until_its_work_ends(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    with locked(folder, "run"), pytest.raises(Busy, match="Another process is at the run"), locked(folder, "run"):
        pass
    with locked(folder, "run"):
        assert folder.is_dir()


def test_a_place_that_is_no_folder_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot hold a training run"), locked(tmp_path / "file", "training run"):
        pass
