"""What a study file gets wrong about its panel, before anybody is sent anywhere."""

import re
from collections.abc import Iterator

from imgloop_widgets.errors import Problem
from imgloop_widgets.panel_table import PanelTable
from imgloop_widgets.panels.addresses import placeholders, wrong_address
from imgloop_widgets.panels.table import PANELS, Panel, panel_of

_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_CODE = re.compile(r"[A-Za-z0-9_-]{4,64}")
_NAME = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?"
_HOST = re.compile(rf"(\*\.)?{_NAME}")
_ORIGIN = re.compile(rf"https?://(\*\.)?{_NAME}")

CREDIT = "credit_token="
"""What SONA's two completion URLs have in them; each of them grants the credit."""

OWN = ("code", "worker", "outcome")
"""Placeholders that every address may have."""


def panel_problems(file: str, access: str, table: PanelTable) -> list[Problem]:
    """Return all mistakes in [panel]. file: the study file's name."""
    panel = panel_of(access, table)
    place = f"{file}: panel"
    if panel is None:
        if table == PanelTable():
            return []
        names = ", ".join(PANELS)
        return [Problem(place, f"has no effect with access = {access!r}; leave it out, or choose one of {names}")]
    problems = [Problem(f"{place}.{where}", what) for where, what in _malformed(table)]
    twice = [outcome for outcome, code in table.codes.items() if list(table.codes.values()).count(code) > 1]
    if twice:
        what = f"must differ, or the panel can't tell the outcomes apart; not the same for {' and '.join(twice)}"
        problems.append(Problem(f"{place}.codes", what))
    if panel.posts is not None:
        what = f"can't be chosen with {access}: a form is posted to the panel's own hosts; leave it out"
        changed = [name for name in ("addresses", "calls", "hosts") if getattr(table, name)]
        return problems + [Problem(f"{place}.{name}", what) for name in changed]
    for name, addresses in (("addresses", panel.addresses), ("calls", panel.calls)):
        for outcome, address in addresses.items():
            if wrong := _wrong(panel, address):
                problems.append(Problem(f"{place}.{name}.{outcome}", wrong))
    for outcome, call in panel.calls.items():
        if CREDIT in call and CREDIT in panel.addresses.get(outcome, ""):
            what = f"and addresses.{outcome} would both grant the credit; leave one of them out"
            problems.append(Problem(f"{place}.calls.{outcome}", what))
    if access == "generic" and table.worker is None:
        problems.append(Problem(f"{place}.worker", "is missing; name the parameter of the link that names the worker"))
    return problems


def _malformed(table: PanelTable) -> Iterator[tuple[str, str]]:
    """Yield place and mistake of every value that is none of its kind."""
    names = [("worker", table.worker)] if table.worker is not None else []
    names += [(f"keep[{index}]", name) for index, name in enumerate(table.keep)]
    for where, name in names:
        if not _PARAMETER.fullmatch(name) or (where != "worker" and name in OWN):
            yield where, f"must be a parameter's name (a letter, then letters, digits and '_'); not {name!r}"
    for outcome, code in table.codes.items():
        if not _CODE.fullmatch(code):
            yield f"codes.{outcome}", f"must have 4 to 64 letters, digits, '_' and '-'; not {code!r}"
    for index, host in enumerate(table.hosts):
        if not _HOST.fullmatch(host):
            yield f"hosts[{index}]", f"must be like panel.example or *.panel.example; not {host!r}"
    for index, origin in enumerate(table.frames):
        if not _ORIGIN.fullmatch(origin):
            yield f"frames[{index}]", f"must be like https://panel.example, without a path; not {origin!r}"


def _wrong(panel: Panel, address: str) -> str:
    known = [*OWN, *panel.keep]
    strange = [name for name in placeholders(address) if name not in known]
    if strange:
        return f"{{{strange[0]}}} is not known; possible: {', '.join(f'{{{name}}}' for name in known)}"
    return wrong_address(address, panel.hosts)
