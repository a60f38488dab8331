import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter

from pneumoscope.data.duplicates import NEAR_BITS, group_pairs, near_pairs, perceptual_hash
from pneumoscope.phantoms import generate_phantom


def distance(first: bytes, second: bytes) -> int:
    return (int.from_bytes(first) ^ int.from_bytes(second)).bit_count()


def encoded(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: encoded(picture, 30),
        lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.7),
        lambda picture: ImageEnhance.Contrast(picture).enhance(0.7),
        lambda picture: picture.filter(ImageFilter.GaussianBlur(1.5)),
    ],
    ids=["jpeg-30", "half", "darker", "flatter", "blurred"],
)
def test_a_changed_copy_stays_near(change):
    picture = Image.fromarray(generate_phantom(np.random.default_rng(0)).pixels)
    copy = np.asarray(change(picture))
    assert distance(perceptual_hash(np.asarray(picture)), perceptual_hash(copy)) <= NEAR_BITS


def test_different_patients_are_far():
    hashes = [
        perceptual_hash(generate_phantom(np.random.default_rng(seed), size=(200, 260)).pixels)
        for seed in range(12)
    ]
    assert list(near_pairs(hashes)) == []


@settings(deadline=None)
@given(hashes=st.lists(st.binary(min_size=4, max_size=4), max_size=12), limit=st.integers(0, 32))
def test_near_pairs_are_those_of_counting_bits_one_by_one(hashes, limit):
    expected = {
        (i, j, distance(hashes[i], hashes[j]))
        for j in range(len(hashes))
        for i in range(j)
        if distance(hashes[i], hashes[j]) <= limit
    }
    assert set(near_pairs(hashes, limit)) == expected


def test_near_pairs_reach_across_blocks():
    rng = np.random.default_rng(0)
    hashes = [rng.bytes(32) for _ in range(5000)]
    hashes[4999] = hashes[3]
    assert list(near_pairs(hashes)) == [(3, 4999, 0)]


def test_groups_join_what_pairs_link():
    assert group_pairs(8, [(5, 6), (0, 3), (3, 7)]) == [[0, 3, 7], [5, 6]]
    assert group_pairs(3, []) == []
