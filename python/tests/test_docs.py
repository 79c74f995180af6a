"""Blocks of docs/python.md run as they stand; those of a section share their names."""

import os
import re

import pytest

from sluice._deno import find_checkout

PAGE = (find_checkout() / "docs" / "python.md").read_text()
SECTIONS = {
    title: re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    for title, text in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
}


@pytest.mark.parametrize("title", [title for title, blocks in SECTIONS.items() if blocks])
def test_blocks_run(title, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    names = {"__name__": "__main__"}
    if title.startswith("Datasets"):
        names["dataset"] = str(request.getfixturevalue("reach"))
    for block in SECTIONS[title]:
        exec(compile(block, f"docs/python.md: {title}", "exec"), names)
    assert os.getcwd() == str(tmp_path)
