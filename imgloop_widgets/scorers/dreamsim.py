"""DreamSim (Fu, Tamir, Sundaram, Chai, Zhang, Dekel and Isola 2023): a distance that was fitted to what people see as
alike. It is what the study of steerability scored with. Its weights are a folder of yours: what its own download
unpacks, and for the kinds with "dino" in their name torch.hub's copy of the network too.
"""

import contextlib
import io
from typing import Any

from PIL import Image

from imgloop_widgets.scorers.clip import fingerprint, remembered
from imgloop_widgets.scorers.contract import Scorer, needed, weights

NEEDED: dict[str, tuple[str, ...]] = {
    "ensemble": (
        "dino_vitb16_pretrain.pth",
        "open_clip_vitb16_pretrain.pth.tar",
        "clip_vitb16_pretrain.pth.tar",
        "ensemble_lora",
        "facebookresearch_dino_main",
    ),
    "dino_vitb16": ("dino_vitb16_pretrain.pth", "dino_vitb16_single_lora", "facebookresearch_dino_main"),
    "dinov2_vitb14": ("dinov2_vitb14_pretrain.pth", "dinov2_vitb14_single_lora", "facebookresearch_dinov2_main"),
    "open_clip_vitb32": ("open_clip_vitb32_pretrain.pth.tar", "open_clip_vitb32_single_lora"),
    "clip_vitb32": ("clip_vitb32_pretrain.pth.tar", "clip_vitb32_single_lora"),
    "synclr_vitb16": ("synclr_vit_b_16.pth", "synclr_vitb16_single_lora"),
}
"""Kind → what must be in the folder, else the package would download it."""


def dreamsim(path: object = None, kind: str = "ensemble", device: str = "cpu") -> Scorer:
    """The distance of two images; 0 to 2, less is better.

    path: of the folder with the weights. kind: one of `NEEDED`. device: as torch names it.
    """
    if kind not in NEEDED:
        raise ValueError(f"the scorer 'dreamsim': kind must be one of {', '.join(NEEDED)}; not {kind!r}")
    folder = weights(path, "dreamsim", "the folder of DreamSim's weights")
    lacking = [name for name in NEEDED[kind] if not (folder / name).exists()]
    if lacking:
        raise ValueError(f"the scorer 'dreamsim': {folder} lacks {', '.join(lacking)}, which {kind!r} needs")
    package = needed("dreamsim", "dreamsim", "dreamsim")
    torch = needed("torch", "dreamsim", "torch")
    with contextlib.redirect_stdout(io.StringIO()):  # it tells where its weights are
        model, prepared = package.dreamsim(
            pretrained=True, device=device, cache_dir=str(folder), dreamsim_type=kind, normalize_embeds=True
        )

    def embedded(image: Image.Image) -> Any:
        with torch.no_grad():
            return model.embed(prepared(image).to(device)).reshape(-1).float().cpu()

    embedding = remembered(embedded)

    def measure(image: Image.Image, target: Image.Image) -> float:
        alike = torch.nn.functional.cosine_similarity(embedding(image), embedding(target), dim=0)
        return max(0.0, 1 - float(alike))

    version = f"0.2-{kind}-{fingerprint(folder)}"
    return Scorer(name="dreamsim", version=version, measure=measure, higher_is_better=False, range=(0.0, 2.0))
