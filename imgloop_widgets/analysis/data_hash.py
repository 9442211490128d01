"""The hash of all that a report has read: two reports whose numbers differ because their data differ state another.

    events of the sessions, or all tables of files ──────▶ what it begins with
    each table that is not made of these events ─────────┐
    each other file, each other reading of the store ────┴──▶ counted when it is read

Nothing is read only to be hashed: a report that never looks at ratings states the same whatever was rated. A table
without a row counts as one that is not there. Neither the order of the rows nor the kind of database matters.
"""

import hashlib

import numpy as np
import pandas as pd

OF_EVENTS = frozenset({"participants", "sessions", "attempts", "generations", "steps", "events"})
"""Tables that are made of the events alone."""


class DataHash:
    """Grows with what is read. first: sha256 (hex) of what is read in any case.

    whole: whether that covers all tables, and not only `OF_EVENTS`.
    """

    def __init__(self, first: str, *, whole: bool = False) -> None:
        self._first, self._whole, self._more = first, whole, dict[str, str]()

    def add_table(self, name: str, frame: pd.DataFrame) -> None:
        """Count a table of the codebook, as it was read."""
        if len(frame) and not self._whole and name not in OF_EVENTS:
            self.add(name, table_hash(frame))

    def add(self, name: str, digest: str) -> None:
        """Count something else that was read. digest: of it; what the hash begins with is not counted twice."""
        if digest != self._first:
            self._more[name] = digest

    def __str__(self) -> str:
        """Return the sha256 (hex) of all that was read so far."""
        if not self._more:
            return self._first
        lines = [self._first, *(f"{name} {digest}" for name, digest in sorted(self._more.items()))]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def table_hash(frame: pd.DataFrame) -> str:
    """Return the sha256 (hex) over one number for each row, which is made of all its values.

    In: columns of text, numbers or moments; no mappings. Their names count too.
    """
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy().astype("<u8")
    return hashlib.sha256("\n".join([*map(str, frame.columns), ""]).encode() + np.sort(rows).tobytes()).hexdigest()
