"""The frame around every page of the control room: who is signed in, what they may see, what is on air.

Views answer with a TemplateResponse that is not rendered yet; `framed` adds the frame's part of the context to it. So
pages of other domains (the airtime ledger) stand in the same frame without knowing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.cache import patch_cache_control

from silkcast.domains.base.api import get_base, list_rooms
from silkcast.domains.base.contracts import BaseView
from silkcast.domains.control_room.entering import person_of, session_of
from silkcast.domains.control_room.labels import ROLES
from silkcast.domains.studio.api import list_live_shows
from silkcast.domains.studio.contracts import ShowView
from silkcast.kernel.context import Context, permits
from silkcast.kernel.http import context, signed

T = TypeVar("T")
View = Callable[..., HttpResponse]
TOPICS_MAX = 64
NAV_VERBS = {
    "see_rooms": "read.rooms",
    "see_shows": "read.shows",
    "see_products": "read.products",
    "see_orders": "read.orders",
    "see_destinations": "read.destinations",
    "see_people": "read.people",
    "see_keys": "base.set_api_key",
    "see_base": "base.set_base",
    "see_admin": "read.audit",
}


class BaseWords(NamedTuple):
    id: str
    name: str
    kind: str
    zone: str
    currency: str
    unknown_zone: str


class PersonWords(NamedTuple):
    name: str
    email: str
    role_words: str


class RoomLink(NamedTuple):
    id: UUID
    name: str


class ShowLink(NamedTuple):
    id: UUID
    title: str
    room_name: str


def once(request: HttpRequest, read: Callable[[Context], T]) -> T:
    """What a reading answers, read once a request; what acts must not ask before it has acted."""
    kept: dict[Callable[[Context], Any], Any] = vars(request).setdefault("read_once", {})
    if read not in kept:
        kept[read] = read(context(request))
    return cast("T", kept[read])


def home(request: HttpRequest) -> BaseView:
    """The base of who is signed in."""
    return once(request, _home)


def _home(ctx: Context) -> BaseView:
    return get_base(ctx.base_id)


def may(ctx: Context, **verbs: str) -> dict[str, bool]:
    """Names that a template asks about -> whether the actor may do the verb, if only to their merchant's rows."""
    return {name: permits(ctx, verb, merchant_id=ctx.merchant_id) for name, verb in verbs.items()}


def is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def wanted_part(request: HttpRequest) -> str:
    """The fragment that is asked for instead of the whole page, or nothing."""
    return request.GET.get("part", "") if is_htmx(request) else ""


def framed(view: View) -> View:
    """A page for people who are signed in; strangers are sent to the login."""

    @wraps(view)
    def answer(request: HttpRequest, **named: Any) -> HttpResponse:
        if getattr(request, "ctx", None) is None:
            return to_login(request)
        response = view(request, **named)
        if isinstance(response, TemplateResponse) and not response.is_rendered:
            _add_frame(request, response)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return answer


def by_method(*, get: View | None = None, post: View | None = None) -> View:
    """One address, two views."""
    views = {name: view for name, view in (("GET", get), ("HEAD", get), ("POST", post)) if view is not None}

    def answer(request: HttpRequest, **named: Any) -> HttpResponse:
        view = views.get(request.method or "")
        return view(request, **named) if view is not None else HttpResponseNotAllowed(list(views))

    return answer


def to_login(request: HttpRequest) -> HttpResponse:
    here = request.get_full_path() if request.method == "GET" else "/control/"
    return HttpResponseRedirect(f"/login?{urlencode({'next': here})}")


def _add_frame(request: HttpRequest, response: TemplateResponse) -> None:
    ctx = context(request)
    added = response.context_data = response.context_data or {}
    added["base"] = base_words(home(request))
    added["may"] = {**may(ctx, **NAV_VERBS), **added.get("may", {})}
    if "/_" in str(response.template_name):
        return  # a fragment stands in a page that has its frame
    person = person_of(request)
    added["person"] = PersonWords(
        name=person.name,
        email=person.email,
        role_words=", ".join(dict.fromkeys(str(ROLES[grant.role]) for grant in person.grants)),
    )
    sees_rooms = added["may"]["see_rooms"]
    rooms = once(request, list_rooms) if sees_rooms else []
    live = once(request, list_live_shows) if sees_rooms else []
    names = {room.id: room.name for room in rooms}
    added["rooms_nav"] = tuple(RoomLink(room.id, room.name) for room in rooms)
    added["on_air"] = tuple(ShowLink(show.id, show.title, names.get(show.room_id, "")) for show in live)
    there = [*(str(show.id) for show in live), *(str(room.id) for room in rooms)]
    added["open_id"] = next((each for each in there if each in request.path), "")
    topics = _topics(ctx, added, live)
    if topics and permits(ctx, "read.events"):
        session = str(session_of(request).id)  # the stream ends with it
        token = signed("events", days=1, base=str(ctx.base_id), topics=topics, session=session)
        added["events_url"] = f"/events?token={token}"


def base_words(base: BaseView) -> BaseWords:
    return BaseWords(
        id=str(base.id),
        name=base.name,
        kind=base.kind.value,
        zone=base.time_zone,
        currency=base.currency,
        unknown_zone=base.unknown_zone,
    )


def _topics(ctx: Context, page: dict[str, Any], live: Sequence[ShowView]) -> list[str]:
    """What the page's event stream carries: all of the base, all of its orders or of some shows, or some kinds of every
    live show."""
    if page.get("hears_base"):
        return [f"{ctx.base_id}/"]
    shows: Sequence[UUID] = page.get("show_ids", ())
    kinds: Sequence[str] = page.get("live_kinds", ())
    topics = [f"{ctx.base_id}/{show_id}/" for show_id in shows]
    topics += [f"{ctx.base_id}/orders/order"] if page.get("hears_orders") else []
    topics += [f"{ctx.base_id}/{show.id}/{kind}" for show in live for kind in kinds]
    return topics[:TOPICS_MAX]
