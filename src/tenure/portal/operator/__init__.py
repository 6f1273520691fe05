"""The operator's portal: all companies, and each of them with everything that is known."""
