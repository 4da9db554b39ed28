"""The local cloud: everything `chalice deploy --stage local` and the tests talk to on this machine."""
