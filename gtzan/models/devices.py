"""The devices that models compute on."""

import torch

from gtzan.errors import UserError


def usable_device(name: str) -> torch.device:
    """A device by its name, such as ``cpu`` or ``cuda:1``.

    Raises:
        UserError: it is not there, or gives nothing back, as ``meta``.
    """
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device={name} cannot be used: {str(error).splitlines()[0]}") from error
    return device


def extraction_device(device: torch.device) -> torch.device:
    """Where to extract features: on the classifier's device, except on Apple's MPS, which does not have float64."""
    return torch.device("cpu") if device.type == "mps" else device
