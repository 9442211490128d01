"""The loop in Gradio: `gradio_app.py PORT`."""

import sys
from itertools import count

import gradio
from PIL import Image

numbers = count()


def attempt(prompt: str, score: str | None, attempts: list[tuple[str, str | None]]) -> tuple[object, ...]:
    """Return the image, the attempts, and what is asked next."""
    attempts = [*attempts, (prompt, score)]
    image = Image.new("RGB", (512, 512), (next(numbers) * 37 % 256, 128, 128))
    return image, attempts, f"Attempt {len(attempts)}: how close is it?"


with gradio.Blocks(title="Look-alike images") as page:
    attempts = gradio.State([])
    gradio.Image(Image.new("RGB", (512, 512), "orange"), label="Target")
    image, asked = gradio.Image(label="Yours"), gradio.Markdown()
    score = gradio.Radio([str(number) for number in range(1, 11)], label="Score")
    prompt = gradio.Textbox(label="Prompt", lines=3)
    gradio.Button("Start").click(attempt, [prompt, score, attempts], [image, attempts, asked])

page.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)
