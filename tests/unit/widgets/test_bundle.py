"""The page's modules, put together into the one text that anywidget wants."""

import re
from collections import Counter
from pathlib import Path

import pytest

from imgloop_widgets.widgets import bundle
from imgloop_widgets.widgets.bundle import PAGE, modules, page_script, page_style

ENTRIES = ["look_alike.js", "form.js", "judge.js", "leaving_page.js", "monitor.js", "review.js"]
TOP_LEVEL = re.compile(
    r"^(?:export )?(?:async )?(?:(?:function\*?|class|const|let) (\w+)|const [\[{]([^=]*)[\]}] =)", re.MULTILINE
)


def names_at_top_level(text: str) -> list[str]:
    return [name for one, several in TOP_LEVEL.findall(text) for name in re.findall(r"\w+", one or several)]


def test_a_name_at_the_top_level_of_a_module_stands_for_one_thing_in_all_of_them() -> None:
    names = Counter(name for file in PAGE.glob("*.js") for name in names_at_top_level(file.read_text()))
    assert [name for name, count in names.items() if count > 1] == []


def test_every_module_belongs_to_a_page() -> None:
    assert {name for entry in ENTRIES for name in modules(entry)} == {file.name for file in PAGE.glob("*.js")}


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_module_stands_once_and_behind_all_that_it_imports(entry: str) -> None:
    order = modules(entry)
    assert len(order) == len(set(order)) and order[-1] == entry
    for name in order:
        for needed in re.findall(r'from "\./([\w.]+)"', (PAGE / name).read_text()):
            assert order.index(needed) < order.index(name), f"{needed} stands behind {name}"


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_left_is_one_module_with_nothing_but_a_default_export(entry: str) -> None:
    text = str(page_script(entry))
    assert not re.search(r"^import\b", text, re.MULTILINE)
    assert re.findall(r"^export .*$", text, re.MULTILINE) == ["export default {"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_a_module_imports_is_exported_by_the_other(entry: str) -> None:
    for name in modules(entry):
        for names, needed in re.findall(r'^import \{([^}]*)\} from "\./([\w.]+)";', (PAGE / name).read_text(), re.M):
            exported = re.findall(
                r"^export (?:async )?(?:function\*?|class|const|let) (\w+)", (PAGE / needed).read_text(), re.M
            )
            assert {one.strip() for one in names.split(",")} - {""} <= set(exported), f"{name} imports from {needed}"


def test_the_styles_are_one_text_in_which_nothing_is_imported() -> None:
    texts = {name: str(page_style(name)) for name in ("page.css", "monitor.css", "review.css")}
    assert "@import" not in "".join(texts.values())
    for file in PAGE.glob("*.css"):
        own = re.sub(r"^@import .*\n", "", file.read_text(), flags=re.MULTILINE)
        counts = [text.count(own) for text in texts.values()]
        assert not own or max(counts) == 1, file.name
    assert ".imgloop-monitor" not in texts["page.css"]


@pytest.mark.parametrize(
    "line",
    [
        'import { a as b } from "./other.js";',
        'import * as other from "./other.js";',
        "export { a };",
        "export * from 'x';",
    ],
)
def test_an_import_that_can_not_be_cut_out_is_an_error(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.js").write_text(f"{line}\nconst a = 1;\n")
    monkeypatch.setattr(bundle, "PAGE", tmp_path)
    with pytest.raises(ValueError, match=r"page/odd\.js: this can't be put together"):
        bundle.script_text("odd.js")


def test_a_file_is_read_once_and_not_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = page_script("form.js")
    bundle.script_text.cache_clear()
    before = bundle.script_text.cache_info().misses
    assert str(lazy) == str(lazy) == str(page_script("form.js"))
    assert bundle.script_text.cache_info().misses == before + 1
