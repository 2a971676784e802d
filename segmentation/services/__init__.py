"""Verbs of segmentation."""

from segmentation.services.clusters import cluster, request_clusters, run_clusters
from segmentation.services.group_tables import restore_group_table, save_group_table
from segmentation.services.history import backfill_history
from segmentation.services.labels import has_labels, label_customers
from segmentation.services.membership import refresh_memberships, update_memberships
from segmentation.services.rfm import run_rfm
from segmentation.services.segments import archive_segment, create_segment
from segmentation.services.withdrawal import take_back, withdraw
from segmentation.services.work_lists import (
    change_work_list,
    close_work_list,
    create_work_list,
    finish_entry,
    note_entry,
    reopen_entry,
    reopen_work_list,
    take_work_list,
)

__all__ = [
    "archive_segment",
    "backfill_history",
    "change_work_list",
    "close_work_list",
    "cluster",
    "create_segment",
    "create_work_list",
    "finish_entry",
    "has_labels",
    "label_customers",
    "note_entry",
    "refresh_memberships",
    "reopen_entry",
    "reopen_work_list",
    "request_clusters",
    "restore_group_table",
    "run_clusters",
    "run_rfm",
    "save_group_table",
    "take_back",
    "withdraw",
    "take_work_list",
    "update_memberships",
]
