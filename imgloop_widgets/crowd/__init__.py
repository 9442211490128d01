"""A crowd of simulated workers against a running server, over HTTP and websocket, as their browsers would come.

    measured = asyncio.run(play(links, Plan(think_s=20, arrive_s=30)))

frames, channel     what goes over the websocket, and the socket that comes back when it is cut
tab                 what a browser fetches: the page, its files, its cookies, and the word that it was closed
page                the widget behind the page: its state, its messages, one command at a time
forms               answers to the form that the page was given
worker              one worker: reads, writes, scores, leaves
arrivals, play      who comes when; all of them
measured, memory    what is told in the end

Nothing is drawn and no script is run, so that hundreds of workers fit into one process.
"""

from imgloop_widgets.crowd.arrivals import Arrivals
from imgloop_widgets.crowd.measured import Measured
from imgloop_widgets.crowd.play import play
from imgloop_widgets.crowd.worker import Plan

__all__ = ["Arrivals", "Measured", "Plan", "play"]
