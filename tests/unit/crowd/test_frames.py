"""Frames as a page sends and reads them, against the server's own reader and Jupyter's writer."""

import json

from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

from imgloop_widgets.crowd.frames import decode, encode
from imgloop_widgets.serving.frames import read_frame

VALUES = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5)


@given(
    said=st.dictionaries(st.text(max_size=5), VALUES, max_size=4), buffers=st.lists(st.binary(max_size=50), max_size=3)
)
def test_the_server_reads_what_a_page_of_the_crowd_sends(said: dict[str, object], buffers: list[bytes]) -> None:
    content = {"comm_id": "c", "data": {"method": "custom", "content": said}}
    frame = encode("comm_msg", content, session="s", buffers=buffers)

    message = read_frame(frame)

    assert message is not None
    header, _, _, sent, *rest = message.parts
    assert json.loads(header)["session"] == "s"
    assert json.loads(sent) == content
    assert rest == buffers


@given(
    said=st.dictionaries(st.text(max_size=5), VALUES, max_size=4), buffers=st.lists(st.binary(max_size=50), max_size=3)
)
def test_a_page_of_the_crowd_reads_what_jupyter_sends(said: dict[str, object], buffers: list[bytes]) -> None:
    texts = [json.dumps(part).encode() for part in ({"msg_type": "comm_msg"}, {}, {}, said)]
    frame = serialize_msg_to_ws_v1([*texts, *buffers], "iopub")

    read = decode(frame)

    assert (read.kind, read.content, list(read.buffers)) == ("comm_msg", said, buffers)
