"""The devices of this machine and the memory that weights would have there. Takes torch and nothing heavier."""

from __future__ import annotations

from typing import Literal

import torch

from rrm_ui.engines.models.resources import free_memory_bytes
from rrm_ui.errors import ModelUnavailable
from rrm_ui.settings import DeviceChoice

Device = Literal["cuda", "mps", "cpu"]


def choose_device(choice: DeviceChoice) -> Device:
    """Return the device to run on: the one asked for, else a GPU if there is one.

    Raises:
        ModelUnavailable: the one asked for is not there.
    """
    there: dict[Device, bool] = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if choice == "auto":
        return next(device for device, is_there in there.items() if is_there)
    if not there[choice]:
        raise ModelUnavailable(
            f"RRM_DEVICE is {choice}, and torch {torch.__version__} finds no such device; install torch for it, or set "
            "RRM_DEVICE=auto."
        )
    return choice


def free_device_memory(device: Device) -> int:
    """Return the free bytes where weights will live. Apple's GPU shares the machine's memory."""
    return int(torch.cuda.mem_get_info()[0]) if device == "cuda" else free_memory_bytes()


def memory_for_weights(choice: DeviceChoice) -> tuple[int, str]:
    """Return the free bytes where weights will live if ``choice`` is the device, and the name of that place.

    Raises:
        ModelUnavailable: the device asked for is not there.
    """
    device = choose_device(choice)
    return free_device_memory(device), "GPU memory" if device == "cuda" else "memory"
