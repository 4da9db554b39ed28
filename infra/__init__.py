"""What is around the application: set-up, slim wheels, policies, packaging, and a cloud on this machine."""
