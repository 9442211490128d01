"""The loop in Solara."""

import io
from itertools import count

import solara
from PIL import Image

numbers = count()


def painted(colour: object) -> bytes:
    """Return an image of one colour."""
    data = io.BytesIO()
    Image.new("RGB", (512, 512), colour).save(data, "PNG")
    return data.getvalue()


TARGET = painted("orange")


@solara.component
def Page() -> None:  # solara's own name
    """The page."""
    prompt, set_prompt = solara.use_state("")
    score, set_score = solara.use_state(1)
    attempts, set_attempts = solara.use_state([])
    image, set_image = solara.use_state(b"")

    def attempt() -> None:
        set_attempts([*attempts, (prompt, score)])
        set_image(painted((next(numbers) * 37 % 256, 128, 128)))

    solara.Image(TARGET)
    solara.Select("Score", list(range(1, 11)), value=score, on_value=set_score)
    solara.InputTextArea("Prompt", value=prompt, on_value=set_prompt)
    solara.Button("Start", on_click=attempt)
    if image:
        solara.Image(image)
        solara.Text(f"Attempt {len(attempts)}: how close is it?")
