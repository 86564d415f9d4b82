"""Live visitors over real WebRTC, 640x480 at 30 frames a second. Prints a JSON line for each number of visitors.

python -m benchmarks.live [--seconds 60] [--visitors 1,2,4,8] [--hand PICTURE] [--as-asked]

``--as-asked``: each visitor sends as many pictures as the site would ask of so many visitors, instead of 30 a second.

``capture_to_result``: from the moment at which the visitor's side made a frame to its result on the server: encoding,
network, decoding, waiting and analysis; ``capture_to_shown``: to its return, drawn, at the visitor's side (the time is
read off the compressed picture, so only the median is given). ``server_cpu``: the server's processor time as a share of
all cores; the visitors run on the same machine and their share is given beside it. ``server_cpu_ms_per_result`` holds
everything that a result costs, decoding, drawing and encoding too: the figure to trust on a busy machine.
"""

from __future__ import annotations
