"""Static files under hashed names, module imports included, so that a browser may keep them for ever."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedStatic(ManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
