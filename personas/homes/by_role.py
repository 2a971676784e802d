"""Which home belongs to which role."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from accounts.capabilities import Role
from accounts.models import User
from personas.homes import admin, analyst, marketing, product, sales, support, viewer

# What the template of that role, templates/personas/homes/<role>.html, is given as ``home``.
HOMES: dict[Role, Callable[[User, datetime], Any]] = {
    Role.MARKETING: marketing.home,
    Role.SALES: sales.home,
    Role.SUPPORT: support.home,
    Role.PRODUCT: product.home,
    Role.ANALYST: analyst.home,
    Role.ADMIN: admin.home,
    Role.VIEWER: viewer.home,
}
