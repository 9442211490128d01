"""What a worker reads where an answer can't be taken. The page gets these very words, so both say the same.

{n}, {now}: numbers. {names}: a list.
"""

import re

from imgloop_widgets.forms.values import option_key

WORDS: dict[str, str] = {
    "required": "Please fill in this field.",
    "required_choice": "Please choose an answer.",
    "required_choices": "Please choose at least one.",
    "required_file": "Please choose a file.",
    "not_text": "Please write text here.",
    "not_storable": "This has characters that can't be stored; please type it again.",
    "not_number": "Please write a number.",
    "not_email": "Please write an e-mail address, such as name@example.org.",
    "not_date": "Please give a day, such as 2026-01-31.",
    "not_listed": "Please choose an answer from the list.",
    "not_file": "Please choose the file again.",
    "too_long_text": "Please write at most {n} characters (now {now}).",
    "min_length": "Please write at least {n} characters (now {now}).",
    "min_length_one": "Please write at least 1 character (now {now}).",
    "max_length": "Please write at most {n} characters (now {now}).",
    "max_length_one": "Please write at most 1 character (now {now}).",
    "min_choices": "Please choose at least {n} (now {now}).",
    "max_choices": "Please choose at most {n} (now {now}).",
    "regexp": "This is not in the expected form.",
    "file_extension": "Please choose a file that ends with {names}.",
    "too_large_file": "Please choose a file of at most {n} MiB.",
    "at_least": "Please give a number of at least {n}.",
    "at_most": "Please give a number of at most {n}.",
    "step": "Please give a number in steps of {n}.",
    "not_before": "Please give a day that is not before {n}.",
    "not_after": "Please give a day that is not after {n}.",
    "rank_all": "Please rank all of them.",
    "problems_one": "Please look at the marked answer.",
    "problems_many": "Please look at the {n} marked answers.",
}


def say(key: str, **values: int | float | str) -> str:
    """Return the words with their places filled; numbers get commas between thousands."""
    return WORDS[key].format(**{k: v if isinstance(v, str) else number_text(v) for k, v in values.items()})


def number_text(value: int | float) -> str:
    """Return a number as the page writes it: 1,200 and 0.25."""
    whole, dot, rest = option_key(value).partition(".")
    return re.sub(r"\B(?=(\d{3})+$)", ",", whole) + dot + rest
