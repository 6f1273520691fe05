"""Lists as CSV: made a lot of lines at a time, and harmless in spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.forms import BaseForm
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from tenure.store.instants import to_datetime
from tenure.words.cells import harmless

Cell = str | int | None

AT_ONCE = 500
"""So many lines are handed out at once."""


def as_table(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponseBase:
    """Give rows as a file of that name, in the reader's language; None is an empty cell."""
    lines = _lines(heads, rows, translation.get_language())
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def refused(form: BaseForm) -> HttpResponse:
    """Say which fields of a filter are wrong, and what would be right, instead of a table."""
    lines = [_("Nothing is shown. Please mend this:")]
    lines += [f"{field.label} – {error}" for field in form for error in field.errors]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8", status=422)


def instant(at: int | None) -> str | None:
    """Write an instant, in UTC."""
    return None if at is None else f"{to_datetime(at):%Y-%m-%dT%H:%M:%SZ}"


class _Echo:
    def write(self, text: str) -> str:
        return text


def _lines(
    heads: Sequence[str], rows: Iterable[Sequence[Cell]], language: str | None
) -> Iterator[str]:
    out = csv.writer(_Echo())
    yield "\ufeff"  # spreadsheets read UTF-8 by it
    yield out.writerow(heads)
    rest = iter(rows)
    while True:
        # Whoever reads asks for the next ones later, and the language of that moment is another's.
        with translation.override(language):
            part = list(islice(rest, AT_ONCE))
        if not part:
            return
        yield "".join(
            out.writerow([harmless(each) if isinstance(each, str) else each for each in row])
            for row in part
        )
