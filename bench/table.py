"""The figures as one table, for a terminal and for RESULTS.md alike."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measures import Figure

HEAD = ("row", "what", "ours", "against", "value (lowest to highest)", "goal", "met")


def lines(figures: Sequence[Figure]) -> list[str]:
    """Give the table in Markdown, with the columns aligned."""
    rows = [HEAD, *map(_cells, figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return [drawn[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *drawn[1:]]


def _cells(figure: Figure) -> tuple[str, ...]:
    goal = met = ""
    if figure.limit is not None:
        goal = f"{'≤' if figure.at_most else '≥'} {_number(figure.limit)}"
        met = "yes" if figure.is_met else "**no**"
    value = f"{_number(figure.value)} ({_number(figure.low)} to {_number(figure.high)})"
    return (
        figure.row,
        figure.what,
        f"{_number(figure.ours)} {figure.unit}",
        "" if figure.against is None else f"{_number(figure.against)} {figure.unit}",
        value,
        goal,
        met,
    )


def _number(value: float) -> str:
    """Write a number with three digits that matter, never rounded to a whole goal."""
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.1f}"
    if value >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}"
