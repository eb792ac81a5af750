"""The trainer: next-token loss on targets, a schedule, checkpoints that a run goes on from exactly, a log."""
