"""What a field holds, offers and allows must go together: initial values, options, lengths, bounds."""

from collections.abc import Iterator, Sequence
from typing import Any

from imgloop_widgets.forms.functions import Functions
from imgloop_widgets.forms.items import Item
from imgloop_widgets.forms.mistakes import Mistake, did_you_mean, show
from imgloop_widgets.forms.values import SMALLEST_STEP, is_day, is_number, on_step, option_key

_ONE_CHOICE = ("radio", "select")


def _is_multiple(item: Item) -> bool:
    return item.kind in ("checkbox", "ranking") or (item.kind == "select" and item.values.get("multiple") is True)


def check_lengths(found: Sequence[Item], functions: Functions) -> Iterator[Mistake]:
    """Yield lengths that exclude each other, that nothing can reach, or that a single choice has no use for."""
    for item in found:
        validators = item.values.get("validators")
        if item.level != "fields" or not isinstance(validators, dict):
            continue
        least, most = (_whole(validators.get(name)) for name in ("minLength", "maxLength"))
        options = item.values.get("options")
        path = (*item.path, "validators", "minLength")
        if least is not None and most is not None and least > most:
            yield Mistake(path, f"{least} is above `maxLength`, which is {most}")
        elif least is not None and _is_multiple(item) and isinstance(options, list) and least > len(options):
            yield Mistake(path, f"{least} is above the number of options, which is {len(options)}")
        if item.kind == "select" and not _is_multiple(item):
            for name in ("minLength", "maxLength"):
                if name in validators:
                    yield Mistake((*item.path, "validators", name), f"`{name}` needs a select with `multiple`: true")


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def check_options(found: Sequence[Item], functions: Functions) -> Iterator[Mistake]:
    """Yield options that can't be told apart, more than one `checked` in a single choice, and values of no option."""
    for item in found:
        options = item.values.get("options")
        if item.level != "fields" or not isinstance(options, list):
            continue
        # Compared as text: on a page, 1 and "1" can't be told apart.
        first: dict[str, int] = {}
        checked: list[int] = []
        for k, option in enumerate(options):
            if not isinstance(option, dict) or not isinstance(option.get("value"), str | int | float):
                continue
            path, text = (*item.path, "options", k), option_key(option["value"])
            if text in first:
                what = f"{show(option['value'])} is the value of option {first[text] + 1} too; choose another"
                yield Mistake((*path, "value"), what)
            else:
                first[text] = k
            if option.get("checked") is True:
                checked.append(k)
        yield from _checked(item, checked)
        if "value" in item.values and first:
            for value in _chosen(item.values["value"]):
                if value != "" and not any(_same(value, o.get("value")) for o in options if isinstance(o, dict)):
                    yield Mistake((*item.path, "value"), f"must be one of the values of its options; not {show(value)}")


def _checked(item: Item, checked: list[int]) -> Iterator[Mistake]:
    for k in checked:
        path = (*item.path, "options", k, "checked")
        if item.kind == "ranking":
            yield Mistake(path, "has no effect in a ranking; remove it, or give the order in `value`")
        elif item.values.get("value") not in (None, "", {}, []):
            yield Mistake(path, "the field has a `value` too; give one of the two")
        elif k != checked[0] and item.kind in _ONE_CHOICE and not _is_multiple(item):
            yield Mistake(path, f"option {checked[0] + 1} is checked already; only one can be")


def _chosen(value: object) -> list[object]:
    match value:
        case list():
            return value
        case dict():
            return []
    return [value]


def _same(one: object, other: object) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def check_values(found: Sequence[Item], functions: Functions) -> Iterator[Mistake]:
    """Yield initial values that the field can't hold."""
    for item in found:
        if item.level == "fields" and item.values.get("value", "") != "":
            for text, *rest in _value(item, item.values["value"]):
                yield Mistake((*item.path, "value", *rest), text)


def _value(item: Item, value: Any) -> Iterator[tuple[str, *tuple[str, ...]]]:
    match item.kind:
        case "select" if item.values.get("multiple") is True and not isinstance(value, list):
            yield (f"must be a list, since `multiple` is true; not {show(value)}",)
        case "select" if item.values.get("multiple") is not True and isinstance(value, list | dict):
            yield (f"must be the value of one option; not {show(value)}",)
        case "ranking" | "select" if isinstance(value, list) and _has_twins(value):
            yield ("must name each option once",)
        case "checkbox" if isinstance(value, dict):
            options = item.values.get("options")
            options = options if isinstance(options, list) else []
            known = {option_key(o["value"]) for o in options if isinstance(o, dict) and _plain(o.get("value"))}
            for name in value:
                if name not in known:
                    yield f"is the value of no option{did_you_mean(name, known)}", name
        case "number" | "slider" | "rating" | "date":
            yield from _within(item, value)


def _has_twins(values: list[Any]) -> bool:
    keys = [option_key(value) for value in values if _plain(value)]
    return len(set(keys)) < len(keys)


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _within(item: Item, value: Any) -> Iterator[tuple[str]]:
    defaults = {"slider": (0, 100), "rating": (1, 5)}.get(item.kind, (None, None))
    low, high = (item.values.get(name, default) for name, default in zip(("min", "max"), defaults, strict=True))
    fits = is_day if item.kind == "date" else is_number
    if not fits(value) or not all(fits(bound) for bound in (low, high) if bound is not None):
        return  # of another type: told by the schema
    if low is not None and value < low:
        yield (f"{show(value)} is below `min`, which is {low}",)
    elif high is not None and value > high:
        yield (f"{show(value)} is above `max`, which is {high}",)
    elif item.kind == "rating" and value != int(value):
        yield (f"must be a whole number; not {show(value)}",)
    elif item.kind in ("number", "slider"):
        step = item.values.get("step", 1 if item.kind == "slider" else None)
        if is_number(step) and step >= SMALLEST_STEP and not on_step(value, low, step):
            yield (f"{show(value)} is not a whole number of steps of {show(step)} from {show(low or 0)}",)
