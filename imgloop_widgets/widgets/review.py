"""`Review`: the page on which a reviewer looks at finished units and decides about them.

What it shares with the monitor stands in `researcher`.

    view                               all units: filters, a list, histograms
    unit                               the one that is open: all that there is of it
    choose, open, close                what is looked at; of this page alone
    decide, undo                       →  `reviewing.Desk`  →  `result`
    image (message with an id)         →  the image's bytes

A decision names the versions of the units that its reviewer saw. The units that one goes through (`next`, `previous`)
are those that were chosen when the first was opened: who decides about a unit does not lose the place in the list.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

import traitlets

from imgloop_widgets.decisions import VERDICTS, By, Wish, code_of
from imgloop_widgets.errors import ConfigurationError, Refused, StoreError
from imgloop_widgets.library import Library, Target
from imgloop_widgets.qualifying import NAME, Value, blocked_in, typed_value
from imgloop_widgets.reviewing import SIGNALS, SORTS, Choice, Desk, Labels, chosen
from imgloop_widgets.reviewing.choosing import STANDS
from imgloop_widgets.reviewing.timeline import VERBS
from imgloop_widgets.store import Store
from imgloop_widgets.widgets.bundle import page_script, page_style
from imgloop_widgets.widgets.researcher import OUT_OF_ORDER, ResearcherPage
from imgloop_widgets.widgets.review_view import images_of, list_json, unit_json

LONGEST = {"note": 2000, "message": 4000}
"""Characters of what is written with a decision."""

MOST_BONUS = Decimal(1000)
MOST_UNITS = 1000


class Review(ResearcherPage):
    """The page of one study.

    library: where its targets are. labels: what its fields are called. title: of the page. currency: of bonuses. who:
    is kept with all that is decided here. clock: UTC. allowed: raises Refused once the link does not hold any more.
    """

    _esm = page_script("review.js")
    _css = page_style("review.css")
    unit = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        store: Store,
        study: str,
        library: Library,
        *,
        labels: Labels,
        title: str,
        who: str,
        clock: Callable[[], datetime],
        currency: str = "USD",
        allowed: Callable[[], object] = lambda: None,
    ) -> None:
        self._store, self._study, self._library = store, study, library
        self._labels, self._title, self._currency = labels, title, currency
        self._desk = Desk(store=store, study=study)
        self._others = [[name, number] for name, number in store.studies().items() if name != study]
        self._choice, self._page = Choice(), 0
        self._order: list[str] = []
        self._open = ""
        self._images: set[str] = set()
        super().__init__(who=who, clock=clock, allowed=allowed)

    def look(self) -> None:
        """Look at the store, and draw the list and the open unit."""
        view = self._seen()
        with self.hold_sync():
            self.unit = {} if "over" in view else self._unit_picture()
            self.view = view

    def _picture(self) -> dict[str, Any]:
        self._desk.look()
        found = chosen(self._desk.works.values(), self._desk.standings, self._choice)
        view = list_json(self._desk, self._choice, found, self._page, self._labels, self._title, self._currency)
        return {**view, "who": self._who, "block_in": blocked_in(self._study), "other_studies": self._others}

    def _unit_picture(self) -> dict[str, Any]:
        if self._open not in self._desk.works:
            return {}
        unit = self._desk.unit(self._open)
        target = self._target(unit.work.target)
        self._images = images_of(unit)
        about = None
        if target is not None:
            width, height = target.size
            about = {"image": f"t-{target.id}", "alt": target.alt, "width": width, "height": height}
        return unit_json(unit, self._desk, self._labels, about, self._order)

    def _target(self, name: str) -> Target | None:
        try:
            return self._library.target(name)
        except ConfigurationError:  # it was taken out of targets.toml since
            return None

    def _asked(self, content: Mapping[str, Any]) -> None:
        match content:
            case {"kind": "image", "id": str(name)} if name[:2] == "i-" and name[2:] in self._images:
                try:
                    data = self._store.get_image(name[2:])
                except StoreError:  # an image that is gone: the page shows that there is none
                    data = b""
                self.send({"kind": "image", "id": name, "gone": not data}, [data])
            case {"kind": "image", "id": str(name)} if name[:2] == "t-":
                target = self._target(name[2:])
                if target is not None:
                    self.send({"kind": "image", "id": name}, [target.file.read_bytes()])

    # ------------------------------------------------------------ commands

    def _done(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        name = content.get("name")
        command = self._COMMANDS.get(name) if isinstance(name, str) else None
        if command is None:
            raise Refused(OUT_OF_ORDER)
        return command(self, content)

    def _choose(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        choice, page = choice_of(content.get("choice")), content.get("page", 0)
        if choice is None or not _is_count(page):
            raise Refused(OUT_OF_ORDER)
        self._choice, self._page = choice, page
        return {"message": ""}

    def _open_unit(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        name = content.get("unit")
        self._desk.look()
        if not isinstance(name, str) or name not in self._desk.works:
            raise Refused("There is no such unit, or somebody is still at it.")
        if not self._open or name not in self._order:
            found = chosen(self._desk.works.values(), self._desk.standings, self._choice)
            self._order = [work.session_id for work in found]
        self._open = name
        return {"message": f"Unit {code_of(name)}."}

    def _close(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        self._open, self._order = "", []
        return {"message": ""}

    def _decide(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        seen, wish = seen_of(content.get("seen")), self._wish(content)
        by = self._by()
        rows = self._desk.decide(wish, seen, by)
        first = code_of(next(iter(seen)))
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        said = f"{first}{more} {'is' if len(rows) == 1 else 'are'} {VERBS[wish.verdict]}."
        return {"message": said, "act": by.act, "seen": {row.session_id: row.number for row in rows}}

    def _undo(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        act = content.get("act")
        if not isinstance(act, str):
            raise Refused(OUT_OF_ORDER)
        self._desk.look()
        rows = self._desk.undo(act, seen_of(content.get("seen")), self._by())
        codes = ", ".join(code_of(row.session_id) for row in rows[:3]) + (" …" if len(rows) > 3 else "")
        return {"message": f"Taken back: {codes}.", "seen": {row.session_id: row.number for row in rows}}

    _COMMANDS: ClassVar[dict[str, Callable[[Any, Mapping[str, Any]], Mapping[str, Any]]]] = {
        "choose": _choose,
        "open": _open_unit,
        "close": _close,
        "decide": _decide,
        "undo": _undo,
    }

    def _by(self) -> By:
        return By(who=self._who, at=self._clock(), act=secrets.token_hex(8))

    def _wish(self, content: Mapping[str, Any]) -> Wish:
        verdict, give, take = content.get("verdict"), content.get("give", {}), content.get("take", [])
        texts = {name: content.get(name, "") for name in LONGEST}
        if verdict not in VERDICTS or not isinstance(give, dict) or not isinstance(take, list):
            raise Refused(OUT_OF_ORDER)
        for name, text in texts.items():
            if not isinstance(text, str):
                raise Refused(OUT_OF_ORDER)
            if len(text) > LONGEST[name]:
                raise Refused(f"The {name} may have at most {LONGEST[name]} characters; it has {len(text)}.")
        return Wish(
            verdict=verdict,
            bonus=bonus_of(content.get("bonus", "")),
            give={self._name(name): value_of(value) for name, value in give.items()},
            take=tuple(self._name(name) for name in take),
            **texts,
        )

    def _name(self, name: object) -> str:
        """Return the name of a qualification. Raises: Refused: it is none."""
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise Refused(
                f"A qualification may have up to 64 letters, digits, '_', '.' and '-', no sign first; not {name!r}."
            )
        return name


def choice_of(given: object) -> Choice | None:
    """Return what a page asks for; None: it is out of shape."""
    if not isinstance(given, dict):
        return None
    texts = {name: given.get(name, "") for name in ("stands", "arm", "target", "signal", "worker")}
    bounds: dict[str, Any] = {name: given.get(name) for name in ("low", "high")}
    sort = given.get("sort", "oldest")
    if not all(isinstance(text, str) and len(text) <= 200 for text in (*texts.values(), sort)):
        return None
    known = texts["stands"] in ("", *STANDS) and texts["signal"] in ("", "any", *SIGNALS) and sort in SORTS
    if not known or not all(bound is None or _is_count(bound) for bound in bounds.values()):
        return None
    return Choice(**texts, **bounds, sort=sort)


def seen_of(given: object) -> dict[str, int]:
    """Return session → the version that a page saw. Raises: Refused: it is out of shape."""
    if not isinstance(given, dict) or not 0 < len(given) <= MOST_UNITS or not all(map(_is_count, given.values())):
        raise Refused(OUT_OF_ORDER)
    return given


def bonus_of(given: object) -> Decimal:
    """Return a bonus as it was typed; "": none. Raises: Refused: it is none."""
    text = given.strip().replace(",", ".") if isinstance(given, str) else "?"
    try:
        bonus = Decimal(text or "0")
    except InvalidOperation:
        bonus = Decimal(-1)
    if not bonus.is_finite() or not 0 <= bonus <= MOST_BONUS or bonus != round(bonus, 2):
        raise Refused(f"The bonus must be a number from 0 to {MOST_BONUS} with at most two decimals; not {text!r}.")
    return round(bonus, 2)


def value_of(given: object) -> Value:
    """Return the value of a qualification as it was typed. Raises: Refused: it is none."""
    text = str(given).strip() if isinstance(given, str | int | float) and not isinstance(given, bool) else ""
    if not 0 < len(text) <= 200:
        raise Refused("The value of a qualification must be 1 to 200 characters.")
    return typed_value(text)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
