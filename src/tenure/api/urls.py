"""The addresses of programs."""

from __future__ import annotations

from django.urls import path

from tenure.api import activity
from tenure.api.scim import views

urlpatterns = [
    path("scim/v2/<uuid:company_id>", views.scim, name="scim-root"),
    path("scim/v2/<uuid:company_id>/", views.scim, name="scim-root-slash"),
    path("scim/v2/<uuid:company_id>/<path:path>", views.scim, name="scim"),
    path("v1/activity", activity.activity, name="api-activity"),
]
