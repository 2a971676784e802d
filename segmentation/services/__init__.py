"""Verbs of segmentation."""

from segmentation.services.clusters import cluster, request_clusters, run_clusters
from segmentation.services.group_tables import restore_group_table, save_group_table
from segmentation.services.history import backfill_history
from segmentation.services.labels import has_labels, label_customers
from segmentation.services.membership import refresh_memberships, update_memberships
from segmentation.services.rfm import run_rfm
from segmentation.services.segments import archive_segment, create_segment
from segmentation.services.withdrawal import take_back

__all__ = [
    "archive_segment",
    "backfill_history",
    "cluster",
    "create_segment",
    "has_labels",
    "label_customers",
    "refresh_memberships",
    "request_clusters",
    "restore_group_table",
    "run_clusters",
    "run_rfm",
    "save_group_table",
    "take_back",
    "update_memberships",
]
