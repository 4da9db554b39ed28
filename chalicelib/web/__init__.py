"""HTTP and nothing else: parse, call one flow function, answer."""
