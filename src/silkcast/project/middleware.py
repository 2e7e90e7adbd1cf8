"""What every answer of the web role shares: a strict content policy, and refusals in the asker's language."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render

from silkcast.domains.control_room.answers import words_of
from silkcast.kernel.errors import Invalid, SilkcastError
from silkcast.kernel.words import error_body

Answer = Callable[[HttpRequest], HttpResponse]
ADDRESS_SHOWN_MAX = 200
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# The back office's theme sets styles and Alpine expressions in its pages; it gets a looser policy of its own.
POLICY_ADMIN = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class OwnLanguage(LocaleMiddleware):
    """The page's language, by the cookie or the browser; the tag of a cookie, too, is the same in any case."""

    def process_request(self, request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if chosen is not None:
            request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = chosen.lower()
        super().process_request(request)


def secure_cookies(get_response: Answer) -> Answer:
    """Over HTTPS, which a trusted proxy says it is, no cookie is to travel otherwise."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return answer


def content_security(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = POLICY_ADMIN if request.path.startswith("/admin/") else POLICY
        response["X-Content-Type-Options"] = "nosniff"
        return response

    return answer


class Refusals:
    """Turns our errors into coded answers: JSON for programs, a page or a fragment for people."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Some databases keep a NUL in text, others fail on it: none gets so far. The API reads its bodies itself."""
        typed = [request.GET] if request.path.startswith("/api/") else [request.GET, request.POST]
        values = (value for form in typed for values in form.lists() for value in (values[0], *values[1]))
        if "\0" in request.path or any("\0" in value for value in values):
            return refusal(request, Invalid.code, {"reason": "NUL"}, Invalid.status)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, SilkcastError):
            return None
        return refusal(request, error.code, error.facts, error.status)


def refusal(request: HttpRequest, code: str, facts: dict[str, object], status: int) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(error_body(code, facts), status=status)
    words = words_of(code, facts)
    shown = {"refusal": {"code": code, "words": words, "fields": {}}, "status": status, "code": code, "words": words}
    if request.headers.get("HX-Request"):
        return render(request, "ui/error.html", shown, status=status)
    area = "control_room" if request.path.startswith(("/control", "/login", "/admin", "/invitation")) else "shop"
    shown["home_url"] = "/control/" if area == "control_room" else "/"
    return render(request, f"{area}/error.html", shown, status=status)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A browser at another address than the one asked for is mostly ours, behind a proxy that nobody told us of."""
    named = request.headers.get("Origin") or request.headers.get("Referer", "")
    there = urlsplit(named)
    asked = (str(request.scheme), request.get_host())
    if there.netloc and (there.scheme, there.netloc) != asked:
        facts: dict[str, object] = {
            "there": f"{there.scheme}://{there.netloc}"[:ADDRESS_SHOWN_MAX],
            "here": "://".join(asked),
        }
        return refusal(request, "kernel.other_address", facts, 403)
    return refusal(request, "kernel.csrf", {}, 403)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The framework's own refusal of a request: too many fields, a form that is none."""
    return refusal(request, Invalid.code, {"reason": type(exception).__name__}, 400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, "kernel.missing", {}, 404)


def failed(request: HttpRequest) -> HttpResponse:
    return refusal(request, "kernel.error", {}, 500)
