"""What simulated workers set beside the prompt is always something that the page would take."""

import random

from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.loop.controls import Controls, Scale, check_controls
from imgloop_widgets.simulate.setting import settings

scales = st.builds(Scale, low=st.just(1.0), high=st.just(20.0), start=st.floats(1, 20), step=st.sampled_from([0.5, 30]))
all_controls = st.builds(
    Controls,
    negative=st.booleans(),
    seeds=st.sampled_from([None, (), (1, 2, 3)]),
    guidance=st.none() | scales,
)


@given(all_controls, st.integers(0, 99))
def test_it_is_what_there_is_to_be_set_and_within_its_bounds(controls: Controls, seed: int) -> None:
    chance, before = random.Random(seed), dict[str, object]()
    for _ in range(5):
        given_ = settings(controls, before, chance)
        assert check_controls(controls, given_) == given_
        before = given_


def test_a_seed_is_often_kept_and_guidance_begins_where_it_stands() -> None:
    chance, scale = random.Random(1), Scale(low=1, high=20, start=7.5, step=0.5)
    assert settings(Controls(guidance=scale), {}, chance) == {"guidance": 7.5}
    kept = [settings(Controls(seeds=()), {"seed": 5000}, chance)["seed"] == 5000 for _ in range(200)]
    assert 60 < sum(kept) < 140
