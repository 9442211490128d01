"""`imgloop generate-server`: one model for many kernels, behind the protocol of OpenAI's images endpoint.

    kernel ─┐ POST /v1/images/generations                        ┌─► a pipeline, a list of prompts at a time
    kernel ─┼──► server (tornado, or Ray Serve) ─► desk ─► queue ┤
    replay ─┘ ◄── base64, or an error of the same protocol       └─► any other generator, several at once

| module | what it is |
| --- | --- |
| `protocol` | what is asked and what is answered, as values; pure |
| `workshop` | makes the generators that requests need, by their options |
| `queue` | who waits, who is drawn together, who has gone |
| `desk` | a request in, an answer out; no web framework |
| `server` | the desk on a port of this machine |
| `on_ray` | the desk on a Ray cluster, as many as there are replicas |

Kernels talk to it by `openai_images`, as to any other service: `base_url = "http://host:8900/v1"`, `send_seed = true`.
"""
