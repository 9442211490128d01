"""What a worker's notebook imports, as far as it may be imported once for all workers.

A parent imports, and kernels are forked from it. An installed package is the same for everybody and may come in so. A
module of the researcher's own (beside the notebook, or on a path of their own) is not: it may read the worker's link,
draw numbers or open files when it is imported, and it is edited while the server runs. Each kernel imports it afresh.
"""

import ast
import importlib.util
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

OURS = "imgloop_widgets"
"""Imported already, by `kernel.prepare`."""


def imports_of(sources: Sequence[str]) -> tuple[str, ...]:
    """Return the installed modules that cells import, in their order, each once.

    Only statements that stand at the top of a cell count: what is imported within `if`, `try` or a function may not be
    there at all. A cell that is no Python (magics) is passed over.
    """
    found = dict.fromkeys(name for source in sources for name in _imported(source))
    return tuple(name for name in found if _is_installed(name.partition(".")[0]))


def _imported(source: str) -> Iterator[str]:
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module


def _is_installed(package: str) -> bool:
    """Say whether a package is an installed one; nothing is imported for that."""
    if package == OURS:
        return False
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return False
    if spec is None or spec.origin is None:
        return False
    if spec.origin in ("built-in", "frozen"):
        return True
    homes = [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return any(Path(spec.origin).resolve().is_relative_to(home) for home in homes)
