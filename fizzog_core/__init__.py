"""Fizzog's core: a picture in, faces with 15 keypoints and an emotion, hands with a gesture out.

Importing this package does no work. The site, the command line, the service and the tests call the same modules:
start at ``fizzog_core.vision.analyzer.Analyzer``.
"""

__version__ = "0.1.0"
