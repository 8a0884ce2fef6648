"""govsim: how urban neighbourhoods are governed, simulated resident by resident."""

__version__ = "0.1.0"
