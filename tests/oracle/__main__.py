"""`python -m tests.oracle FILE.yaml` prints the lines of a scenario file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from tests.oracle.reading import lines


def main() -> None:
    scenario = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for line in lines(scenario):
        print(json.dumps(line))


if __name__ == "__main__":
    main()
