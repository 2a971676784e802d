"""Where each role begins its day: one file and one template a role."""
