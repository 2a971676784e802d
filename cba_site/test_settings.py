"""Settings of the tests: everything real, only cheaper."""

from cba_site.settings import *  # noqa: F403  (a settings module extends another by its names)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
LOGGING["root"]["level"] = "WARNING"  # noqa: F405

# An app of the tests, with a kind that the house does not know.
INSTALLED_APPS += ["tests.testapp"]  # noqa: F405
