from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder

from rrm_ui.ui.uploads import KEPT_SECONDS, keep_uploads_in


def test_what_earlier_processes_were_sent_goes_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")
    monkeypatch.delenv("GRADIO_TEMP_DIR")
    folder = tmp_path / "uploads"
    for name in ("old", "new"):
        (folder / name).mkdir(parents=True)
        (folder / name / "rows.csv").write_text("query")
    earlier = time.time() - KEPT_SECONDS - 60
    os.utime(folder / "old", (earlier, earlier))
    keep_uploads_in(folder)
    assert get_upload_folder() == str(folder)
    assert [place.name for place in folder.iterdir()] == ["new"]


def test_a_folder_that_gradio_was_told_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = tmp_path / "other" / "somebody's"
    theirs.mkdir(parents=True)
    earlier = time.time() - KEPT_SECONDS - 60
    os.utime(theirs, (earlier, earlier))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "other"))
    keep_uploads_in(tmp_path / "uploads")
    assert get_upload_folder() == str(tmp_path / "other")
    assert theirs.is_dir()
