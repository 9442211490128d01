"""What a worker waits for, and what a worker costs, beside a plain Voilà notebook with the same widgets.

    make bench          (ARGS="--rounds 3 --arrivals 10" for a quick look)

Method. Three servers run at once on this machine and are measured in turn, so that noise falls on all: ours with forked
kernels, ours with plain kernels (`--kernels plain`), and Voilà as it comes. Each round
opens a link in a fresh browser profile (cold) and once more in the same profile (warm): the time is from the
navigation to a Start button that can be pressed. Then an image is asked for with a callback that paints one colour:
the time is from the press of the button, taken in the page, to the frame in which the new image is decoded, less the
time the callback took. Memory: pages that stay open and idle, a kernel each; USS and PSS from /proc, by psutil.
At last many workers come within one second, without a browser: the time is from each one's request to the last byte of
a page that shows the form, and the memory is that of all their kernels. Medians with the range; a ratio is to Voilà.
"""

import argparse
import gc
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import requests
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from live import CHROMIUM, FLAGS, IMGLOOP, free_port, study_text, write_study  # noqa: E402  the browser tests' own server

CALLBACK = """
from itertools import count
from PIL import Image
numbers = count()
def generate(prompt, context):
    return Image.new("RGB", (512, 512), (next(numbers) * 37 % 256, 128, 128))
"""

PAINTED = """([press, shown]) => new Promise((done, fail) => {
  const before = document.querySelectorAll(shown).length;
  const sources = new Set([...document.querySelectorAll(shown)].map((i) => i.src));
  const button = [...document.querySelectorAll("button")].find((b) => new RegExp(press).test(b.textContent));
  const begun = performance.now();
  button.click();
  const look = () => {
    if (performance.now() - begun > 20000) return fail(new Error("no new image within 20 s"));
    const fresh = [...document.querySelectorAll(shown)].find((i) => i.src && !sources.has(i.src));
    if (fresh && fresh.complete && fresh.naturalWidth) fresh.decode().then(() => done(performance.now() - begun));
    else requestAnimationFrame(look);
  };
  look();
})"""


class Ours:
    """`imgloop serve` with the look-alike study's form. kernels: as its option."""

    def __init__(self, folder: Path, port: int, kernels: str) -> None:
        self.name = f"imgloop, {kernels}"
        write_study(folder, study_text("max_answer_loops = 0", ""), CALLBACK)
        self._port, self._worker = port, 0
        command = [IMGLOOP, "serve", str(folder), "--port", str(port), "--kernels", kernels]
        self.process = start([*command, "--results", str(folder / "results")], folder / "log", port)

    def link(self) -> str:
        self._worker += 1
        return f"http://127.0.0.1:{self._port}/?worker_id=w{self._worker}&id=1"

    def usable(self, page: Page) -> None:
        page.get_by_role("button", name="Start", exact=True).wait_for()

    def images(self, page: Page, rounds: int) -> list[float]:
        page.get_by_role("textbox", name="Your age").fill("33")
        page.get_by_role("combobox", name="Your gender").select_option(index=1)
        times = []
        for number in range(rounds):
            page.locator("textarea").fill(f"a picture of one colour, number {number}")
            if number:
                page.get_by_role("radio", name="5").check(force=True)
            times.append(page.evaluate(PAINTED, ["^(Start|Update)", ".imgloop img"]))
            page.get_by_role("heading", name=f"Attempt {number + 1}: how close is it?").wait_for()
        return times


class Plain:
    """`voila minimal.ipynb`, as it comes."""

    name = "plain Voilà"

    def __init__(self, folder: Path, port: int) -> None:
        self._port = port
        notebook = str(Path(__file__).with_name("minimal.ipynb"))
        command = [sys.executable, "-m", "voila", notebook, "--no-browser", f"--port={port}"]
        self.process = start(command, folder / "log", port)

    def link(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def usable(self, page: Page) -> None:
        page.get_by_role("button", name="Start", exact=True).wait_for()

    def images(self, page: Page, rounds: int) -> list[float]:
        times = []
        for number in range(rounds):
            page.locator("textarea").fill(f"a picture of one colour, number {number}")
            times.append(page.evaluate(PAINTED, ["^Start", "img"]))
        return times


Side = Ours | Plain


def start(command: list[str], log: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a server and wait until its port is open."""
    log.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(command, stdout=log.open("wb"), stderr=subprocess.STDOUT)
    for _ in range(600):
        if any(c.laddr.port == port and c.status == "LISTEN" for c in psutil.net_connections("tcp")):
            return process
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"{' '.join(command)} did not start:\n{log.read_text()}")


def opening(browser: Browser, side: Side) -> tuple[float, float]:
    """Seconds from link to usable form: cold and warm."""
    context = browser.new_context()
    times = []
    for _ in range(2):
        page = context.new_page()
        begun = time.perf_counter()
        page.goto(side.link(), wait_until="commit")
        side.usable(page)
        times.append(time.perf_counter() - begun)
        page.close(run_before_unload=False)
    context.close()
    return times[0], times[1]


def images(browser: Browser, side: Side, rounds: int) -> list[float]:
    """Milliseconds from pressing the button to the new image on screen."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(side.link())
    side.usable(page)
    times = side.images(page, rounds + 1)[1:]  # the first also pays for what is loaded once
    context.close()
    return times


def memory(browser: Browser, side: Side, sessions: int) -> list[tuple[float, float]]:
    """(USS, PSS) in MB of each idle kernel, with so many pages open at once."""
    context = browser.new_context()
    for _ in range(sessions):
        page = context.new_page()
        page.goto(side.link())
        side.usable(page)
    time.sleep(5)
    sizes = sizes_of(side, sessions)
    context.close()
    return sizes


def sizes_of(side: Side, sessions: int) -> list[tuple[float, float]]:
    """(USS, PSS) in MB of the newest kernels of a server."""
    kernels = [
        p
        for p in psutil.Process(side.process.pid).children(recursive=True)
        if p.name().startswith(("python", "kernel-"))
    ]
    sizes = []
    for kernel in sorted(kernels, key=lambda p: p.create_time())[-sessions:]:
        info = kernel.memory_full_info()
        sizes.append((info.uss / 1e6, info.pss / 1e6))
    return sizes


def arrivals(side: Side, workers: int) -> list[float]:
    """Seconds until each of so many workers, who come within one second, has a page that shows the form."""
    times = [0.0] * workers

    def arrive(number: int) -> None:
        begun = time.perf_counter()
        text = requests.get(side.link(), timeout=300).text
        assert "model_id" in text, f"{side.name}: a page without its form"
        times[number] = time.perf_counter() - begun

    threads = [threading.Thread(target=arrive, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
        time.sleep(1 / workers)
    for thread in threads:
        thread.join()
    return times


def text_of(values: list[float]) -> str:
    """Return the median and the range."""
    return f"{statistics.median(values):8.2f} ({min(values):.2f} to {max(values):.2f})"


def row(title: str, ours: list[float], plain: list[float], unit: str) -> None:
    """Print one line: median and range of both, and the ratio."""
    ratio = statistics.median(ours) / statistics.median(plain)
    print(f"{title:<44}{text_of(ours):>30}{text_of(plain):>30}  {unit:<3} {ratio:6.2f}")


def rows(title: str, sides: list[list[float]], unit: str) -> None:
    """Print one line: median and range of each side, and its ratio to the last."""
    last = statistics.median(sides[-1])
    ratios = "".join(f"{statistics.median(side) / last:8.2f}" for side in sides[:-1])
    print(f"{title:<44}{''.join(f'{text_of(side):>30}' for side in sides)}  {unit:<3}{ratios}")


def main() -> None:
    """Measure both sides in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured")
    parser.add_argument("--sessions", type=int, default=6, help="idle pages held for the memory")
    parser.add_argument("--arrivals", type=int, default=50, help="workers who come within one second")
    args = parser.parse_args()
    gc.disable()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        at = Path(folder)
        sides: list[Side] = [Ours(at / kernels, free_port(), kernels) for kernels in ("forked", "plain")]
        sides.append(Plain(at / "voila", free_port()))
        try:
            measure(browser, sides, args.rounds, args.sessions, args.arrivals)
        finally:
            for side in sides:
                side.process.terminate()
                side.process.wait(20)


def measure(browser: Browser, sides: list[Side], rounds: int, sessions: int, workers: int) -> None:
    """Run all measurements, the sides in turn within each round."""
    for side in sides:  # once unmeasured: what each server does at its very first page
        opening(browser, side)
    opened = [[opening(browser, side) for side in sides] for _ in range(rounds)]
    shown = [images(browser, side, 3 * rounds) for side in sides]
    idle = [memory(browser, side, sessions) for side in sides]
    came, held = [], []
    for side in sides:
        came.append(arrivals(side, workers))
        held.append(sizes_of(side, workers))
        side.process.terminate()  # its many kernels would be in the way of the next
        side.process.wait(120)
    print(__doc__)
    print(f"{rounds} rounds, {sessions} idle sessions; {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    print(f"{'':<44}{''.join(f'{side.name:>30}' for side in sides)}       ratios")
    numbers = range(len(sides))
    rows("link → usable form, cold cache", [[r[n][0] for r in opened] for n in numbers], "s")
    rows("link → usable form, warm cache", [[r[n][1] for r in opened] for n in numbers], "s")
    rows("press → new image on screen", shown, "ms")
    rows("memory of an idle session, USS", [[uss for uss, _ in idle[n]] for n in numbers], "MB")
    rows(f"memory of {workers} sessions, PSS of each", [[pss for _, pss in held[n]] for n in numbers], "MB")
    rows(f"{workers} workers within 1 s: page with its form", came, "s")


if __name__ == "__main__":
    main()
