"""Lists as CSV: made a line at a time, and harmless in spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponseBase, StreamingHttpResponse

from tenure.services.member_files import cell
from tenure.store.instants import to_datetime

Cell = str | int | None


def as_table(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponseBase:
    """Give rows as a file of that name; None is an empty cell."""
    answer = StreamingHttpResponse(_lines(heads, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def instant(at: int | None) -> str | None:
    """Write an instant, in UTC."""
    return None if at is None else f"{to_datetime(at):%Y-%m-%dT%H:%M:%SZ}"


class _Echo:
    def write(self, text: str) -> str:
        return text


def _lines(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    out = csv.writer(_Echo())
    yield "\ufeff"  # spreadsheets read UTF-8 by it
    yield out.writerow(heads)
    for row in rows:
        yield out.writerow([cell(each) if isinstance(each, str) else each for each in row])
