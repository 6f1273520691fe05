"""The addresses of the Business portal, below those of a company."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

COMPANY = "companies/<uuid:company_id>/"

urlpatterns: list[URLPattern | URLResolver] = []
