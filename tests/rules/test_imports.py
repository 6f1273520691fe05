"""The rules and the words must stay free of everything that could read a clock, a file or a table.

import-linter holds the direction of the layers; here is held what the lowest two may import at all.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TENURE = Path(__file__).resolve().parents[2] / "src" / "tenure"

# Which top-level modules each layer may import besides the standard library, and which of ours.
ALLOWED: dict[str, set[str]] = {
    "core": {"tenure.core"},
    "words": {"tenure.core", "tenure.words", "babel"},
}

# What the standard library has that reaches outside, and that rules have no business with.
OUTSIDE = {
    "asyncio",
    "http",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
}


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every import of the file, those inside functions too, as (line, full module name)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "." * node.level + (node.module or "")
            elif node.module == "tenure":
                for alias in node.names:
                    yield node.lineno, f"tenure.{alias.name}"
            else:
                yield node.lineno, node.module or ""


def is_within(module: str, allowed: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def files_of(layer: str) -> list[Path]:
    files = sorted((TENURE / layer).rglob("*.py"))
    assert files, f"src/tenure/{layer} holds no Python file"
    return files


@pytest.mark.parametrize("layer", ALLOWED)
def test_the_lowest_layers_import_only_what_they_may(layer: str) -> None:
    """The core imports the standard library and itself; the words add the core and Babel."""
    found = [
        f"{path.relative_to(TENURE)}:{line} imports {module}"
        for path in files_of(layer)
        for line, module in imports(path)
        if module.split(".")[0] not in sys.stdlib_module_names
        and not is_within(module, ALLOWED[layer])
    ]
    assert found == []


def test_the_core_reaches_nothing_outside() -> None:
    """No clock, no files, no network, no chance: the same facts give the same answer anywhere."""
    found = [
        f"{path.relative_to(TENURE)}:{line} imports {module}"
        for path in files_of("core")
        for line, module in imports(path)
        if module.split(".")[0] in OUTSIDE
    ]
    assert found == []
