// The CUDA kernels of minigan.  `cuda_kernels.py` launches them.  The comment at each kernel names the method that
// defines, in NumPy, what it computes; tests check that both agree.
//
// Each thread computes one item, number `item` of `items`, and neither waits for another thread nor writes what another
// one reads.  So the result does not depend on the order of the threads, and runs repeat bit for bit.
// T is float or double.  Arrays are in C order; their shapes are given in comments.

#define ITEM                                                \
    const int item = blockIdx.x * blockDim.x + threadIdx.x; \
    if (item >= items) return;

// -- element by element ------------------------------------------------------------------------------------------------

// max(u, slope u), like NumPy's maximum: NaN stays NaN.
__device__ T leaky_relu(T u, T slope) {
    const T low = slope == 0 ? 0 : slope * u;
    return u > low || u != u ? u : low;
}

// Softplus.forward
extern "C" __global__ void softplus(const T* x, T* y, int items) {
    ITEM
    const T u = x[item];
    y[item] = leaky_relu(u, 0) + log1p(exp(-fabs(u)));
}

// Sigmoid.forward
extern "C" __global__ void sigmoid(const T* x, T* y, int items) {
    ITEM
    const T e = exp(-fabs(x[item]));  // never overflows
    y[item] = (x[item] < 0 ? e : T(1)) / (T(1) + e);
}

// Bias.forward: x, y (pixels, channels), b (channels)
extern "C" __global__ void bias(const T* x, const T* b, T* y, T slope, int channels, int items) {
    ITEM
    y[item] = leaky_relu(x[item] + b[item % channels], slope);
}

// slope_times: g where y > 0, slope · g elsewhere
extern "C" __global__ void activation_gradient(const T* g, const T* y, T* dx, T slope, int items) {
    ITEM
    dx[item] = y[item] > 0 ? g[item] : slope * g[item];
}

// Adam.update; share = 1 − beta, computed in double precision, because T(1) − beta would be rounded
extern "C" __global__ void adam(T* p, const T* g, T* m, T* v, T beta1, T share1, T beta2, T share2, T rate, T epsilon,
                                int items) {
    ITEM
    const T gradient = g[item];
    const T first = m[item] * beta1 + gradient * share1;
    const T second = v[item] * beta2 + gradient * gradient * share2;
    m[item] = first;
    v[item] = second;
    p[item] -= first / (sqrt(second) + epsilon) * rate;
}

// -- batch norm: BatchNorm.forward and BatchNorm.gradient --------------------------------------------------------------
// x (pixels, channels).  Sums over all pixels are computed in two steps: over parts of `length` pixels, then over the parts.

// The mean of a part, and the sum of squared differences from it: parts (pixels / length, 2, channels).  The first pixel
// of the part is subtracted before squaring, because the mean of squares minus the squared mean would lose digits.
extern "C" __global__ void moments_of_parts(const T* x, T* parts, int pixels, int length, int channels, int items) {
    ITEM
    const int channel = item % channels, part = item / channels, start = part * length;
    const int end = min(start + length, pixels);
    const T first = x[start * channels + channel];
    T sum = 0, squares = 0;
    for (int i = start; i < end; i++) {
        const T d = x[i * channels + channel] - first;
        sum += d;
        squares += d * d;
    }
    const T mean = sum / (end - start);
    parts[2 * part * channels + channel] = first + mean;
    parts[(2 * part + 1) * channels + channel] = squares - sum * mean;
}

// Combines the parts (Chan, Golub & LeVeque 1983): mean, variance, inverse_std (channels)
extern "C" __global__ void moments(const T* parts, T* mean, T* variance, T* inverse_std, T epsilon, int pixels,
                                   int length, int items) {
    ITEM
    const int channels = items, count = (pixels + length - 1) / length;
    T sum = 0, squares = 0;
    for (int part = 0; part < count; part++)
        sum += min(length, pixels - part * length) * parts[2 * part * channels + item];
    const T centre = sum / pixels;
    for (int part = 0; part < count; part++) {
        const T d = parts[2 * part * channels + item] - centre;
        squares += parts[(2 * part + 1) * channels + item] + min(length, pixels - part * length) * d * d;
    }
    mean[item] = centre;
    variance[item] = squares / pixels;
    inverse_std[item] = 1 / sqrt(squares / pixels + epsilon);
}

// centred = x − mean, y = leaky_relu(scale · centred / std + shift)
extern "C" __global__ void normalise(const T* x, const T* mean, const T* inverse_std, const T* scale, const T* shift,
                                     T* centred, T* y, T slope, int channels, int items) {
    ITEM
    const int channel = item % channels;
    const T d = x[item] - mean[channel];
    centred[item] = d;
    y[item] = leaky_relu(d * (scale[channel] * inverse_std[channel]) + shift[channel], slope);
}

// For each part: Σ g and Σ g · centred, with g the gradient with respect to the activation's input; parts
// (pixels / length, 2, channels)
extern "C" __global__ void gradient_sums_of_parts(const T* grad, const T* y, const T* centred, T* parts, T slope,
                                                  int pixels, int length, int channels, int items) {
    ITEM
    const int channel = item % channels, part = item / channels, start = part * length;
    const int end = min(start + length, pixels);
    T sum_g = 0, sum_gx = 0;
    for (int i = start; i < end; i++) {
        const int at = i * channels + channel;
        const T g = y[at] > 0 ? grad[at] : slope * grad[at];
        sum_g += g;
        sum_gx += g * centred[at];
    }
    parts[2 * part * channels + channel] = sum_g;
    parts[(2 * part + 1) * channels + channel] = sum_gx;
}

// Combines the parts: sum_g = Σ g, sum_gx = Σ g x̂ (channels)
extern "C" __global__ void gradient_sums(const T* parts, const T* inverse_std, T* sum_g, T* sum_gx, int count, int items) {
    ITEM
    T sum = 0, product = 0;
    for (int part = 0; part < count; part++) {
        sum += parts[2 * part * items + item];
        product += parts[(2 * part + 1) * items + item];
    }
    sum_g[item] = sum;
    sum_gx[item] = product * inverse_std[item];
}

// scale / std · (g − mean(g) − x̂ mean(g x̂))
extern "C" __global__ void norm_gradient(const T* grad, const T* y, const T* centred, const T* sum_g, const T* sum_gx,
                                         const T* scale, const T* inverse_std, T* dx, T slope, int pixels, int channels,
                                         int items) {
    ITEM
    const int channel = item % channels;
    const T g = y[item] > 0 ? grad[item] : slope * grad[item];
    const T mean = sum_g[channel] / pixels, factor = inverse_std[channel] * sum_gx[channel] / pixels;
    dx[item] = scale[channel] * inverse_std[channel] * (g - mean - centred[item] * factor);
}

// -- convolution by im2col: Im2col.image and Im2col.image_T ------------------------------------------------------------
// x (height, width, batch, channels); the matrix has a row for each window (h, w, batch) and a column for each
// (tap row, tap column, channel).

// One number of the matrix, in C order
extern "C" __global__ void im2col(const T* x, T* matrix, int height, int width, int batch, int channels, int w, int kh,
                                  int kw, int stride_v, int stride_h, int padding_v, int padding_h, int items) {
    ITEM
    int rest = item;
    const int channel = rest % channels; rest /= channels;
    const int v = rest % kw; rest /= kw;
    const int u = rest % kh; rest /= kh;
    const int image = rest % batch; rest /= batch;
    const int row = rest / w * stride_v + u - padding_v, column = rest % w * stride_h + v - padding_h;
    const bool inside = row >= 0 && row < height && column >= 0 && column < width;
    matrix[item] = inside ? x[((row * width + column) * batch + image) * channels + channel] : T(0);
}

// One number of x: the sum of all entries of the matrix that are copies of it.  The strides of the matrix are `along_row`
// within a row and `along_column` from row to row.
extern "C" __global__ void col2im(const T* matrix, T* x, int along_row, int along_column, int width, int batch,
                                  int channels, int h, int w, int kh, int kw, int stride_v, int stride_h, int padding_v,
                                  int padding_h, int items) {
    ITEM
    int rest = item;
    const int channel = rest % channels; rest /= channels;
    const int image = rest % batch; rest /= batch;
    const int row = rest / width + padding_v, column = rest % width + padding_h;
    T sum = 0;
    for (int u = row % stride_v; u < kh && u <= row; u += stride_v) {
        const int i = (row - u) / stride_v;
        for (int v = column % stride_h; v < kw && v <= column; v += stride_h) {
            const int j = (column - v) / stride_h;
            if (i < h && j < w)
                sum += matrix[((i * w + j) * batch + image) * along_column + ((u * kw + v) * channels + channel) * along_row];
        }
    }
    x[item] = sum;
}

// -- nine products: the maps of NineProducts ---------------------------------------------------------------------------
// The nine matrices are one array (3, 3, rows, columns, width): products of rows, of columns, tiles.  If the number of
// outputs is odd, the last tile is filled up with zeros.

// image: x (height, width, batch, channels) → the left factors; width = batch · 4 · channels.  Block k of 2×2 pixels
// begins at pixel 2k − 1.
extern "C" __global__ void nine_image(const T* x, T* matrices, int height, int width, int batch, int channels,
                                      int columns, int items) {
    ITEM
    int rest = item;
    const int channel = rest % channels; rest /= channels;
    const int b = rest % 2; rest /= 2;
    const int a = rest % 2; rest /= 2;
    const int image = rest % batch; rest /= batch;
    const int top = 4 * (rest / columns) + a - 1, left = 4 * (rest % columns) + b - 1;
    T e[3][3];
    for (int k = 0; k < 3; k++) {
        T d[3];
        for (int l = 0; l < 3; l++) {
            const int row = top + 2 * k, column = left + 2 * l;
            const bool inside = row >= 0 && row < height && column >= 0 && column < width;
            d[l] = inside ? x[((row * width + column) * batch + image) * channels + channel] : T(0);
        }
        e[k][0] = d[0] - d[1];
        e[k][1] = d[1];
        e[k][2] = d[2] - d[1];
    }
    for (int j = 0; j < 3; j++) {
        matrices[j * items + item] = e[0][j] - e[1][j];
        matrices[(3 + j) * items + item] = e[1][j];
        matrices[(6 + j) * items + item] = e[2][j] - e[1][j];
    }
}

// How block k contributes to the three products in one direction: it is d₁ of a tile if k is odd; if even, d₀ of one tile
// and d₂ of the one before.  Writes up to three products, tiles and signs; returns how many.
__device__ int shares_of_block(int k, int tiles, int* product, int* tile, int* sign) {
    const int t = k / 2;
    int count = 0;
    if (k % 2) {
        for (int i = 0; i < 3; i++) {
            product[count] = i, tile[count] = t, sign[count++] = i == 1 ? 1 : -1;
        }
    } else {
        if (t < tiles) product[count] = 0, tile[count] = t, sign[count++] = 1;
        if (t > 0) product[count] = 2, tile[count] = t - 1, sign[count++] = 1;
    }
    return count;
}

// image_T: one number of x (height, width, batch, channels), from `rows` × `columns` tiles
extern "C" __global__ void nine_image_T(const T* matrices, T* x, int width, int batch, int channels, int rows,
                                        int columns, int items) {
    ITEM
    int rest = item;
    const int channel = rest % channels; rest /= channels;
    const int image = rest % batch; rest /= batch;
    const int row = rest / width + 1, column = rest % width + 1;  // counted from the first row and column of block 0
    int i[3], j[3], t[3], s[3], sign_i[3], sign_j[3];
    const int vertical = shares_of_block(row / 2, rows, i, t, sign_i);
    const int horizontal = shares_of_block(column / 2, columns, j, s, sign_j);
    T sum = 0;
    for (int k = 0; k < vertical; k++)
        for (int l = 0; l < horizontal; l++) {
            const int tile = ((i[k] * 3 + j[l]) * rows + t[k]) * columns + s[l];
            const int at = ((tile * batch + image) * 4 + row % 2 * 2 + column % 2) * channels + channel;
            sum += sign_i[k] * sign_j[l] * matrices[at];
        }
    x[item] = sum;
}

// response and kernel: g (h, w, width) → the right factors, (g₀, g₀ + g₁, g₁) in both directions.  g[r, s, i] is at
// r · along_h + s · along_w + i / run · along_run + i % run.
extern "C" __global__ void nine_spread(const T* g, T* matrices, int h, int w, int along_h, int along_w, int run,
                                       int along_run, int columns, int width, int items) {
    ITEM
    const int i = item % width, t = item / width / columns, s = item / width % columns;
    const int at = 2 * t * along_h + 2 * s * along_w + i / run * along_run + i % run;
    const bool below = 2 * t + 1 < h, beside = 2 * s + 1 < w;
    const T g00 = g[at], g01 = beside ? g[at + along_w] : T(0), g10 = below ? g[at + along_h] : T(0);
    const T g11 = below && beside ? g[at + along_h + along_w] : T(0);
    const T rows[3][2] = {{g00, g01}, {g00 + g10, g01 + g11}, {g10, g11}};
    for (int k = 0; k < 3; k++) {
        matrices[3 * k * items + item] = rows[k][0];
        matrices[(3 * k + 1) * items + item] = rows[k][0] + rows[k][1];
        matrices[(3 * k + 2) * items + item] = rows[k][1];
    }
}

// response_T and kernel_T: the transpose, (m₀ + m₁, m₁ + m₂) in both directions, one number of y, stored like g above
extern "C" __global__ void nine_join(const T* matrices, T* y, int w, int along_h, int along_w, int run, int along_run,
                                     int rows, int columns, int width, int items) {
    ITEM
    const int i = item % width, r = item / width / w, s = item / width % w;
    T sum = 0;
    for (int k = r % 2; k < r % 2 + 2; k++)
        for (int l = s % 2; l < s % 2 + 2; l++)
            sum += matrices[(((k * 3 + l) * rows + r / 2) * columns + s / 2) * width + i];
    y[r * along_h + s * along_w + i / run * along_run + i % run] = sum;
}
