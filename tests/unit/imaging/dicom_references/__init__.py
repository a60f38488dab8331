"""The table of DICOM films with references that are independent of pneumoscope.

`elements.py` and `syntaxes.py` hold the two tables, `make_references.py` pairs them, and
`references.npz` holds what it made: the films, and their gray levels as others see them.
"""
