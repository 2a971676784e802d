from django.urls import path

from pipelines.erasure_views import certificate, erasure_page, subject_zip

app_name = "erasures"
urlpatterns = [
    path("", erasure_page, name="page"),
    path("subject/", subject_zip, name="subject"),
    path("<int:number>/certificate/", certificate, name="certificate"),
]
