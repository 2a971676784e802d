from django.urls import path

from campaigns.results_views import result

urlpatterns = [path("<int:pk>/result/", result, name="campaign_result")]
