"""The product's settings in a data folder of the test run's own; passwords hash for nothing, no write waits for a disk.

Tests that kill processes start the product with its own settings, so what survives a crash is not shown with these.
"""

import os
import tempfile

from tests.holds import UNBOUNDED

# Before the product's settings are read: nothing of a developer's own installation may be touched.
os.environ["SILKCAST_DATA"] = tempfile.mkdtemp(prefix="silkcast-test-")
os.environ |= UNBOUNDED
if os.environ.get("SILKCAST_TEST_DATABASE") == "postgresql":
    from tests.postgresql import start

    os.environ["SILKCAST_DATABASE_URL"] = start()
else:
    os.environ.pop("SILKCAST_DATABASE_URL", None)

from silkcast.project.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
if "init_command" in DATABASES["default"]["OPTIONS"]:  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"  # noqa: F405
