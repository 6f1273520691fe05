"""Hot SQL, by hand, and nowhere else."""
