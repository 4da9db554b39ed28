"""The AWS emulator as we start it: ministack with the few gaps closed that a Chalice deployment falls into."""
