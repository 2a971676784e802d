"""Every address of the API, in the order of the interface."""

from django.urls import path

from accounts.write_keys import Sends
from campaigns import api as campaigns
from campaigns import delivery_api as delivery
from campaigns import results_api as campaign_results
from campaigns import slot_api as slots
from customers import api as customers
from features import api as features
from ingestion import api as ingestion
from ingestion import source_api as sources
from pipelines import api as pipelines
from predictions import api as predictions
from recommendations import api as recommendations
from runs import api as runs
from segmentation import api as segmentation
from segmentation import work_api as work

urlpatterns = [
    path("imports/", ingestion.ImportList.as_view()),
    path("imports/<int:load_id>/", ingestion.ImportDetail.as_view()),
    path("imports/<int:load_id>/problems/", ingestion.ImportProblems.as_view()),
    path("imports/<int:load_id>/undo/", ingestion.ImportUndo.as_view()),
    path("imports/<int:load_id>/accept/", ingestion.ImportAccept.as_view()),
    path("imports/<int:load_id>/refuse/", ingestion.ImportRefuse.as_view()),
    path("imports/rules/", ingestion.CleaningRules.as_view()),
    path("sources/", sources.SourceList.as_view()),
    path("transactions/", ingestion.Push.as_view(kind="order_lines", sends=Sends.ORDERS)),
    path("events/", ingestion.Push.as_view(kind="events")),
    path("customers/", customers.CustomerList.as_view()),
    path("customers/<path:customer_id>/features/", features.CustomerFeatureDetail.as_view()),
    path("customers/<path:customer_id>/predictions/", predictions.CustomerPredictions.as_view()),
    path(
        "customers/<path:customer_id>/recommendations/",
        recommendations.CustomerRecommendations.as_view(),
    ),
    path("customers/<path:customer_id>/consents/", customers.CustomerConsents.as_view()),
    path("customers/<path:customer_id>/notes/", customers.CustomerNotes.as_view()),
    path("customers/<path:customer_id>/interactions/", customers.CustomerInteractions.as_view()),
    path("customers/<path:customer_id>/subject/", pipelines.CustomerSubject.as_view()),
    # A shop's own id may hold a slash: what stands behind an id comes before the id alone.
    path("customers/<path:customer_id>/", customers.CustomerDetail.as_view()),
    path("products/<path:sku>/similar/", recommendations.SimilarProducts.as_view()),
    path("products/<path:sku>/bought-together/", recommendations.ProductsBoughtTogether.as_view()),
    path("products/<path:sku>/customers/", recommendations.CustomersForProduct.as_view()),
    path("features/", features.FeatureList.as_view()),
    path("segments/", segmentation.SegmentList.as_view()),
    path("segments/preview/", segmentation.SegmentPreview.as_view()),
    path("segments/transitions/", segmentation.SegmentTransitions.as_view()),
    path("segments/<slug:slug>/members/", segmentation.SegmentMembers.as_view()),
    path("segments/<slug:slug>/history/", segmentation.SegmentHistory.as_view()),
    path("worklists/", work.WorkLists.as_view()),
    path("worklists/<int:pk>/", work.WorkListDetail.as_view()),
    path("worklists/<int:pk>/entries/", work.WorkEntries.as_view()),
    path("segmentation/assign/", segmentation.Assign.as_view()),
    path("segmentation/runs/", segmentation.ClusterRuns.as_view()),
    path("predictions/<str:predictor>/", predictions.PredictionDetail.as_view()),
    path("predictions/<str:predictor>/evaluation/", predictions.PredictionEvaluation.as_view()),
    path("predictions/<str:predictor>/customers/", predictions.PredictionCustomers.as_view()),
    path("duplicates/", pipelines.DuplicateList.as_view()),
    path("duplicates/<int:number>/", pipelines.DuplicateDecision.as_view()),
    path("erasures/", pipelines.ErasureList.as_view()),
    path("erasures/<int:number>/", pipelines.ErasureDetail.as_view()),
    path("campaigns/<int:pk>/messages/", delivery.CampaignMessages.as_view()),
    path("campaigns/<int:pk>/messages/unknown/", delivery.CampaignUnknown.as_view()),
    path("campaigns/<int:pk>/test-send/", delivery.CampaignTestSend.as_view()),
    path("campaigns/<int:pk>/preview-message/", delivery.CampaignMessagePreview.as_view()),
    path("campaigns/<int:pk>/results/", campaign_results.CampaignResults.as_view()),
    path("campaigns/", campaigns.CampaignList.as_view()),
    path("campaigns/preview/", campaigns.CampaignPreview.as_view()),
    path("campaigns/<int:pk>/", campaigns.CampaignDetail.as_view()),
    path("campaigns/<int:pk>/approve/", campaigns.CampaignApproval.as_view()),
    path("campaigns/<int:pk>/launch/", campaigns.CampaignLaunch.as_view()),
    path("campaigns/<int:pk>/pause/", campaigns.CampaignPause.as_view()),
    path("campaigns/<int:pk>/resume/", campaigns.CampaignResume.as_view()),
    path("campaigns/<int:pk>/stop/", campaigns.CampaignStop.as_view()),
    path("campaigns/<int:pk>/audience/", campaigns.CampaignAudience.as_view()),
    path("campaigns/<int:pk>/list/", campaigns.CampaignHandover.as_view()),
    path("slots/", slots.SlotList.as_view()),
    path("slots/<slug:slug>/", slots.SlotDetail.as_view()),
    path("personalise/", slots.Personalise.as_view()),
    path("runs/", runs.RunList.as_view()),
    path("runs/<int:pk>/", runs.RunDetail.as_view()),
]
