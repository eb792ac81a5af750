"""A collator's arrays as tensors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from vladata.consumer.models.backbone import Tensors


def tensors(arrays: Mapping[str, Any], device: torch.device | str) -> Tensors:
    """Return name -> tensor on a device, for the numpy arrays of a mapping. Other values are left out."""
    found = {name: value for name, value in arrays.items() if isinstance(value, np.ndarray)}
    return {name: torch.from_numpy(array).to(device) for name, array in found.items()}
