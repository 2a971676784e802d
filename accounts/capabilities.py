"""The one place that says which role may do what. Routes name a capability, never a role."""

from django.db import models


class Role(models.TextChoices):
    MARKETING = "marketing"
    SALES = "sales"
    SUPPORT = "support"
    PRODUCT = "product"
    ANALYST = "analyst"
    ADMIN = "admin"
    VIEWER = "viewer"


class Capability(models.TextChoices):
    VIEW_RESULTS = "VIEW_RESULTS", "see figures, segment sizes and results"
    VIEW_CUSTOMERS = "VIEW_CUSTOMERS", "see customer pages and member lists, with names masked"
    VIEW_PERSONAL_DATA = "VIEW_PERSONAL_DATA", "see names and addresses; each look is audited"
    EDIT_CUSTOMERS = "EDIT_CUSTOMERS", "write notes, consent and interactions"
    EXPORT_LISTS = "EXPORT_LISTS", "export lists, with the columns that the role may see"
    EDIT_SEGMENTS = "EDIT_SEGMENTS", "make and publish rules, RFM runs and clusters"
    PREPARE_CAMPAIGN = "PREPARE_CAMPAIGN", "prepare a campaign, and launch it once approved"
    APPROVE_CAMPAIGN = "APPROVE_CAMPAIGN", "approve a campaign, never one's own"
    IMPORT_DATA = "IMPORT_DATA", "upload, map and undo data"
    MANAGE_MODELS = "MANAGE_MODELS", "refresh, evaluate, promote and roll back"
    ERASE_CUSTOMERS = "ERASE_CUSTOMERS", "erase a person and answer a subject's request"
    MANAGE_PEOPLE = "MANAGE_PEOPLE", "invite people, set roles, sessions, keys and settings"
    VIEW_OPERATIONS = "VIEW_OPERATIONS", "see runs, health and audit"


_C = Capability
ROLE_CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.MARKETING: frozenset(
        {_C.VIEW_RESULTS, _C.VIEW_CUSTOMERS, _C.EXPORT_LISTS, _C.EDIT_SEGMENTS, _C.PREPARE_CAMPAIGN}
    ),
    Role.SALES: frozenset(
        {
            _C.VIEW_RESULTS,
            _C.VIEW_CUSTOMERS,
            _C.VIEW_PERSONAL_DATA,
            _C.EDIT_CUSTOMERS,
            _C.EXPORT_LISTS,
            _C.APPROVE_CAMPAIGN,
        }
    ),
    Role.SUPPORT: frozenset(
        {_C.VIEW_RESULTS, _C.VIEW_CUSTOMERS, _C.VIEW_PERSONAL_DATA, _C.EDIT_CUSTOMERS}
    ),
    Role.PRODUCT: frozenset({_C.VIEW_RESULTS, _C.VIEW_CUSTOMERS, _C.APPROVE_CAMPAIGN}),
    Role.ANALYST: frozenset(
        {
            _C.VIEW_RESULTS,
            _C.VIEW_CUSTOMERS,
            _C.EXPORT_LISTS,
            _C.EDIT_SEGMENTS,
            _C.IMPORT_DATA,
            _C.MANAGE_MODELS,
            _C.VIEW_OPERATIONS,
        }
    ),
    Role.ADMIN: frozenset(
        {
            _C.VIEW_RESULTS,
            _C.IMPORT_DATA,
            _C.ERASE_CUSTOMERS,
            _C.MANAGE_PEOPLE,
            _C.VIEW_OPERATIONS,
        }
    ),
    Role.VIEWER: frozenset({_C.VIEW_RESULTS}),
}
