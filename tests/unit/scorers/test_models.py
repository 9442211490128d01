"""The adapters of networks with weights of one's own, beside the packages themselves; where these are installed.

The networks are tiny or of random weights: whether an adapter feeds them rightly shows with any.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.scorers import build, contract

TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}


def installed(name: str) -> Any:
    """Return the package, or skip the test."""
    return pytest.importorskip(name, reason=f"the package {name} is not installed", exc_type=ImportError)


def test_clip_is_the_cosine_of_open_clips_own_embeddings(tmp_path: Path, bear: Image.Image, fox: Image.Image) -> None:
    torch, open_clip = installed("torch"), installed("open_clip")
    (tmp_path / "tiny-for-a-test.json").write_text(json.dumps(TINY))
    open_clip.add_model_config(tmp_path)
    torch.manual_seed(1)
    file = tmp_path / "tiny.pt"
    torch.save(open_clip.create_model("tiny-for-a-test").state_dict(), file)

    scorer = build("clip", path=str(file), model="tiny-for-a-test")

    model, _, prepared = open_clip.create_model_and_transforms("tiny-for-a-test", pretrained=str(file))
    with torch.no_grad():
        one, other = (model.eval().encode_image(prepared(image)[None])[0] for image in (bear, fox))
    expected = float(torch.nn.functional.cosine_similarity(one, other, dim=0))
    assert scorer(bear, fox) == pytest.approx(expected, abs=1e-5)
    assert scorer(fox, bear) == pytest.approx(expected, abs=1e-5)
    assert scorer(bear, bear) == pytest.approx(1, abs=1e-5)
    with pytest.raises(ValueError, match="open_clip has no model 'nope'"):
        build("clip", path=str(file), model="nope")


def test_lpips_is_that_of_its_package_with_the_weights_of_the_file(
    tmp_path: Path, bear: Image.Image, fox: Image.Image
) -> None:
    torch, lpips = installed("torch"), installed("lpips")
    torch.manual_seed(2)
    theirs = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False).eval()
    state = {f"features.{name.partition('.')[2]}": value for name, value in theirs.net.state_dict().items()}
    torch.save(state, tmp_path / "alex.pth")
    torch.save({}, tmp_path / "empty.pth")

    scorer = build("lpips", path=tmp_path / "alex.pth")

    one, other = (torch.from_numpy(np.array(i, "float32")).permute(2, 0, 1)[None] / 127.5 - 1 for i in (bear, fox))
    with torch.no_grad():
        assert scorer(bear, fox) == pytest.approx(float(theirs(one, other)), abs=1e-6)
    assert scorer(bear, bear) == 0
    with pytest.raises(ValueError, match=r"empty.pth has no features.0.weight; it must hold torchvision's weights"):
        build("lpips", path=tmp_path / "empty.pth")
    with pytest.raises(ValueError, match="LPIPS needs 64 pixels on each side"):
        scorer(bear.resize((32, 32)), fox)


@pytest.mark.parametrize("name", ["clip", "lpips"])
def test_a_package_that_is_missing_is_named_with_how_to_install_it(name: str) -> None:
    with pytest.raises(ImgloopError, match=rf"'{name}' needs the package nowhere_at_all.*pip install '?x"):
        contract.needed("nowhere_at_all", name, "x")


def test_a_mistake_within_a_package_is_not_taken_for_its_absence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_there.py").write_text("import something_else_that_is_missing")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="something_else"):
        contract.needed("half_there", "x", "x")


def test_an_embedding_is_computed_once_for_the_same_picture(bear: Image.Image, fox: Image.Image) -> None:
    from imgloop_widgets.scorers.clip import remembered

    seen: list[Image.Image] = []
    look = remembered(lambda image: seen.append(image) or len(seen))
    assert [look(image) for image in (bear, fox, bear.copy(), fox)] == [1, 2, 1, 2]
