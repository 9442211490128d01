"""LPIPS (Zhang, Isola, Efros, Shechtman and Wang 2018): a distance in the layers of a network, weighed by people's
judgements. The weighing comes with the package `lpips`, the network is a file of yours.
"""

from typing import Any

from PIL import Image

from imgloop_widgets.scorers.clip import fingerprint
from imgloop_widgets.scorers.contract import Scorer, needed, one_size, weights

SMALLEST = 64
"""Pixels on a side that the networks need."""


def lpips(path: object = None, net: str = "alex", device: str = "cpu") -> Scorer:
    """The distance of two images; from 0, less is better.

    path: of torchvision's weights of the network on ImageNet, such as alexnet-owt-7be5be79.pth. net: alex, vgg or
    squeeze. device: as torch names it.
    """
    if net not in ("alex", "vgg", "squeeze"):
        raise ValueError(f"the scorer 'lpips': net must be alex, vgg or squeeze; not {net!r}")
    file = weights(path, "lpips", "torchvision's weights of the network")
    package = needed("lpips", "lpips", "lpips")
    torch = needed("torch", "lpips", "torch")
    model = package.LPIPS(net=net, pnet_rand=True, verbose=False)  # not its own way, which downloads the network
    _load(model.net, torch.load(file, map_location="cpu", weights_only=True), str(file))
    model = model.eval().to(device)

    def tensor(image: Image.Image) -> Any:
        import numpy as np

        values = torch.from_numpy(np.array(image, dtype="float32"))
        return (values.permute(2, 0, 1)[None] / 127.5 - 1).to(device)

    def measure(image: Image.Image, target: Image.Image) -> float:
        one, other = one_size(image, target)
        if min(one.size) < SMALLEST:
            raise ValueError(f"LPIPS needs {SMALLEST} pixels on each side; the images have {one.width} x {one.height}")
        with torch.no_grad():
            return max(0.0, float(model(tensor(one), tensor(other)).item()))

    version = f"0.1-{net}-{fingerprint(file)}"
    return Scorer(name="lpips", version=version, measure=measure, higher_is_better=False, range=(0.0, float("inf")))


def _load(net: Any, state: dict[str, Any], file: str) -> None:
    """Put torchvision's weights (features.7.weight) where LPIPS has cut the network into slices (slice3.7.weight)."""
    wanted = {name: f"features.{name.partition('.')[2]}" for name in net.state_dict()}
    lacking = [theirs for theirs in wanted.values() if theirs not in state]
    if lacking:
        raise ValueError(f"the scorer 'lpips': {file} has no {lacking[0]}; it must hold torchvision's weights")
    net.load_state_dict({name: state[theirs] for name, theirs in wanted.items()})
