"""What is shipped is whole: pages, texts of every language, scripts, the journal's schema."""

import zipfile
from pathlib import Path

from flit_core import buildapi

from amparo.web.words.i18n import languages

ROOT = Path(__file__).parent.parent


def test_the_wheel_holds_everything_that_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)

    wheel = buildapi.build_wheel(str(tmp_path))

    shipped = set(zipfile.ZipFile(tmp_path / wheel).namelist())
    assert {f"amparo/web/words/locales/{code}.po" for code in languages()[1:]} <= shipped
    for path in (ROOT / "src").rglob("*"):
        name = str(path.relative_to(ROOT / "src"))
        if path.is_file() and "__pycache__" not in name:
            assert name in shipped
