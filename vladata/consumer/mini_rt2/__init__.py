"""The experiment of RT-2 in miniature: scratch, fine-tuned and co-fine-tuned policies from generated data."""
