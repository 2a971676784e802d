from django.urls import path

from accounts.audit_views import audit, export_audit
from accounts.key_views import api_keys
from accounts.views import people, person

urlpatterns = [
    path("people/", people, name="people"),
    path("people/keys/", api_keys, name="api_keys"),
    path("people/<int:number>/", person, name="person"),
    path("audit/", audit, name="audit"),
    path("audit/export/", export_audit, name="export_audit"),
]
