"""Behind a proxy that ends TLS: what is missing is named, and what the proxy says is enough for safe cookies."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.project.stage import Stage

FORM = {"email": "nobody@east.test", "password": "wrong password"}


@pytest.mark.parametrize(
    ("language", "words"), [("en", "set SILKCAST_PUBLIC_URL"), ("zh-hans", "SILKCAST_PUBLIC_URL 设为")]
)
def test_an_untold_proxy_is_named_by_the_settings_that_tell_of_it(stage: Stage, language: str, words: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["django_language"] = language
    client.get("/login")
    typed = {**FORM, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    refused = client.post("/login", typed, headers={"Origin": "https://shop.example"})
    assert refused.status_code == 403
    assert words in refused.content.decode()
    assert "SILKCAST_TRUSTED_PROXIES" in refused.content.decode()
    assert "https://shop.example" in refused.content.decode()


def test_a_page_that_stood_open_too_long_is_still_told_so(stage: Stage) -> None:
    client = Client(enforce_csrf_checks=True)
    refused = client.post("/login", FORM, headers={"Origin": "http://testserver"})
    assert refused.status_code == 403
    assert "The page was open too long" in refused.content.decode()


@pytest.mark.parametrize(("says", "secure"), [("https", True), ("http", False)])
def test_cookies_are_secure_when_the_proxy_says_https(stage: Stage, says: str, secure: bool) -> None:  # noqa: FBT001
    client = Client(headers={"X-Forwarded-Proto": says})
    for page in ("/login", "/"):
        answer = client.get(page)
        assert answer.cookies
        assert {bool(cookie["secure"]) for cookie in answer.cookies.values()} == {secure}, page
