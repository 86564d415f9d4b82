"""Trains, measures and publishes Fizzog's networks: prepare -> data -> train -> evaluate -> publish."""
