"""The page without a kernel: a fake model, a form in the shape a study's file has, and pictures drawn here.

Nothing is served: the browser's requests are answered from this process, so the tests need no port and no network.
`task` opens the page of the loop and plays the kernel; `views` holds a picture of every state a worker can meet.
`sheet` does the same for the page of a form alone; its forms are in `forms`.
"""

import copy
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, Route

from imgloop_widgets.forms import WORDS
from imgloop_widgets.widgets.bundle import PAGE, page_script, page_style

HERE = Path(__file__).parent
PAGES = {
    "look_alike.js": page_script("look_alike.js"),
    "form.js": page_script("form.js"),
    "judge.js": page_script("judge.js"),
    "leaving_page.js": page_script("leaving_page.js"),
    "page.css": page_style(),
    "harness.html": HERE / "harness.html",
}
ORIGIN = "http://page.test/"  # answered in this process
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}

Json = dict[str, Any]


def picture(name: str) -> bytes:
    """A hill, a sun and a house as WebP; where they stand and their colours follow from the name."""
    seed = sum(name.encode()) * 37 % 251
    image = Image.new("RGB", (640, 480), (150 + seed % 60, 195, 235))
    draw = ImageDraw.Draw(image)
    draw.ellipse((420 - seed % 300, 60, 510 - seed % 300, 150), fill=(250, 214, 90))
    draw.ellipse((-200, 260 + seed % 60, 840, 900), fill=(70 + seed % 50, 140, 80))
    left = 150 + seed % 200
    draw.rectangle((left, 230, left + 170, 360), fill=(196, 84 + seed % 80, 66))
    draw.polygon([(left - 20, 230), (left + 85, 150), (left + 190, 230)], fill=(92, 58, 52))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP")
    return buffer.getvalue()


def prompt_field(name: str, label: str) -> Json:
    limits = {"required": True, "minLength": 20, "maxLength": 500}
    return {"id": f"id_{name}", "name": name, "label": label, "type": "textarea", "validators": limits}


def loop_fieldset(lookup: str, words: str, n: int) -> Json:
    options = [{"label": "---", "value": ""}, *({"label": str(k), "value": k} for k in range(1, 11))]
    score = {
        "id": f"id_score_{n}",
        "name": f"score_{n}",
        "label": "How close is your image to the target?",
        "type": "select",
        "options": options,
        "validators": {"required": True},
    }
    button = {"id": f"id_go_{n}", "name": f"go_{n}", "type": "button", "value": "Update", "tooltip": "Make a new image"}
    return {
        "lookup_name": lookup,
        "instruction": f"<div>{words}</div>",
        "rows": [
            {"fields": [score]},
            {"fields": [prompt_field(f"prompt_{n}", "Change the prompt to come closer to the target")]},
            {"fields": [button], "help": "Sends your score and makes the next image"},
        ],
    }


def small_form() -> Json:
    """What the kernel's `form` trait holds for a form like that of the look-alike study."""
    choices = [("---", ""), ("Female", "female"), ("Male", "male"), ("Other", "other")]
    age = {
        "id": "id_age",
        "name": "age",
        "label": "Age",
        "type": "input",
        "placeholder": "In years",
        "tooltip": "Your age in years",
        "validators": {"required": True, "regexp": ["^[0-9]+$", "ig"]},
    }
    gender = {
        "id": "id_gender",
        "name": "gender",
        "label": "Gender",
        "type": "select",
        "options": [{"label": label, "value": value} for label, value in choices],
        "validators": {"required": True},
    }
    start = {"id": "id_start", "name": "start", "type": "button", "value": "Start", "tooltip": "Make the first image"}
    first = prompt_field("prompt_0", "Describe the target in detail, so that the algorithm can draw it")
    form = {
        "title": "Draw it with words",
        "instruction": "<p>You see a <b>target image</b>. Get as close to it as you can.</p>"
        "<ul><li>Write a prompt; an algorithm makes an image of it.</li>"
        "<li>Score how close the image comes to the target.</li>"
        "<li>With a score of 10, or when time or attempts are used up, the task is finished.</li></ul>",
        "sections": [
            {
                "title": "About you",
                "instruction": "<p>Two questions first</p>",
                "fieldsets": [{"title": "Personal information", "rows": [{"fields": [age, gender]}]}],
            },
            {
                "title": "Your images",
                "instruction": "<p>Write, look, score, and write again</p>",
                "collapsable": False,
                "fieldsets": [
                    {"instruction": "", "rows": [{"fields": [first]}, {"fields": [start]}]},
                    loop_fieldset("low", "Here is your image. Is it close enough?", 1),
                    loop_fieldset("high", "Good progress! Is this one even closer?", 2),
                ],
            },
        ],
        "submit_button": {
            "text": "Exit",
            "instruction": "<i>Leave the rest out and finish with what you have.</i>",
            "tooltip": "Finish early",
        },
    }
    parts = {
        "section": 1,
        "start": {"fieldset": 0, "prompt": "prompt_0", "button": "start"},
        "templates": {
            "low": {"fieldset": 1, "score": "score_1", "prompt": "prompt_1", "button": "go_1"},
            "high": {"fieldset": 2, "score": "score_2", "prompt": "prompt_2", "button": "go_2"},
        },
    }
    return {"form": form, "parts": parts, "prompt_limits": {"min": 20, "max": 500}, "words": WORDS}


PROMPTS = [
    "A red house with a dark roof on a green hill under a blue sky",
    "A small red house with a dark pointed roof on a wide green hill, a yellow sun high on the left",
    "A small red house in the middle of a wide green hill, dark pointed roof, pale blue sky, yellow sun",
]


def attempt(number: int, score: int | None = None, *, best: bool = False, template: str = "low") -> Json:
    prompt = PROMPTS[number - 1]
    alt = f"Image {number}, made from the prompt: {prompt}"
    image = {"image": f"image-{number}", "alt": alt, "width": 640, "height": 480}
    return {"number": number, "prompt": prompt, "image": image, "score": score, "best": best, "template": template}


def a_view(phase: str = "prompting", seq: int = 1, **changes: Any) -> Json:
    """What the kernel's `view` trait holds at the start of a session, with changes."""
    alt = "A red house on a green hill, with the sun above it"
    view = {
        "session": "s1",
        "seq": seq,
        "phase": phase,
        "target": {"image": "target", "alt": alt, "width": 640, "height": 480},
        "answers": None if phase == "prompting" and seq == 1 else {"age": "34", "gender": "female"},
        "attempts": [],
        "prompt": "",
        "draft": {},
        "scale": {"min": 1, "max": 10, "perfect": 10},
        "max_attempts": 3,
        "last": False,
        "failure": None,
        "again": False,
        "waited_s": None,
        "remaining_s": 761.0,
        "finished": None,
        "notice": None,
        "away": False,
    }
    return {**view, **changes}


PANEL = {"code": "", "title": "a panel", "url": "https://panel.example/done", "fields": None, "now": False}


def all_views() -> dict[str, Json]:
    """Every state of the page that is a view of the kernel, by name."""
    one, two = attempt(1, 4, best=True), attempt(2, 7, best=True, template="low")
    worse = attempt(1, 4)
    message = "You have used all your attempts. Your work is saved."
    finished = {"reason": "attempts_used", "title": "All done, thank you!", "message": message, "code": "7F3A09C1"}
    failure = "This wording was refused. Try to say it differently. This did not cost an attempt."
    late = "The image took too long. Please try again. This did not cost an attempt. (Incident 7f3a09c1)"
    elsewhere = "This task is open in another window too. This page now shows where it stands."
    return {
        "start": a_view(),
        "generating": a_view("generating", 3, prompt=PROMPTS[0], waited_s=4.2),
        "failed": a_view(seq=4, prompt=PROMPTS[0], failure=failure),
        "failed for now": a_view(seq=4, prompt=PROMPTS[0], failure=late, again=True),
        "scoring": a_view("scoring", 4, attempts=[attempt(1)], prompt=PROMPTS[0]),
        "generating_next": a_view("generating", 6, attempts=[one], prompt=PROMPTS[1], waited_s=1.0),
        "scoring_next": a_view("scoring", 7, attempts=[one, attempt(2)], prompt=PROMPTS[1], remaining_s=95.0),
        "failed_next": a_view(seq=7, attempts=[one], prompt=PROMPTS[1], failure=failure, notice=elsewhere),
        "last": a_view("scoring", 10, attempts=[worse, two, attempt(3, template="high")], prompt=PROMPTS[2], last=True),
        "finished": a_view(
            "finished", 12, attempts=[worse, two, attempt(3, 6, template="high")], remaining_s=None, finished=finished
        ),
        "back to a panel": a_view(
            "finished", 6, attempts=[one], remaining_s=None, finished={**finished, "leave": PANEL}
        ),
        "more before the panel": a_view(
            "finished",
            6,
            attempts=[one],
            remaining_s=None,
            finished={**finished, "code": "", "next": True, "leave": {**PANEL, "url": None}},
        ),
        "a panel that hears of it": a_view(
            "finished",
            6,
            attempts=[one],
            remaining_s=None,
            finished={**finished, "leave": {**PANEL, "url": None, "told": True}},
        ),
        "away": a_view("scoring", 4, attempts=[attempt(1)], prompt=PROMPTS[0], away=True),
        "away at a step": a_view(page="consent", step={"name": "consent"}, away=True),
    }


class Task:
    """The page under test, and the kernel's part played by the test. widget: its module, without the ending."""

    def __init__(self, page: Page, widget: str = "look_alike") -> None:
        self.page = page
        self.widget = widget
        self.served = True  # whether the server answers its health check
        self.view: Json = {}
        page.route(f"{ORIGIN}**", self._answer)

    def _answer(self, route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if name == "health":
            route.fulfill(body="ok") if self.served else route.abort()
        elif name.startswith("image/"):
            route.fulfill(body=picture(name), content_type="image/webp")
        elif name in PAGES:
            text = PAGES[name].read_text() if isinstance(PAGES[name], Path) else str(PAGES[name])
            route.fulfill(body=text, content_type=TYPES[Path(name).suffix])
        elif name.startswith("page/") and (file := PAGE / name.removeprefix("page/")).is_file():  # a module alone
            route.fulfill(body=file.read_text(), content_type=TYPES[file.suffix])
        else:
            route.fulfill(status=404)

    def open(
        self, view: Json, form: Json | None = None, *, changes: Json | None = None, health: str | None = None
    ) -> "Task":
        """Open the page with this view; health: the URL that the page's template sets under Voilà."""
        self.page.goto(f"{ORIGIN}harness.html?widget={self.widget}")
        self.page.wait_for_function("window.ready")
        if health:
            self.page.evaluate("url => document.documentElement.dataset.imgloopHealth = url", health)
        self.page.evaluate("form => model.put('form', form)", form or small_form())
        self.change(changes or {"shown": {}, "added": []})
        self.show(view)
        self.page.evaluate("draw()")
        return self

    def show(self, view: Json) -> None:
        """Set the kernel's picture of the session."""
        self.view = copy.deepcopy(view)
        self.page.evaluate("view => { model.remaining_s = view.remaining_s; model.put('view', view); }", self.view)

    def change(self, changes: Json) -> None:
        """Set what triggers have added, shown and hidden."""
        self.page.evaluate("changes => model.put('changes', changes)", changes)

    def tell(self, kind: str, **message: Any) -> None:
        """Send the page a message."""
        self.page.evaluate("message => model.message(message)", {"kind": kind, **message})

    def preview(self, seq: int) -> None:
        """Send the page a picture of how the image of this state looks so far."""
        send = (
            "async seq => model.message({ kind: 'preview', seq }, [await (await fetch('image/preview')).arrayBuffer()])"
        )
        self.page.evaluate(send, seq)

    def focused(self) -> str:
        """The name or the text of what has the focus."""
        text: str = self.page.evaluate("document.activeElement.name || document.activeElement.innerText")
        return text

    def sent(self, kind: str) -> list[Json]:
        """The messages of this kind that the page has sent so far."""
        messages: list[Json] = self.page.evaluate("kind => model.sent.filter(m => m.kind === kind)", kind)
        return messages

    def command(self, number: int = 1) -> Json:
        """The page's latest command, once there are `number` of them."""
        self.page.wait_for_function("n => model.sent.filter(m => m.kind === 'command').length >= n", arg=number)
        return self.sent("command")[-1]

    def refuse(self, message: str, problems: dict[str, str] | None = None) -> None:
        """Refuse the latest command."""
        answer = {
            "kind": "result",
            "id": self.command()["id"],
            "ok": False,
            "message": message,
            "problems": problems or {},
        }
        self.page.evaluate("answer => model.message(answer)", answer)

    def accept(self) -> None:
        """Accept the latest command; the new view is set apart from that, with `show`."""
        self.page.evaluate("id => model.message({ kind: 'result', id, ok: true })", self.command()["id"])


@pytest.fixture
def new_task(browser: Browser) -> Iterator[Callable[..., Task]]:
    """Make a page with options of a browser context (viewport, color_scheme, …); errors in it fail the test."""
    contexts, errors = [], []

    def make(width: int = 1280, height: int = 800, widget: str = "look_alike", **options: Any) -> Task:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return Task(page, widget)

    yield make
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def task(new_task: Callable[..., Task]) -> Task:
    return new_task()


@pytest.fixture
def sheet(new_task: Callable[..., Task]) -> Task:
    return new_task(widget="form")


@pytest.fixture(scope="session")
def views() -> dict[str, Json]:
    return all_views()


@pytest.fixture
def form() -> Json:
    return small_form()
