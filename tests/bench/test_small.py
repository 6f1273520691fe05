"""The measurements run, each at a small size, and their figures can be read. No time is judged."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.long
def test_every_row_gives_figures() -> None:
    """`python -m bench --small` gives sane figures for each row that needs no network."""
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--small", "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    figures = [json.loads(line) for line in ran.stdout.splitlines()]
    bench = import_module("bench.__main__")
    assert {figure["row"] for figure in figures} == set(bench.ROWS) - bench.NEED_A_NETWORK
    for figure in figures:
        numbers = [figure[name] for name in ("ours", "value", "low", "high")]
        assert all(math.isfinite(number) and number > 0 for number in numbers), figure
        assert figure["low"] <= figure["value"] <= figure["high"], figure
        assert figure["turns"] > 0
