"""Wire formats of a drill, encoded by scapy, pycrate or by hand, and so independent of the decoder.

What needs the libraries of the `drill` extra imports them; nothing imports these modules before frames are asked for.
"""

Exchange = tuple[bytes, bytes]
"""What a client sends and what its server answers; either may be empty."""
