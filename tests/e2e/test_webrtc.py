"""Several visitors at once over real WebRTC: no one freezes, everyone gets results, nothing is left behind."""
