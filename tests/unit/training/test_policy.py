"""What a policy says where it cannot be written."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from safetensors import SafetensorError

from rrm_ui.training.policy import Policy


def test_an_adapter_that_finds_no_room_is_an_error_of_the_system(tmp_path: Path) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    policy: Any = SimpleNamespace(wrapper=SimpleNamespace(save_pretrained=full))
    with pytest.raises(OSError, match="No space left"):
        Policy.save_adapter(policy, tmp_path, "base")
