"""`/api/v1`: one document of every domain's operations, for programs with a key."""

from __future__ import annotations

from silkcast.project.api.document import Api

__all__ = ["Api", "api"]

api = Api()
