"""The back office: every table of the base to look at, nothing to change. Changes are actions, and have screens.

Names of tables and columns come from the models; here they get the reader's language, from the one catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin
from django.db import models
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from silkcast.kernel.http import is_here
from silkcast.kernel.searching import is_found, words_of
from silkcast.kernel.storage.ownership import ScopedQuerySet

LOGIN = "/login"
HOME = "/control/"
OFFICE = "/admin/"
ROWS = 50
FILTERS_ASK = ("", "__exact", "__isnull")
SECRET = re.compile("password|digest|sealed|secret|token")
ACRONYMS = {"Api": "API", "Sku": "SKU", "sku": "SKU", "Url": "URL"}
PLURALS = {"Person": "People", "Stock": "Stock", "Pitch": "Pitches"}


def mark(_: HttpRequest) -> str:
    """The address of our sign."""
    return static("ui/mark.svg")


def script(_: HttpRequest) -> str:
    return static("ui/office.js")


class BackOffice(UnfoldAdminSite):  # type: ignore[misc]
    """Opens for operators of a base (`is_staff`), through the same login as all pages."""

    @property
    def tables(self) -> dict[type[models.Model], ReadOnlyAdmin]:
        """What is shown, by model. Every domain's `admin` module is imported for it."""
        admin.autodiscover()
        return cast("dict[type[models.Model], ReadOnlyAdmin]", self._registry)

    def get_urls(self) -> list[Any]:
        admin.autodiscover()  # addresses are made from the tables
        return cast("list[Any]", super().get_urls())

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        wanted = request.GET.get("next", "")
        wanted = wanted if is_here(wanted) else OFFICE
        if self.has_permission(request):
            return HttpResponseRedirect(wanted)
        if request.user.is_authenticated:
            return HttpResponseRedirect(HOME)  # signed in, but this is not for them
        return HttpResponseRedirect(f"{LOGIN}?{urlencode({'next': wanted})}")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(HOME)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        found = cast("list[dict[str, Any]]", super().get_app_list(request, app_label))
        for app in found:
            name = app["name"]
            app["name"] = gettext(name)
        return found


back_office = BackOffice(name="admin")


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows of the operator's own base. `base_field`: the column that names the base, where the rows are not owned.

    Search is for columns that are folded, or that hold plain codes; `searched_here` for a few rows of other words.
    """

    base_field = "base_id"
    searched_here = False
    list_per_page = ROWS
    show_full_result_count = False
    actions = None

    def __init__(self, model: type[models.Model], admin_site: BackOffice) -> None:
        _name(model)
        super().__init__(model, admin_site)

    @property
    def media(self) -> Media:
        """None of the scripts that make forms: nothing is filled in here."""
        return Media()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        base_id = cast("Any", request.user).base_id
        rows: Any = self.model._default_manager.get_queryset()
        own: models.QuerySet[Any] = (
            rows.of(base_id) if isinstance(rows, ScopedQuerySet) else rows.filter(**{self.base_field: base_id})
        )
        ordering: Sequence[str] = self.get_ordering(request)
        return own.order_by(*ordering) if ordering else own

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        if not self.searched_here:
            found: tuple[models.QuerySet[Any], bool] = super().get_search_results(
                request, queryset, " ".join(words_of(search_term))
            )
            return found
        rows = queryset.values_list("pk", *self.search_fields)
        return queryset.filter(pk__in=[pk for pk, *texts in rows if is_found(search_term, *texts)]), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what the list's own filters ask for: any other look-up would tell of columns that are not shown."""
        return lookup in {f"{name}{how}" for name in self.list_filter for how in FILTERS_ASK}

    @property
    def hidden(self) -> list[str]:
        """Columns that nobody sees: secrets and what is sealed, by their names and kinds, and those in `exclude`."""
        return [
            field.name
            for field in self.model._meta.local_fields
            if field.name in (self.exclude or ()) or SECRET.search(field.name) or isinstance(field, models.BinaryField)
        ]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.hidden

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(back_office.has_permission(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(back_office.has_permission(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _name(model: type[models.Model]) -> None:
    """Give the model's names a lazy translation; migrations keep to the originals, which Django stores apart."""
    for attribute, name in table_names(model).items():
        setattr(model._meta, attribute, gettext_lazy(name))
    for field, name in column_names(model).items():
        model._meta.get_field(field).verbose_name = gettext_lazy(name)  # type: ignore[union-attr]


def table_names(model: type[models.Model]) -> dict[str, str]:
    name = _words(str(model._meta.original_attrs.get("verbose_name", model._meta.verbose_name_raw)))
    plural = f"{name[:-1]}ies" if name.endswith("y") and not name.endswith("ey") else f"{name}s"
    return {"verbose_name": name, "verbose_name_plural": PLURALS.get(name, plural)}


def column_names(model: type[models.Model]) -> dict[str, str]:
    return {field.name: _words(field.name.replace("_", " ")) for field in model._meta.local_fields}


def _words(name: str) -> str:
    return " ".join(ACRONYMS.get(word, word) for word in capfirst(name).split())
