"""What every portal shares: the frame of a page, who may ask, errors, the outbox, test clocks."""
