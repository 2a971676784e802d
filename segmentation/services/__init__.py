"""Verbs of segmentation."""

from segmentation.services.clusters import cluster_customers, run_clusters
from segmentation.services.labels import has_labels, label_customers
from segmentation.services.membership import refresh_memberships
from segmentation.services.rfm import run_rfm
from segmentation.services.segments import archive_segment, create_segment

__all__ = [
    "archive_segment",
    "cluster_customers",
    "create_segment",
    "has_labels",
    "label_customers",
    "refresh_memberships",
    "run_clusters",
    "run_rfm",
]
