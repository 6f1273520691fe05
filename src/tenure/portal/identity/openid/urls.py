"""The addresses of each provider: where the way to it begins, and where it ends."""

from __future__ import annotations

from django.urls import path

from tenure.portal.identity.openid import views

urlpatterns = [
    path("oidc/<slug:provider_id>/login/", views.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/confirm/", views.prove, name="openid_connect_prove"),
    path("oidc/<slug:provider_id>/login/callback/", views.back, name="openid_connect_callback"),
]
