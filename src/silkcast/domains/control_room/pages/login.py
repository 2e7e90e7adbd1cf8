"""Signing in and out, and the language of the pages."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_supported_language_variant

from silkcast.domains.base.api import caller_of, is_near, list_bases, network_of, note_refusal
from silkcast.domains.base.contracts import BaseKind, BaseView, Role
from silkcast.domains.control_room.answers import go_on, posting
from silkcast.domains.control_room.attempts import Attempts, hashing
from silkcast.domains.control_room.entering import device, enter, leave
from silkcast.domains.control_room.errors import LoginRefused
from silkcast.domains.control_room.frame import base_words
from silkcast.domains.control_room.labels import ROLES
from silkcast.kernel.http import client_of, is_here
from silkcast.kernel.settings import load
from silkcast.kernel.texts import EMAIL_LENGTH_MAX, as_meant, is_email, mailbox

logger = logging.getLogger(__name__)
HOME = "/control/"
EMAIL_TYPED_MAX = EMAIL_LENGTH_MAX + 10  # with blanks around it
LANGUAGE_COOKIE_S = 365 * 86_400
DEMO_NOTE_BYTES_MAX = 100_000
_attempts = Attempts()


def login(request: HttpRequest) -> HttpResponse:
    if getattr(request, "ctx", None) is not None and request.method == "GET":
        return go_on(request, _next(request))
    bases = list_bases()
    demo = next((base for base in bases if base.kind is BaseKind.DEMO), None)
    shown = bases[0] if len(bases) == 1 else demo
    page: dict[str, Any] = {
        "next": _next(request),
        "values": {},
        "demo_logins": demo_logins(demo) if demo is not None and _may_see_logins(request, bases) else [],
    }
    if shown is not None:
        page["base"] = base_words(shown)
    answer = TemplateResponse(request, "control_room/login.html", page)
    answer["Cache-Control"] = "no-store"
    return answer


@posting(again=login)
def sign_in(request: HttpRequest) -> HttpResponse:
    typed, password = as_meant(request.POST.get("email", "")[:EMAIL_TYPED_MAX]), request.POST.get("password", "")
    email = mailbox(typed)
    count_try(request, email)
    if not is_email(typed):
        raise LoginRefused
    with hashing():
        person = authenticate(request, username=email, password=password)
    if person is None:
        refused(request, email)
        raise LoginRefused
    _attempts.give_back(caller_of(client_of(request)))
    enter(request, person)
    return go_on(request, _next(request))


def count_try(request: HttpRequest, email: str) -> None:
    """LoginTooOften where a password was tried too often, here or on one's own page."""
    _attempts.take(caller_of(client_of(request)), email, time.monotonic())


def refused(request: HttpRequest, email: str) -> None:
    """Keep that a password was wrong, for whoever the address belongs to."""
    network = network_of(client_of(request))
    note_refusal(email, device(request), network, datetime.now(UTC))
    logger.info("control_room.login_refused", extra={"facts": {"network": network}})


def sign_out(request: HttpRequest) -> HttpResponse:
    leave(request)
    return go_on(request, "/login")


def language(request: HttpRequest) -> HttpResponse:
    answer = go_on(request, _next(request))
    with contextlib.suppress(LookupError):
        chosen = get_supported_language_variant(request.POST.get("language", "").lower())
        answer.set_cookie(
            django_settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=LANGUAGE_COOKIE_S,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return answer


def _next(request: HttpRequest) -> str:
    """Where to go on, within this site only."""
    wanted = request.POST.get("next") or request.GET.get("next") or HOME
    return wanted if is_here(wanted) else HOME


def _may_see_logins(request: HttpRequest, bases: Sequence[BaseView]) -> bool:
    """Whoever tries Silkcast on this machine or in the same network; nobody once there is a real base.

    The name by which we are asked has to be of such a place too: behind a proxy that nobody named, every client seems
    to be this machine.
    """
    name = urlsplit(f"//{request.get_host()}").hostname or ""
    is_asked_nearby = is_near(name) or name == "localhost" or name.endswith(".localhost")
    return all(base.is_simulated for base in bases) and is_near(client_of(request)) and is_asked_nearby


def demo_logins(demo: BaseView) -> list[dict[str, Any]]:
    """Printed for the simulated base alone, as its seed wrote them down; none when the note is of another base."""
    try:
        note = json.loads((load().data / "demo.json").read_bytes()[:DEMO_NOTE_BYTES_MAX])
        if note["base"]["id"] != str(demo.id):
            return []
        return [
            {"email": login["email"], "password": login["password"], "role_words": ROLES[Role(login["role"])]}
            for login in note["logins"]
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("control_room.demo_note_unreadable", extra={"facts": {"reason": str(error)}})
        return []
