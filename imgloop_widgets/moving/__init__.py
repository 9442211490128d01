"""Studies that move: packed as one archive, unpacked into another store, backed up and restored."""

from imgloop_widgets.moving.archive import Archive, Manifest, verify
from imgloop_widgets.moving.packing import Packed, back_up, pack
from imgloop_widgets.moving.unpacking import Plan, plan, restore, unpack, unpacked

__all__ = [
    "Archive",
    "Manifest",
    "Packed",
    "Plan",
    "back_up",
    "pack",
    "plan",
    "restore",
    "unpack",
    "unpacked",
    "verify",
]
