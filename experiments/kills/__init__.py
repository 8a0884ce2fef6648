"""The same experiment undisturbed, killed twenty times, and on a cluster: the same bytes, or something is broken."""
