"""A trained model as a policy: observation and instruction in, action in physical units out."""
