"""The product's settings in a data folder of the test run's own, with a password hash that costs nothing."""

import os
import tempfile

# Before the product's settings are read: nothing of a developer's own installation may be touched.
os.environ["SILKCAST_DATA"] = tempfile.mkdtemp(prefix="silkcast-test-")

from silkcast.project.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
