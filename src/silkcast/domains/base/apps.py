from __future__ import annotations

from django.apps import AppConfig


class BaseDomainConfig(AppConfig):
    name = "silkcast.domains.base"
    label = "base"
