"""What is timed and measured, printed as JSON; nothing here is a test."""
