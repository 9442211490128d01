"""Simulated workers: they play the loop in process, through the runner and the store as real ones do.

    summary = simulate(OpenStudy.load("notebooks/look_alike"), workers=200, seed=1)

Their ids begin with `sim-`. Nobody waits: the clock is simulated, too. `machines` are programs that take part as
themselves, in real time: blind rewrites, hill climbing, a script. `simulate_raters` judges a rating study's items.
"""

from imgloop_widgets.simulate.machines import First, Machines, first_prompts, play_machines
from imgloop_widgets.simulate.many import simulate_many
from imgloop_widgets.simulate.policies import MIX
from imgloop_widgets.simulate.population import OPEN, Summary, simulate
from imgloop_widgets.simulate.raters import Eyes, RaterSummary, simulate_raters

__all__ = [
    "MIX",
    "OPEN",
    "Eyes",
    "First",
    "Machines",
    "RaterSummary",
    "Summary",
    "first_prompts",
    "play_machines",
    "simulate",
    "simulate_many",
    "simulate_raters",
]
