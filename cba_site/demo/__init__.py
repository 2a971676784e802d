"""The demo shop: a real grocer's year, made-up identities, and one login for each role."""

from cba_site.demo.prepare import prepare

__all__ = ["prepare"]
