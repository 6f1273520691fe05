"""The pages, for a WSGI server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
application = get_wsgi_application()

# Reading a company makes hundreds of thousands of rows, none of which is garbage: by its defaults
# Python's collector would search them for it several times while they are made.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
