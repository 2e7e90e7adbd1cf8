"""The browser reads what was typed as the server does."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from silkcast.kernel.texts import as_meant

MODULE = Path(__file__).resolve().parents[2] / "src/silkcast/ui/static/ui/typed.js"
NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
TYPED = (
    "19.99", "１９．９９", "1２／29", "٤٢٤٢ ٤٢٤٢", "۴۲", "१२", "๕๐", "𝟏𝟗", "19²", "19⁹", "①", "½", "‐‑–—−ー", "１。５",
    "٣٥٫٥", "〒１００－０００１", "ａ＠ｂ．ｃ", "\u200b5\u200d", "\u3000 7\u00a0", "ｶﾅ", "￥５", "－５", "", "Ärmel",
)  # fmt: skip


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_what_was_typed_means_the_same_in_the_browser_and_on_the_server() -> None:
    script = f"import {{ asMeant }} from {json.dumps(MODULE.as_uri())}; " + (
        "const typed = JSON.parse(process.argv[1]); console.log(JSON.stringify(typed.map(asMeant)));"
    )
    ran = subprocess.run(
        [str(NODE), "--input-type=module", "-e", script, json.dumps(TYPED)], capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout) == [as_meant(each) for each in TYPED]
