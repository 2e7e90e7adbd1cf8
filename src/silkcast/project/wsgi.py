"""What the web role serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from silkcast.kernel.settings import load
from silkcast.kernel.wake import NAME, ring_after_commits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "silkcast.project.settings")
ring_after_commits(load().socket(NAME))
application = get_wsgi_application()
