"""Every page in every state it can be in: one list, for pictures and for tests."""
