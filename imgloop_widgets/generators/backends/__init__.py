"""Models that run elsewhere or are too large for this package, each behind the contract of a generator.

| name in the study file | module | extra |
| --- | --- | --- |
| `hugging_face` | `hugging_face` | huggingface |
| `openai_images` | `openai_images` | openai |
| `comfyui` | `comfyui` | comfyui |
| `diffusers` | `diffusers_local` | diffusers |

`chat_reviser` is no generator: a language model that rewrites prompts before they are sent (`revising.NAMED`).

What a service answers becomes a `GenerationError` in one place for all of them, `answers.py`; how it is asked, with the
deadline, a limit on the size of an answer and the key kept out of every text, in `calls.py` and `keys.py`. The clients'
own retries are off: one place retries, and it is not here.

To add one: a module with a class that has `name`, `version`, `settings` and `price`; a line in `named.NAMED` and an
extra in pyproject.toml; a service of the tests' own beside tests/unit/generators/backends/service.py. The conformance
suite then asks of it what it asks of all.
"""
