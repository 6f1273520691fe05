"""The loop: what is due, one step, the next wake-up."""
