"""Every address of the server."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tenure.api.urls")),
    path("", include("tenure.portal.urls")),
]

handler400 = "tenure.portal.shared.errors.bad_request"
handler403 = "tenure.portal.shared.errors.permission_denied"
handler404 = "tenure.portal.shared.errors.not_found"
handler500 = "tenure.portal.shared.errors.server_error"
