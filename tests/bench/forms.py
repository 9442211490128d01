"""What a long form costs: 100 fields beside 5, ours beside the same fields as ipywidgets, one comm each.

    python -m tests.bench.forms          (--rounds 3 for a quick look)

Method. Four servers run at once on this machine and are measured in turn, so that noise falls on all of them. Each
round opens a page in a fresh browser profile: the time is from the navigation to the frame in which the button at the
end of the form can be pressed and every field is there. Messages are the websocket's frames, in both directions, until
then. `reading` is the kernel's part alone: the form's file, read and checked. Medians with the range.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, sync_playwright

from tests.bench.__main__ import CHROMIUM, FLAGS, ROOT, free_port, row, start

SIZES = (5, 100)
LAUNCH = ROOT / "tests" / "serving" / "data" / "launch.py"

PLAIN = """
import ipywidgets as w
texts = [w.Text(description=f"Question {n}") for n in range(FIELDS) if n % 3 == 0]
lists = [w.Dropdown(description=f"Question {n}", options=["a", "b", "c"]) for n in range(FIELDS) if n % 3 == 1]
numbers = [w.IntText(description=f"Question {n}") for n in range(FIELDS) if n % 3 == 2]
w.VBox([*texts, *lists, *numbers, w.Button(description="Submit")])
"""


def form(fields: int) -> dict[str, Any]:
    """Return a form with so many fields of three types, a third of them required."""
    kinds: list[dict[str, Any]] = [
        {"type": "input", "validators": {"required": True, "maxLength": 100}},
        {"type": "select", "options": ["", "a", "b", "c"]},
        {"type": "number", "min": 0, "max": 100},
    ]
    made = [{**kinds[n % 3], "name": f"q{n}", "label": f"Question {n}"} for n in range(fields)]
    return {"title": "A questionnaire", "fields": made}


class Side:
    """A server with one form. fields: how many it has."""

    def __init__(self, folder: Path, fields: int, *, ours: bool) -> None:
        folder.mkdir()
        self.fields, self.ours, port = fields, ours, free_port()
        self.file = folder / "form.json"
        self.file.write_text(json.dumps(form(fields)))
        notebook = nbformat.v4.new_notebook()
        source = (
            f"from imgloop_widgets import Form\nForm({str(self.file)!r})" if ours else f"FIELDS = {fields}\n{PLAIN}"
        )
        notebook.cells = [nbformat.v4.new_code_cell(source)]
        nbformat.write(notebook, folder / "form.ipynb")
        self.url = f"http://127.0.0.1:{port}/"
        plain = ["-m", "voila", str(folder / "form.ipynb"), "--no-browser", f"--port={port}"]
        command = [str(LAUNCH), str(folder / "form.ipynb"), json.dumps({"port": port})] if ours else plain
        self.process: subprocess.Popen[bytes] = start([sys.executable, *command], folder / "log", port)

    def opening(self, browser: Browser) -> tuple[float, int]:
        """Open the form in a fresh profile; return seconds until it is usable, and messages."""
        context = browser.new_context()
        page = context.new_page()
        frames: list[object] = []

        def count(socket: Any) -> None:
            for event in ("framereceived", "framesent"):
                socket.on(event, lambda frame: frames.append(frame))

        page.on("websocket", count)
        begun = time.perf_counter()
        page.goto(self.url, wait_until="commit")
        shown = ".imgloop-field" if self.ours else ".widget-text, .widget-dropdown"
        page.get_by_role("button", name="Submit", exact=True).wait_for()
        page.wait_for_function("([shown, n]) => document.querySelectorAll(shown).length >= n", arg=[shown, self.fields])
        seconds = time.perf_counter() - begun
        messages = len(frames)
        context.close()
        return seconds, messages


@contextmanager
def sides() -> Iterator[list[Side]]:
    """Start all servers; end them."""
    with tempfile.TemporaryDirectory() as folder:
        made: list[Side] = []
        try:
            for ours in (True, False):
                made += [Side(Path(folder) / f"{ours}-{fields}", fields, ours=ours) for fields in SIZES]
            yield made
        finally:
            for side in made:
                side.process.terminate()
                side.process.wait(20)


def reading(side: Side) -> float:
    """Milliseconds that reading and checking the form's file takes."""
    from imgloop_widgets.forms import load_form

    begun = time.perf_counter()
    load_form(side.file).versions[0].form().to_json()
    return 1000 * (time.perf_counter() - begun)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="how often each is measured")
    rounds = parser.parse_args().rounds
    with sync_playwright() as playwright, sides() as servers:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for side in servers:  # once unmeasured: what each server does at its very first page
            side.opening(browser)
        opened = [[side.opening(browser) for side in servers] for _ in range(rounds)]
        read = [[reading(side) for side in servers[:2]] for _ in range(3 * rounds)]
    print(__doc__)
    print(f"{rounds} rounds{'100 fields':>63}{'5 fields':>30}       ratio")
    for name, few, many in (("imgloop", 0, 1), ("ipywidgets, plain Voilà", 2, 3)):
        seconds = [[r[k][0] for r in opened] for k in (many, few)]
        messages = [[float(r[k][1]) for r in opened] for k in (many, few)]
        row(f"{name}: link → usable form", *seconds, "s")
        row(f"{name}: messages", *messages, "")
    row("imgloop: reading and checking", [r[1] for r in read], [r[0] for r in read], "ms")
    gain = statistics.median(r[3][0] for r in opened) / statistics.median(r[1][0] for r in opened)
    print(f"100 fields: plain Voilà with ipywidgets takes {gain:.1f} times as long")


if __name__ == "__main__":
    main()
