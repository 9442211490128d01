"""Start a server as a researcher's command would, for the tests: `launch.py NOTEBOOK '{"port": 0, …}'`.

`constants` in the settings shorten the times that a test would otherwise wait for. Prints one line of JSON when ready.
"""

import json
import logging
import sys
import time
from pathlib import Path

from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.serving import app, channel, kernels, listening, pace, pulse, shell

logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
notebook, settings = Path(sys.argv[1]), json.loads(sys.argv[2])
for name, value in settings.pop("constants", {}).items():
    homes = {"IDLE_S": kernels, "CULL_EVERY_S": kernels, "START_LIMIT_S": shell}
    homes |= {"SILENT_S": channel, "LOOKED_EVERY_S": channel, "MOST_UNSENT": channel, "HEAD_S": listening}
    homes |= {"VOUCHED_S": pulse}
    module = {**homes, "MESSAGES": pace, "FIRST_MESSAGES": pace}[name]
    setattr(module, name, value)
if "results" in settings:
    settings["results"] = Path(settings["results"])
if "touch" in settings:
    touched = Path(settings.pop("touch"))
    settings["every"] = [(0.1, lambda: touched.write_text(f"{time.time()}")), (0.1, lambda: 1 / 0)]
for name in ("frame_ancestors", "form_targets", "origins", "preload"):
    settings[name] = tuple(settings.get(name, ()))
try:
    app.serve(notebook, on_ready=lambda url: print(json.dumps({"url": url}), flush=True), **settings)
except ImgloopError as error:
    sys.exit(f"error: {error}")
