"""Which parent a kernel needs.

Two kernels can have the same parent where all is the same that is read when an interpreter starts, or when modules are
imported, and never again: the interpreter and its flags, what is imported, and the part of the environment that Python,
the loader, the allocator and the numeric libraries read (`READ_AT_START`). All else is the kernel's own.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

READ_AT_START = re.compile(r"(PYTHON|LD_|MALLOC_|GLIBC_|LANG|LC_).*|.*_NUM_THREADS|IPYTHONDIR")

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Numeric libraries start a thread for each processor on import, unless these say 1; the parent may have none."""

IPYKERNEL = ("ipykernel_launcher", "ipykernel")
IPYKERNEL_START = "imgloop_widgets.forked.ipython:start"
IPYKERNEL_PRELOAD = ("ipykernel.kernelapp",)


class CannotFork(Exception):
    """A kernel can't be forked; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A parent. python: the interpreter and its flags. module: what kernels run. start: a function to call instead.

    preload: modules in the order of their import, "module" or "module:function". merge: whether equal
    pages of memory may be kept once. shared: the part of the environment
    that the parent has in common with its kernels. named: names in it that only the kernel specification knows.
    """

    python: tuple[str, ...]
    module: str
    start: str
    preload: tuple[str, ...]
    merge: bool
    shared: tuple[tuple[str, str], ...]
    named: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """Return the parent's: the server's of this moment, but for the shared part.

        Nothing else of a kernel's environment is in it: a parent is everybody's.
        """
        made = {name: value for name, value in os.environ.items() if not _is_shared(name, self.named)}
        made |= dict(self.shared)
        for name in ONE_THREAD:
            made.setdefault(name, "1")
        made.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as ipykernel does; read on import
        made["JPY_PARENT_PID"] = "1"  # to ipykernel: do not watch the parent; read on import
        return made


def recipe_for(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    preload: Sequence[str],
    start: str = "",
    merge: bool = False,
    named: Sequence[str] = (),
) -> tuple[Recipe, list[str]]:
    """Return the recipe of a kernel, and the arguments that its module gets.

    command: as in the kernel specification, filled in: `python [flags] -m module [arguments]`. environment: the
    kernel's. named: names in it that the kernel specification sets; the parent gets them too.

    Raises:
        CannotFork: this system has no safe fork, or the command is another one.
    """
    if why := why_not_here():
        raise CannotFork(why)
    command = list(command)
    if "-m" not in command[1:-1]:
        raise CannotFork(f"its command must be `python -m module …`; not `{' '.join(command[:3])} …`")
    split = command.index("-m")
    module, arguments = command[split + 1], command[split + 2 :]
    if module in IPYKERNEL:
        start, preload = start or IPYKERNEL_START, [*IPYKERNEL_PRELOAD, *preload]
    recipe = Recipe(
        python=tuple(command[:split]),
        module=module,
        start=start,
        preload=tuple(dict.fromkeys(preload)),
        merge=merge,
        shared=tuple(sorted((name, value) for name, value in environment.items() if _is_shared(name, named))),
        named=tuple(named),
    )
    return recipe, arguments


def why_not_here() -> str:
    """Say why nothing can be forked on this system. "": it can."""
    if sys.platform != "linux":
        return f"forking is not safe on this system ({sys.platform}: its own libraries have threads)"
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError) as error:
        return f"this system does not tell when a process ends ({error}); Linux 5.3 or newer does"
    return ""


def _is_shared(name: str, named: Sequence[str]) -> bool:
    return name in named or READ_AT_START.fullmatch(name) is not None
