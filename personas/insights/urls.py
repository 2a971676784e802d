from django.urls import path

from personas.insights.views import insight_page

app_name = "insights"
urlpatterns = [
    path("retention/", insight_page, {"name": "retention"}, name="retention"),
    path("times/", insight_page, {"name": "times"}, name="times"),
    path("together/", insight_page, {"name": "together"}, name="together"),
    path("places/", insight_page, {"name": "places"}, name="places"),
    path("concentration/", insight_page, {"name": "concentration"}, name="concentration"),
    path("feedback/", insight_page, {"name": "feedback"}, name="feedback"),
]
