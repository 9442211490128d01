"""What a study file gets wrong about its panel, before anybody is sent anywhere."""

from imgloop_widgets.errors import Problem
from imgloop_widgets.panel_table import PanelTable
from imgloop_widgets.panels.addresses import placeholders, wrong_address
from imgloop_widgets.panels.table import PANELS, Panel, panel_of

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
    problems: list[Problem] = []
    if panel.posts is not None:
        what = f"can't be chosen with {access}: a form is posted to the panel's own hosts; leave it out"
        changed = [name for name in ("addresses", "hosts") if getattr(table, name)]
        return [Problem(f"{place}.{name}", what) for name in changed]
    for outcome, address in panel.addresses.items():
        if wrong := _wrong(panel, address):
            problems.append(Problem(f"{place}.addresses.{outcome}", wrong))
    twice = [outcome for outcome, code in table.codes.items() if list(table.codes.values()).count(code) > 1]
    if twice:
        what = f"must differ, or the panel can't tell the outcomes apart; not the same for {' and '.join(twice)}"
        problems.append(Problem(f"{place}.codes", what))
    if access == "generic" and table.worker is None:
        problems.append(Problem(f"{place}.worker", "is missing; name the parameter of the link that names the worker"))
    return problems


def _wrong(panel: Panel, address: str) -> str:
    known = [*OWN, *panel.keep]
    strange = [name for name in placeholders(address) if name not in known]
    if strange:
        return f"{{{strange[0]}}} is not known; possible: {', '.join(f'{{{name}}}' for name in known)}"
    return wrong_address(address, panel.hosts)
