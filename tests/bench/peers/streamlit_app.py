"""The loop in Streamlit."""

from itertools import count

import streamlit
from PIL import Image


@streamlit.cache_resource
def numbers() -> "count[int]":
    """Count images of all sessions."""
    return count()


state = streamlit.session_state
streamlit.image(Image.new("RGB", (512, 512), "orange"), caption="Target")
score = streamlit.radio("Score", range(1, 11), horizontal=True)
prompt = streamlit.text_area("Prompt")
if streamlit.button("Start"):
    state.attempts = [*state.get("attempts", []), (prompt, score)]
    state.image = Image.new("RGB", (512, 512), (next(numbers()) * 37 % 256, 128, 128))
if "image" in state:
    streamlit.image(state.image, caption="Yours")
    streamlit.write(f"Attempt {len(state.attempts)}: how close is it?")
