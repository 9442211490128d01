"""CLIP: the cosine of two images' embeddings, by open_clip. Its weights are a file of yours.

[[arm]]
scorer = "clip"
scorer_options = { path = "/models/ViT-B-32.pt", model = "ViT-B-32" }
"""

import functools
import hashlib
from pathlib import Path
from typing import Any

from PIL import Image

from imgloop_widgets.scorers.contract import Scorer, needed, weights

KEPT = 256
"""Embeddings that are kept, for a study has few targets and compares them again and again."""


def clip(path: object = None, model: str = "ViT-B-32", device: str = "cpu") -> Scorer:
    """The cosine of the two images' embeddings; -1 to 1, more is better.

    path: of a checkpoint of open_clip for this model. model: as `open_clip.list_models()` names it. device: as torch
    names it.
    """
    file = weights(path, "clip", "a checkpoint of open_clip")
    open_clip = needed("open_clip", "clip", "open_clip_torch")
    torch = needed("torch", "clip", "torch")
    if model not in open_clip.list_models():
        raise ValueError(f"the scorer 'clip': open_clip has no model {model!r}; open_clip.list_models() names them")
    net, _, prepared = open_clip.create_model_and_transforms(model, pretrained=str(file), device=device)
    net.eval()

    def embedded(image: Image.Image) -> Any:
        with torch.no_grad():
            found = net.encode_image(prepared(image)[None].to(device))[0].float()
            return (found / found.norm()).cpu()

    embedding = remembered(embedded)

    def measure(image: Image.Image, target: Image.Image) -> float:
        return max(-1.0, min(1.0, float(embedding(image) @ embedding(target))))

    return Scorer(name="clip", version=f"{model}-{fingerprint(file)}", measure=measure, range=(-1.0, 1.0))


def remembered(embedded: Any) -> Any:
    """Return the function of an image with the latest `KEPT` of its results kept."""
    images: dict[str, Image.Image] = {}

    @functools.lru_cache(KEPT)
    def of(name: str) -> Any:
        return embedded(images[name])

    def look(image: Image.Image) -> Any:
        name = hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
        images[name] = image
        try:
            return of(name)
        finally:
            images.pop(name, None)

    return look


def fingerprint(path: Path) -> str:
    """Return 12 hex digits that tell these weights from others: of the file's sha256, or of all names in a folder."""
    digest = hashlib.sha256()
    if path.is_file():
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()[:12]
    for file in sorted(path.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(path).as_posix()} {file.stat().st_size}\n".encode())
    return digest.hexdigest()[:12]
