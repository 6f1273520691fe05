"""What is measured, and how: ours and the thing it is compared with, side by side in one run."""
