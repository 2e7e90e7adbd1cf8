from __future__ import annotations
import copy, re, pathlib
from tests.domains.control_room.pages.test_every_page import pages_of

def test_dump(east, operator, seller, settings):
    t = copy.deepcopy(settings.TEMPLATES)
    t[0]["OPTIONS"]["string_if_invalid"] = "⟦%s⟧"
    settings.TEMPLATES = t
    out = pathlib.Path("/tmp/pages-html")
    for lang in ("en", "zh-hans"):
        for who, b in (("op", operator), ("seller", seller)):
            b.client.cookies["django_language"] = lang
            for name, path in pages_of(east).items():
                a = b.get(path)
                html = a.content.decode()
                (out / f"{who}-{name}-{lang}.html").write_text(html)
                bad = sorted(set(re.findall(r"⟦[^⟧]*⟧", html)))
                print(who, lang, name, a.status_code, a.get("Location",""), len(html), bad)
