"""The arrays that measures take: plain numpy, one entry an item."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]
Texts = NDArray[np.str_]

UNDEFINED = float("nan")  # a measure of nothing: no item, or one class alone
