"""The matching: an instance in, a plan with its certificate out; the only home of numpy, scipy and scikit-learn."""
