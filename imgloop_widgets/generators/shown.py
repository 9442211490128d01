"""`Shown`: one image, whatever is written. What a gold unit shows whose score is known (`gold_table`)."""

from pathlib import Path

from imgloop_widgets.generators.contract import Context, Generated


class Shown:
    """image: that is shown. target_id: of which target it is, for the record."""

    name = "shown"
    version = "1"
    price = 0.0

    def __init__(self, image: Path, target_id: str) -> None:
        self._image, self._target_id = image, target_id

    def __call__(self, prompt: str, context: Context) -> Generated:
        """Return the image; the prompt plays no part in it."""
        return Generated(image=self._image, parameters={"target": self._target_id})
