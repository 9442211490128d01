"""`imgloop check`: read everything a study is made of, images too, and say what is there or all that is wrong."""

from typing import TYPE_CHECKING, Any

import typer

from imgloop_widgets.cli.arguments import StudyPath, count, facts, open_any_file, short, tinted
from imgloop_widgets.cli.notebook import notebook_problems
from imgloop_widgets.cli.of_ratings import open_checked, summary
from imgloop_widgets.errors import ConfigurationError

if TYPE_CHECKING:
    from imgloop_widgets.forms import FormFile
    from imgloop_widgets.library import Library
    from imgloop_widgets.study import Study

EXAMPLE = "imgloop check notebooks/look_alike"
WORKER_NOTEBOOK = "worker.ipynb"


def check(study: StudyPath) -> None:
    """Check a study before it is served.

    Reads the study file, the form, targets.toml, every image and the worker's notebook (without running it), and lists
    all mistakes with their places.
    """
    from imgloop_widgets.ratings import RatingStudy

    file = open_any_file(study)
    if isinstance(file, RatingStudy):
        rows = summary(open_checked(file, WORKER_NOTEBOOK, verify=True))
    else:
        rows = _summary(file, *check_files(file, verify=True))
    typer.echo(tinted(f"{file.name}: all is well", "green"))
    typer.echo(facts(rows))


def check_files(study: "Study", *, verify: bool) -> "tuple[Library, FormFile]":
    """Return what the study is made of. verify: also read every image and compare its hash.

    Raises:
        ConfigurationError: every mistake in any of the files, the worker's notebook among them.
    """
    from imgloop_widgets.opening import load_files

    arm = study.arms[0]
    problems = notebook_problems(
        study.path.parent / WORKER_NOTEBOOK,
        needs_generator=arm.generator is None,
        needs_scorer=arm.show_metric and arm.scorer is None,
    )
    try:
        _, library, form_file = load_files(study.path, verify=verify)
    except ConfigurationError as error:
        raise ConfigurationError([*error.problems, *problems]) from None
    if problems:
        raise ConfigurationError(problems)
    return library, form_file


def _summary(study: "Study", library: "Library", form_file: "FormFile") -> list[tuple[str, Any]]:
    from imgloop_widgets.forms import answer_fields, loop_parts, prompt_limits
    from imgloop_widgets.opening import TARGET_TOKEN

    loop, form = study.loop, form_file.versions[0].form({TARGET_TOKEN: "target"})
    ids = study.about.targets or tuple(target.id for target in library.targets)
    categories = sorted({library.target(i).category for i in ids})
    files = sum(len(library.images(category)) for category in categories)
    limits = prompt_limits(form, loop_parts(form).start.prompt)
    answers = [field.name for field in answer_fields(form)]
    minutes = loop.assignment_duration_in_seconds / 60
    each = study.about.units_per_assignment
    units = f"{count(len(ids) * each, 'unit')}, {each} for each target"
    attempts = f"up to {count(loop.max_answer_loops, 'attempt')}" if loop.max_answer_loops else "any number of attempts"
    return [
        ("targets", f"{len(ids)} in {count(len(categories), 'category', 'categories')} ({', '.join(categories)})"),
        ("units", units),
        ("library", count(files, "image")),
        ("form", f"{form.title!r}, {count(len(form_file.versions), 'version')}"),
        ("answers", ", ".join(answers) or "none"),
        ("prompt", f"{limits['min'] or 1} to {limits['max'] or 'any number of'} characters"),
        ("loop", f"{attempts}, scores {loop.score_min} to {loop.score_max}, {loop.perfect_score} ends it"),
        ("repeats", {"allow": "allowed"}.get(loop.duplicate_prompts, f"refused ({loop.duplicate_prompts})")),
        ("time", f"{minutes:g} minutes" if minutes else "no limit"),
        ("generator", study.arms[0].generator or "the notebook's own"),
        ("notebook", WORKER_NOTEBOOK),
        ("results", short(study.results)),
    ]
