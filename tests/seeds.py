"""Seeds of random companies: some for every run, and more where there is time."""

from __future__ import annotations

from typing import Any

import pytest


def seeds(usual: int, many: int) -> list[Any]:
    """Give seeds from 0 to ``many``, for ``parametrize``; those from ``usual`` on take long."""
    long = pytest.mark.long
    return [seed if seed < usual else pytest.param(seed, marks=long) for seed in range(many)]
