"""What a page shows: render a state, dispatch a command. No rule of the loop is in here."""

from imgloop_widgets.widgets.form import Form, UploadedFile
from imgloop_widgets.widgets.judge import Judge
from imgloop_widgets.widgets.look_alike import LookAlike
from imgloop_widgets.widgets.notice import Notice

__all__ = ["Form", "Judge", "LookAlike", "Notice", "UploadedFile"]
