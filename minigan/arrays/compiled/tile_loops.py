"""The loops of minimal filtering: the maps of `MinimalFiltering`.  `tile_kernels.py` calls them; see also `loops.py`.

x is (height, width, images, channels).  `rows` and `columns` are the transforms of complete tiles and of the last one,
along each axis: (2, products, numbers of a tile).  The matrices are (tile rows, tile columns, …), 25 in all; where a
tile does not use a product, its factors are 0, and any matrix may be given.  `tile` is the number of outputs, 2 or 4.
"""

import numpy as np

from .compiler import compiled

TOGETHER = 1024  # numbers of a pixel, of several images, that are read in one go
BLOCK = 512  # numbers of a row that are transformed at a time: 40 of them stay in the first-level cache


@compiled
def tiles_image(x, tile, rows, columns, matrices, start, stop):  # MinimalFiltering.image; items are images
    channels = x.shape[3]
    together = max(1, TOGETHER // channels)  # images
    blocks = np.zeros((5, 5, 2, 2, together * channels), x.dtype)  # of one tile
    half = np.empty((5, 2, 2, together * channels), x.dtype)  # transformed along the rows, for one product
    tile_rows, tile_columns = matrices[0].shape[:2]
    for first in range(start, stop, together):
        images = min(together, stop - first)
        for t in range(tile_rows):
            b = rows[int(t == tile_rows - 1)]
            for s in range(tile_columns):
                q = columns[int(s == tile_columns - 1)]
                fold(x, tile, t, s, first, images, blocks)
                for i in range(5):
                    if t < matrices[5 * i].shape[0]:
                        transform_rows(blocks, b[i], images * channels, half)
                        for j in range(5):
                            if s < matrices[5 * i + j].shape[1]:
                                transform_columns(half, q[j], matrices[5 * i + j], t, s, first, images)


@compiled
def pixel(tile, t, k, a):
    """The row, or column, of x that is number `a` of the two in block k of tile t; block 0 of x begins at −1."""
    return 2 * (tile * t + k) + a - 1


@compiled
def fold(x, tile, t, s, first, images, blocks):
    """The blocks of 2×2 pixels of tile (t, s), with zeros around x."""
    height, width, _, channels = x.shape
    for k in range(tile + 1):
        for v in range(tile + 1):
            for a in range(2):
                for b in range(2):
                    row, column = pixel(tile, t, k, a), pixel(tile, s, v, b)
                    if 0 <= row < height and 0 <= column < width:
                        for n in range(images):
                            for c in range(channels):
                                blocks[k, v, a, b, n * channels + c] = x[row, column, first + n, c]
                    else:
                        blocks[k, v, a, b] = 0


@compiled
def transform_rows(blocks, factors, length, half):
    f0, f1, f2, f3, f4 = factors[0], factors[1], factors[2], factors[3], factors[4]
    for v in range(5):
        for a in range(2):
            for b in range(2):
                for e in range(length):
                    half[v, a, b, e] = (
                        f0 * blocks[0, v, a, b, e] + f1 * blocks[1, v, a, b, e] + f2 * blocks[2, v, a, b, e]
                        + f3 * blocks[3, v, a, b, e] + f4 * blocks[4, v, a, b, e]
                    )  # fmt: skip


@compiled
def transform_columns(half, factors, matrix, t, s, first, images):
    f0, f1, f2, f3, f4 = factors[0], factors[1], factors[2], factors[3], factors[4]
    channels = matrix.shape[5]
    for n in range(images):
        for a in range(2):
            for b in range(2):
                for c in range(channels):
                    e = n * channels + c
                    matrix[t, s, first + n, a, b, c] = (
                        f0 * half[0, a, b, e] + f1 * half[1, a, b, e] + f2 * half[2, a, b, e]
                        + f3 * half[3, a, b, e] + f4 * half[4, a, b, e]
                    )  # fmt: skip


@compiled
def tiles_image_T(matrices, tile, rows, columns, x, start, stop):  # items are images
    channels = x.shape[3]
    blocks = np.zeros((5, 5, 2, 2, channels), x.dtype)
    half = np.empty((5, 5, 4 * channels), x.dtype)
    flat, flat_half = blocks.reshape(5, -1), half.reshape(5, -1)
    tile_rows, tile_columns = matrices[0].shape[:2]
    for t in range(tile_rows):
        b = rows[int(t == tile_rows - 1)]
        for s in range(tile_columns):
            q = columns[int(s == tile_columns - 1)]
            for n in range(start, stop):
                for i in range(5):
                    m0, m1, m2 = matrices[5 * i], matrices[5 * i + 1], matrices[5 * i + 2]
                    m3, m4 = matrices[5 * i + 3], matrices[5 * i + 4]
                    r, s1, s2, s3 = (
                        min(t, len(m0) - 1),
                        min(s, m1.shape[1] - 1),
                        min(s, m2.shape[1] - 1),
                        min(s, m3.shape[1] - 1),
                    )
                    for v in range(5):
                        f0, f1, f2, f3, f4 = q[0, v], q[1, v], q[2, v], q[3, v], q[4, v]
                        for e in range(half.shape[2]):
                            half[i, v, e] = (
                                f0 * m0[r, s, n, e] + f1 * m1[r, s1, n, e] + f2 * m2[r, s2, n, e]
                                + f3 * m3[r, s3, n, e] + f4 * m4[r, s, n, e]
                            )  # fmt: skip
                for k in range(5):
                    f0, f1, f2, f3, f4 = b[0, k], b[1, k], b[2, k], b[3, k], b[4, k]
                    for e in range(flat.shape[1]):
                        flat[k, e] = (
                            f0 * flat_half[0, e] + f1 * flat_half[1, e] + f2 * flat_half[2, e]
                            + f3 * flat_half[3, e] + f4 * flat_half[4, e]
                        )  # fmt: skip
                unfold(blocks, tile, t, s, n, x)


@compiled
def unfold(blocks, tile, t, s, n, x):
    """The transpose of `fold`: written to x, or added where an earlier tile, above or to the left, has written."""
    height, width, _, channels = x.shape
    for k in range(tile + 1):
        for v in range(tile + 1):
            for a in range(2):
                for b in range(2):
                    row, column = pixel(tile, t, k, a), pixel(tile, s, v, b)
                    if 0 <= row < height and 0 <= column < width:
                        if (k == 0 and t > 0) or (v == 0 and s > 0):
                            for c in range(channels):
                                x[row, column, n, c] += blocks[k, v, a, b, c]
                        else:
                            for c in range(channels):
                                x[row, column, n, c] = blocks[k, v, a, b, c]


@compiled
def tiles_response(g, tile, rows, columns, matrices, start, stop):  # g (h, w, width), items are blocks of its last axis
    h, w, width = g.shape
    half = np.empty((5, 4, BLOCK), g.dtype)
    tile_rows, tile_columns = matrices[0].shape[:2]
    for block in range(start, stop):
        at, length = block * BLOCK, min(BLOCK, width - block * BLOCK)
        for t in range(tile_rows):
            a = rows[int(t == tile_rows - 1)]
            r0, last = tile * t, h - 1
            r1, r2, r3 = min(r0 + 1, last), min(r0 + 2, last), min(r0 + 3, last)
            for s in range(tile_columns):
                q = columns[int(s == tile_columns - 1)]
                for v in range(4):
                    column = min(tile * s + v, w - 1)
                    g0, g1, g2, g3 = (
                        g[r0, column, at : at + length], g[r1, column, at : at + length],
                        g[r2, column, at : at + length], g[r3, column, at : at + length],
                    )  # fmt: skip
                    for i in range(5):
                        f0, f1, f2, f3 = a[i, 0], a[i, 1], a[i, 2], a[i, 3]
                        for e in range(length):
                            half[i, v, e] = f0 * g0[e] + f1 * g1[e] + f2 * g2[e] + f3 * g3[e]
                for i in range(5):
                    for j in range(5):
                        if t < matrices[5 * i + j].shape[0] and s < matrices[5 * i + j].shape[1]:
                            out = matrices[5 * i + j][t, s, at : at + length]
                            f0, f1, f2, f3 = q[j, 0], q[j, 1], q[j, 2], q[j, 3]
                            for e in range(length):
                                out[e] = (
                                    f0 * half[i, 0, e] + f1 * half[i, 1, e] + f2 * half[i, 2, e] + f3 * half[i, 3, e]
                                )


@compiled
def tiles_response_T(
    matrices, tile, rows, columns, y, start, stop
):  # y (h, w, width), items are blocks of its last axis
    h, w, width = y.shape
    half = np.empty((4, 5, BLOCK), y.dtype)
    tile_rows, tile_columns = matrices[0].shape[:2]
    for block in range(start, stop):
        at, length = block * BLOCK, min(BLOCK, width - block * BLOCK)
        for t in range(tile_rows):
            a = rows[int(t == tile_rows - 1)]
            for s in range(tile_columns):
                q = columns[int(s == tile_columns - 1)]
                for j in range(5):
                    m0, m1, m2, m3, m4 = (
                        piece(matrices[j], t, s, at, length), piece(matrices[5 + j], t, s, at, length),
                        piece(matrices[10 + j], t, s, at, length), piece(matrices[15 + j], t, s, at, length),
                        piece(matrices[20 + j], t, s, at, length),
                    )  # fmt: skip
                    for p in range(min(tile, h - tile * t)):
                        f0, f1, f2, f3, f4 = a[0, p], a[1, p], a[2, p], a[3, p], a[4, p]
                        for e in range(length):
                            half[p, j, e] = f0 * m0[e] + f1 * m1[e] + f2 * m2[e] + f3 * m3[e] + f4 * m4[e]
                for p in range(min(tile, h - tile * t)):
                    for v in range(min(tile, w - tile * s)):
                        out = y[tile * t + p, tile * s + v, at : at + length]
                        f0, f1, f2, f3, f4 = q[0, v], q[1, v], q[2, v], q[3, v], q[4, v]
                        for e in range(length):
                            out[e] = (
                                f0 * half[p, 0, e] + f1 * half[p, 1, e] + f2 * half[p, 2, e]
                                + f3 * half[p, 3, e] + f4 * half[p, 4, e]
                            )  # fmt: skip


@compiled
def piece(matrix, t, s, at, length):
    """A part of tile (t, s); of another tile, where the matrix has no such tile."""
    return matrix[min(t, matrix.shape[0] - 1), min(s, matrix.shape[1] - 1), at : at + length]


@compiled
def tiles_kernel(w, taps, matrices, start, stop):  # w (2, 2, 2, 2, C, D), matrices (2, 2, C, D), items are channels C
    for i in range(5):
        for j in range(5):
            out = matrices[5 * i + j]
            if not out.size:
                continue
            f00, f01, f10, f11 = (
                taps[i, 0] * taps[j, 0], taps[i, 0] * taps[j, 1], taps[i, 1] * taps[j, 0], taps[i, 1] * taps[j, 1],
            )  # fmt: skip
            for a in range(2):
                for b in range(2):
                    for c in range(start, stop):
                        for d in range(w.shape[5]):
                            out[a, b, c, d] = (
                                f00 * w[0, a, 0, b, c, d] + f01 * w[0, a, 1, b, c, d]
                                + f10 * w[1, a, 0, b, c, d] + f11 * w[1, a, 1, b, c, d]
                            )  # fmt: skip


@compiled
def tiles_kernel_T(matrices, taps, w, start, stop):
    half = np.empty((2, 5, w.shape[5]), w.dtype)
    for c in range(start, stop):
        for a in range(2):
            for b in range(2):
                for r in range(2):
                    f0, f1, f2, f3, f4 = taps[0, r], taps[1, r], taps[2, r], taps[3, r], taps[4, r]
                    for j in range(5):
                        m0, m1, m2, m3, m4 = (
                            matrices[j],
                            matrices[5 + j],
                            matrices[10 + j],
                            matrices[15 + j],
                            matrices[20 + j],
                        )
                        for d in range(w.shape[5]):
                            half[r, j, d] = (
                                f0 * m0[a, b, c, d] + f1 * m1[a, b, c, d] + f2 * m2[a, b, c, d]
                                + f3 * m3[a, b, c, d] + f4 * m4[a, b, c, d]
                            )  # fmt: skip
                for r in range(2):
                    for s in range(2):
                        f0, f1, f2, f3, f4 = taps[0, s], taps[1, s], taps[2, s], taps[3, s], taps[4, s]
                        for d in range(w.shape[5]):
                            w[r, a, s, b, c, d] = (
                                f0 * half[r, 0, d] + f1 * half[r, 1, d] + f2 * half[r, 2, d]
                                + f3 * half[r, 3, d] + f4 * half[r, 4, d]
                            )  # fmt: skip
