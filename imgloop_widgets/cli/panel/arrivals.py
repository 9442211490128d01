"""`imgloop panel arrivals`: whom a panel has sent, and what came of them; to be held beside the panel's own list."""

import csv
import sys

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StudyPath, open_any_file
from imgloop_widgets.cli.panel.codes import require_panel

EXAMPLE = "imgloop panel arrivals notebooks/my_study > arrivals.csv"


def arrivals(study: StudyPath, results: ResultsFolder = None) -> None:
    """Print a table (CSV) of whom the panel has sent, with its own ids of them.

    Columns: worker_id, session_id, arrived_at, outcome (empty while the session goes on), told (what the panel answered
    when our server called it, see `calls` in [panel]; empty: it was not called), told_at, tries (calls so far), and the
    parameters that the panel gave, such as Prolific's SESSION_ID or Mechanical Turk's assignmentId.
    """
    from imgloop_widgets.events import SessionFinished
    from imgloop_widgets.panel_table import OUTCOME
    from imgloop_widgets.store import open_results

    file = open_any_file(study, results)
    require_panel(file)
    with open_results(file.results) as store:
        sent = store.arrivals(file.name)
        told = {one.session_id: one for one in store.told(file.name)}
        logs = {one.session_id: store.read(one.session_id) for one in sent}
    outcomes = {
        session_id: OUTCOME[event.reason]
        for session_id, events in logs.items()
        for event in events
        if isinstance(event, SessionFinished)
    }
    names = sorted({name for one in sent for name in one.values})
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["worker_id", "session_id", "arrived_at", "outcome", "told", "told_at", "tries", *names])
    for one in sent:
        outcome = outcomes.get(one.session_id, "")
        values = [one.values.get(name, "") for name in names]
        call = told.get(one.session_id)
        calls = [call.said, call.at.isoformat(timespec="seconds"), call.tries] if call else ["", "", ""]
        at = one.at.isoformat(timespec="seconds")
        table.writerow([one.worker_id, one.session_id, at, outcome, *calls, *values])
    if not sent:
        typer.echo(f"The panel has sent nobody to {file.name} yet.", err=True)
