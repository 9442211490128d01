"""A module that opens a socket of zmq when it is imported: two threads that are not Python's."""

import zmq

SOCKET = zmq.Context.instance().socket(zmq.PUB)
