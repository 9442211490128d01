"""Reading a study before kernels are forked, so that each page's kernel finds it read.

Only what is the same for everybody and runs nothing of the researcher's: the list of targets, the targets' files, and
forms without functions of their author's. A kernel reads the files anew and takes what is known where they are the same
(`forms.known`), so a study may be edited while it is served. Mistakes are for the pages to tell.
"""

import contextlib
import os
from pathlib import Path

from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.forms import FormFile, load_form, loop_parts
from imgloop_widgets.forms.functions import FUNCTIONS_FILE
from imgloop_widgets.forms.slots import TARGET_TOKEN
from imgloop_widgets.library import load_library
from imgloop_widgets.study import load_study

STUDY = "IMGLOOP_STUDY"
"""The variable that names a study file to the parent of kernels."""

MOST_TARGETS = 50
"""Targets that are looked at before; those of a large study are looked at by who is given them."""


def read_before(study: Path) -> None:
    """Read a study's files as a page in the study's folder does, as far as that can be done before."""
    here = os.getcwd()
    with contextlib.suppress(ImgloopError, OSError):
        os.chdir(study.parent)
        _read(study.name)
    os.chdir(here)


def _read(name: str) -> None:
    from imgloop_widgets.widgets.pictures import bare  # with all widgets, for which the server itself has no use

    study = load_study(name)
    library = load_library(study.file(study.about.images), verify=False)
    targets = library.targets[:MOST_TARGETS]
    for path in dict.fromkeys(study.form_of(arm.name) for arm in study.arms):
        if not ((path if path.is_dir() else path.parent) / FUNCTIONS_FILE).exists():
            _fill(load_form(path), ["target", *(target.id for target in targets)])
    for target in targets:
        bare(target.file.read_bytes())


def _fill(form: FormFile, targets: list[str]) -> None:
    for version in form.versions:
        for target in targets:
            loop_parts(version.form({TARGET_TOKEN: target}))
