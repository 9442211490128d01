"""What a person reads when a command fails: one message that says what, where, and what to do.

| error | message |
| --- | --- |
| ImgloopError | its own text |
| a wrong option or argument | what is wrong, and where the help is |
| an error of the operating system | the file, what is wrong, what to do |
| anything else | one sentence and an incident number, under which the traceback is kept in the store if there is one |
"""

import errno
import os
import traceback
from datetime import UTC, datetime

import typer

from imgloop_widgets.cli.arguments import RESULTS, again, opened
from imgloop_widgets.errors import ImgloopError, new_incident

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "your share of the disk is used up; free some space and try again",
    errno.EROFS: "it can't be written; choose another folder with --results",
    errno.EACCES: "access is denied; change its permissions or choose another place",
    errno.EPERM: "access is denied; change its permissions or choose another place",
    errno.ENOENT: "it does not exist; look whether its name is right",
    errno.ENOTDIR: "a file stands where a folder is needed; choose another place",
    errno.EISDIR: "a folder stands where a file is needed; choose another name",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n) and try again",
}

ANALYSIS = ("msgspec", "pandera", "pyarrow", "rapidfuzz", "scipy")
"""Packages that come with the extra `analysis` of pyproject.toml."""


def explain(error: Exception) -> str:
    """Return the message for an error."""
    if isinstance(error, ImgloopError):
        return str(error)
    if isinstance(error, typer.TyperException):
        return _usage(error)
    if isinstance(error, OSError) and error.errno in _ADVICE:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{_ADVICE[error.errno]}"
    if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("imgloop_widgets"):
        extra = "'.[analysis]'" if str(error.name).split(".")[0] in ANALYSIS else "."
        return f"the package {error.name} is missing; install it (pip install -e {extra}) and see `imgloop doctor`"
    return _unexpected(error)


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "imgloop"
    text = error.format_message().rstrip(".")
    return f"{command}: {text}; see `{command} --help`"


def _unexpected(error: Exception) -> str:
    incident = new_incident()
    study = opened.get()
    lists = again("status", study) if study else "`imgloop status`"
    kept = f" (kept in the store, {lists} lists it)" if _recorded(incident, error) else ""
    kind = type(error).__name__
    return f"Something unexpected went wrong ({kind}): incident {incident}{kept}. Run again with --debug to see it all."


def _recorded(incident: str, error: Exception) -> bool:
    """Keep the traceback in the store, where there is one and the command has come so far as to know it."""
    folder = os.environ.get(RESULTS)
    try:
        from imgloop_widgets.store import open_results
        from imgloop_widgets.store.choosing import chosen

        if not folder or not (chosen() or os.path.isdir(folder)):
            return False
        with open_results(folder) as store:
            store.record_incident(incident, datetime.now(UTC), None, "".join(traceback.format_exception(error)))
    except Exception:  # whatever is broken, the message must come
        return False
    return True
