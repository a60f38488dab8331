"""From a DICOM file to a film.

The order is that of the standard's grayscale pipeline (PS3.4, N.2): stored values, modality LUT or
rescale, VOI LUT or window, and then the polarity, so that bones end up bright.
"""
