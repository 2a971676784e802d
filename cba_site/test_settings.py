"""Settings of the tests: everything real, only cheaper."""

import os

from cba_site.settings import *  # noqa: F403  (a settings module extends another by its names)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
LOGGING["root"]["level"] = "WARNING"  # noqa: F405

# Each client of a test is a server of its own: none reads all static files before it answers.
WHITENOISE_AUTOREFRESH = True

# One broker serves all test processes, each in a database of its own.
_number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + 1
REDIS_URL = f"{REDIS_URL.rpartition('/')[0]}/{_number}"  # noqa: F405
CELERY_BROKER_URL = REDIS_URL
CACHES["default"]["LOCATION"] = REDIS_URL  # noqa: F405

# An app of the tests, with a kind that the house does not know.
INSTALLED_APPS += ["tests.testapp"]  # noqa: F405
