"""Evidence: the packets around what was found, cut out of the ring, proved by digests, dissected on request.

The ring itself is written beside the decoder (`collectors/evidence`); with the pipeline and the worker, this package
alone reaches the collectors.
"""
