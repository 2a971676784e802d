import os
from threading import Event, Thread

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cba_site.settings")
application = get_wsgi_application()

# After the application: what it imports has to be set up.
from ingestion.posted_queue import keep_entering  # noqa: E402

Thread(target=keep_entering, args=[Event()], name="posted rows", daemon=True).start()
