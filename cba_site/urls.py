"""Every address of the site. Each route names the capability it needs, or is listed as public."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from cba_site.health import healthz, readyz

PUBLIC_API = {"authentication_classes": [], "permission_classes": []}

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("cba_site.api_urls")),
    path("api/schema/", SpectacularAPIView.as_view(**PUBLIC_API), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(**PUBLIC_API), name="docs"),
    path("", include("personas.urls")),
    path("", include("personas.find_urls")),
    path("", include("accounts.people_urls")),
    path("insights/", include("personas.insights.urls")),
    path("segments/", include("segmentation.urls")),
    path("worklists/", include("personas.work_urls")),
    path("", include("campaigns.urls")),
    path("slots/", include("campaigns.slot_urls")),
    path("imports/", include("ingestion.urls")),
    path("sources/", include("ingestion.source_urls")),
    path("runs/", include("runs.urls")),
    path("pipelines/", include("pipelines.urls")),
    path("duplicates/", include("pipelines.duplicates_urls")),
    path("erasures/", include("pipelines.erasure_urls")),
]
