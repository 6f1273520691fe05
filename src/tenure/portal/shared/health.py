"""Whether the pages can answer, for whoever watches the process."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tenure.portal.shared.doors import open_to_all
from tenure.portal.shared.engines import state


@never_cache
@open_to_all
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the database does; the engine's state is told, and fails nothing."""
    try:
        engine = state()
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": "failing"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "engine": engine.code})
