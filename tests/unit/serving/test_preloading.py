"""What of a notebook's imports may be done once for all workers."""

import sys
from pathlib import Path

import pytest

from imgloop_widgets.serving.preloading import imports_of


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        (["import json\nimport PIL.Image as picture"], ("json", "PIL.Image")),
        (["from matplotlib.figure import Figure", "import json", "import json"], ("matplotlib.figure", "json")),
        (["import sys, math"], ("sys", "math")),
        (["import json\n%matplotlib inline", "!ls", "import math"], ("math",)),  # a cell that is no Python
        (["if True:\n    import json", "try:\n    import math\nexcept ImportError:\n    pass"], ()),
        (["def later():\n    import json"], ()),
        (["from . import mine", "import not_a_module", "from imgloop_widgets import open_page"], ()),
        (["", "x = 1"], ()),
    ],
)
def test_installed_modules_that_are_imported_for_sure_are_found(sources: list[str], found: tuple[str, ...]) -> None:
    assert imports_of(sources) == found


def test_a_module_of_the_researchers_own_is_not_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may read the worker's link when it is imported, and is edited while the server runs."""
    (tmp_path / "my_callback.py").write_text("raise RuntimeError('imported')")
    (tmp_path / "my_package").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert imports_of(["import my_callback", "import my_package.part", "import json"]) == ("json",)
    assert "my_callback" not in sys.modules
