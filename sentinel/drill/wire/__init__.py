"""Wire formats of a drill, encoded by scapy and pycrate and so independent of the decoder.

These modules import the libraries of the `drill` extra; nothing imports them before frames are asked for.
"""
