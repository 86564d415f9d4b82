"""The server of the live benchmarks: real WebRTC, live sessions and the engine as the site has them, without pages.

The peers run in another process (benchmarks.live.visitor_client), so that this process's memory and processor time are
the server's only.
"""

from __future__ import annotations
