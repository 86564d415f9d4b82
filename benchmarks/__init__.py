"""Measurements of speed, memory and accuracy. Each prints JSON or a table; none is a test."""
