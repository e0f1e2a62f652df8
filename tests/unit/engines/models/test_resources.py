from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from rrm_ui.engines.models import resources
from rrm_ui.engines.models.resources import free_memory_bytes, require_disk, require_memory
from rrm_ui.errors import ModelUnavailable


def write_group(folder: Path, limit: str, usage: int, cached: int, version: int = 2) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.max", "memory.current") if version == 2 else ("memory.limit_in_bytes", "memory.usage_in_bytes")
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{usage}\n")
    key = "inactive_file" if version == 2 else "total_inactive_file"
    (folder / "memory.stat").write_text(f"anon 1\n{key} {cached}\n")


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(resources, "CGROUP_ROOT", tmp_path / "cgroup")
    monkeypatch.setattr(resources, "PROCESS_CGROUPS", tmp_path / "self")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 9_000_000}))
    return tmp_path


def test_without_groups_the_machine_decides(groups: Path) -> None:
    assert free_memory_bytes() == 9_000_000


def test_a_container_limit_binds_and_cached_pages_count_as_free(groups: Path) -> None:
    (groups / "self").write_text("0::/pod/box\n")
    write_group(groups / "cgroup/pod/box", "5000000", 3_000_000, 1_000_000)
    write_group(groups / "cgroup/pod", "max", 3_000_000, 0)
    assert free_memory_bytes() == 3_000_000


def test_an_outer_group_may_bind_more_tightly(groups: Path) -> None:
    (groups / "self").write_text("0::/pod/box\n")
    write_group(groups / "cgroup/pod/box", "max", 1, 0)
    write_group(groups / "cgroup/pod", "4000000", 3_500_000, 0)
    assert free_memory_bytes() == 500_000


def test_version_one_groups_bind_too(groups: Path) -> None:
    (groups / "self").write_text("5:cpu,cpuacct:/box\n4:memory:/box\n")
    write_group(groups / "cgroup/memory/box", "2000000", 500_000, 100_000, version=1)
    assert free_memory_bytes() == 1_600_000


def test_a_limit_above_the_machine_does_not_bind(groups: Path) -> None:
    (groups / "self").write_text("0::/\n")
    write_group(groups / "cgroup", str(2**62), 0, 0)
    assert free_memory_bytes() == 9_000_000


def test_too_little_memory_is_refused_with_the_numbers() -> None:
    with pytest.raises(
        ModelUnavailable, match=r"some/model needs about 6\.5 GB of GPU memory and 4\.0 GB is free;"
    ) as caught:
        require_memory("some/model", 5_000_000_000, 4_000_000_000, "GPU memory")
    assert caught.value.values == {"name": "some/model", "needed": "6.5", "free": "4.0"}
    require_memory("some/model", 5_000_000_000, 6_500_000_000, "memory")


def test_too_little_disk_is_refused_with_numbers_and_folder(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    with pytest.raises(
        ModelUnavailable, match=rf"tiny needs 10000000\.2 GB of disk space in {folder} and .* GB is free"
    ):
        require_disk("tiny", folder, 10**16)
    require_disk("tiny", folder, 1)
    assert not folder.exists()
