/* bits.c - bitstrings: where their bits are, views, appending, comparing, copying bits.
 * Segments of the bit syntax are segments.c; counting of blobs is heap.c's.
 * INVARIANT: bytes of a blob below `used` never change. Appending in place first moves `used` with a compare-and-swap and
 * then writes behind it, and only from an end on a byte border, so no two values ever share a byte that one of them writes. */
#include "value/bits.h"

#define VIEW_WORDS 4                                 /* header, base, offset, size */
#define COPY_MAX_BYTES ((VIEW_WORDS - 2) * sizeof(sx_val)) /* a copy of so many takes no more room than a view */
#define APPEND_LEAST 256
#define DOUBLE_UP_TO ((size_t)1 << 20) /* blobs that were appended to have twice their size up to here, then half more */

SX_INLINE bool is_view(sx_val v) { return sx_header_kind(sx_header_of(v)) == SX_KIND_BITS; }
SX_INLINE SxBlob *blob_of(sx_val base) { return (SxBlob *)(uintptr_t)sx_ptr(base)[1]; }
SX_INLINE bool base_is_blob(sx_val base) { return sx_header_kind(sx_header_of(base)) == SX_KIND_BLOB; }

const unsigned char *sx_binary_bytes(sx_val v, size_t *n_bytes)
{
    if (!sx_is_bits(v)) return NULL;
    SxBits b = sx_bits_of(v);
    if ((b.bit_offset | b.n_bits) & 7) return NULL;
    *n_bytes = b.n_bits / 8;
    return b.bytes + b.bit_offset / 8;
}

const unsigned char *sx_binary_bytes_any(sx_val v, size_t *n_bytes, unsigned char **scratch)
{
    *scratch = NULL;
    const unsigned char *at = sx_binary_bytes(v, n_bytes);
    if (at || !sx_is_bits(v)) return at;
    SxBits b = sx_bits_of(v);
    if (b.n_bits & 7) return NULL;
    *n_bytes = b.n_bits / 8;
    *scratch = sx_alloc(*n_bytes);
    sx_bits_copy(*scratch, 0, b.bytes, b.bit_offset, b.n_bits);
    return *scratch;
}

/* ---- making ---- */

/* n_bits in the heap, to be filled; the padding of the last word is zero. */
static sx_val heapbin_new(SxHeap *h, size_t n_bits, unsigned char **bytes)
{
    size_t data = (n_bits + 63) / 64;
    sx_val *w = sx_heap_alloc(h, data + 2);
    w[0] = SX_HEADER(SX_KIND_HEAPBIN, data + 1);
    w[1] = n_bits;
    if (data > 0) w[data + 1] = 0;
    *bytes = (unsigned char *)(w + 2);
    return sx_make_ptr(w, SX_TAG_BOXED);
}

static sx_val view_new(SxHeap *h, sx_val base, size_t bit_offset, size_t n_bits)
{
    sx_val *w = sx_heap_alloc(h, VIEW_WORDS);
    w[0] = SX_HEADER(SX_KIND_BITS, VIEW_WORDS - 1);
    w[1] = base;
    w[2] = sx_small((int64_t)bit_offset);
    w[3] = sx_small((int64_t)n_bits);
    return sx_make_ptr(w, SX_TAG_BOXED);
}

sx_val sx_bits_from_blob(SxHeap *h, SxBlob *blob, size_t n_bits)
{
    return view_new(h, sx_make_ptr(sx_heap_blob(h, blob), SX_TAG_BOXED), 0, n_bits);
}

sx_val sx_binary_from_blob(SxHeap *h, SxBlob *blob, size_t offset_bytes, size_t n_bytes)
{
    return view_new(h, sx_make_ptr(sx_heap_blob(h, sx_blob_ref(blob)), SX_TAG_BOXED), offset_bytes * 8, n_bytes * 8);
}

/* Room for n_bits; *bytes points to it, its last byte is not cleared. */
static sx_val bits_new(SxHeap *h, size_t n_bits, size_t cap_bytes, unsigned char **bytes)
{
    size_t n_bytes = (n_bits + 7) / 8;
    if (n_bytes <= SX_HEAPBIN_MAX_BYTES) return heapbin_new(h, n_bits, bytes);
    SxBlob *blob = sx_blob_new(cap_bytes);
    atomic_store_explicit(&blob->used, n_bytes, memory_order_relaxed);
    *bytes = blob->bytes;
    return sx_bits_from_blob(h, blob, n_bits);
}

sx_val sx_bits_in_heap(SxHeap *h, const unsigned char *bytes, size_t n_bits)
{
    unsigned char *to;
    sx_val v = heapbin_new(h, n_bits, &to);
    memcpy(to, bytes, (n_bits + 7) / 8);
    return v;
}

sx_val sx_binary_new(SxHeap *h, size_t n_bytes, unsigned char **bytes) { return bits_new(h, n_bytes * 8, n_bytes, bytes); }

sx_val sx_binary(SxHeap *h, const void *bytes, size_t n_bytes)
{
    unsigned char *to;
    sx_val v = sx_binary_new(h, n_bytes, &to);
    if (n_bytes > 0) memcpy(to, bytes, n_bytes);
    return v;
}

sx_val sx_binary_text(SxHeap *h, const char *text) { return sx_binary(h, text, strlen(text)); }

sx_val sx_bits_sub(SxHeap *h, sx_val v, size_t from, size_t n_bits)
{
    if (n_bits > COPY_MAX_BYTES * 8) {
        if (!is_view(v)) return view_new(h, v, from, n_bits);
        return view_new(h, sx_ptr(v)[1], (size_t)sx_small_value(sx_ptr(v)[2]) + from, n_bits);
    }
    unsigned char *to;
    SxBits b = sx_bits_of(v);
    sx_val copy = heapbin_new(h, n_bits, &to);
    sx_bits_copy(to, 0, b.bytes, b.bit_offset + from, n_bits);
    return copy;
}

sx_val sx_bits_append(SxHeap *h, sx_val a, sx_val b)
{
    SxBits y = sx_bits_of(b);
    if (y.n_bits == 0) return a;
    SxBits x = sx_bits_of(a);
    if (x.n_bits == 0 && y.n_bits > SX_HEAPBIN_MAX_BYTES * 8) return b;
    size_t n_bits = x.n_bits + y.n_bits, end = x.bit_offset + x.n_bits;
    if (n_bits > SX_BITS_MAX_BYTES * 8) return SX_TOO_BIG;
    if (is_view(a) && base_is_blob(sx_ptr(a)[1]) && end % 8 == 0) {
        SxBlob *blob = blob_of(sx_ptr(a)[1]);
        size_t used = end / 8, more = (y.n_bits + 7) / 8;
        if (blob->cap - used >= more && atomic_compare_exchange_strong_explicit(&blob->used, &used, used + more, memory_order_acq_rel, memory_order_relaxed)) {
            blob->bytes[used + more - 1] = 0;
            sx_bits_copy(blob->bytes, end, y.bytes, y.bit_offset, y.n_bits);
            return view_new(h, sx_ptr(a)[1], x.bit_offset, n_bits);
        }
    }
    unsigned char *to;
    size_t n_bytes = (n_bits + 7) / 8, cap = n_bytes + (n_bytes < DOUBLE_UP_TO ? n_bytes : n_bytes / 2);
    sx_val joined = bits_new(h, n_bits, cap < APPEND_LEAST ? APPEND_LEAST : cap, &to);
    to[n_bytes - 1] = 0;
    sx_bits_copy(to, 0, x.bytes, x.bit_offset, x.n_bits);
    sx_bits_copy(to, x.n_bits, y.bytes, y.bit_offset, y.n_bits);
    return joined;
}

/* ---- bits ---- */

/* n <= 8 bits from bit `at` on, right aligned. Touches no byte that holds none of them. */
static unsigned take_bits(const unsigned char *s, size_t at, unsigned n)
{
    if (n == 0) return 0;
    unsigned shift = (unsigned)(at % 8), left = 8 - shift;
    unsigned byte = s[at / 8] & (0xFFu >> shift);
    if (n <= left) return byte >> (left - n);
    return byte << (n - left) | s[at / 8 + 1] >> (8 - (n - left));
}

/* Write the low n <= 8 - at % 8 bits of `bits` into one byte. */
static void put_in_byte(unsigned char *to, size_t at, unsigned bits, unsigned n)
{
    unsigned shift = 8 - (unsigned)(at % 8) - n, mask = ((1u << n) - 1) << shift;
    to[at / 8] = (unsigned char)((to[at / 8] & ~mask) | (bits << shift & mask));
}

void sx_bits_copy(unsigned char *to, size_t to_bit, const unsigned char *from, size_t from_bit, size_t n_bits)
{
    if (n_bits == 0) return;
    if (to_bit % 8 != 0) { /* up to the next byte border of `to` */
        unsigned room = 8 - (unsigned)(to_bit % 8), n = n_bits < room ? (unsigned)n_bits : room;
        put_in_byte(to, to_bit, take_bits(from, from_bit, n), n);
        to_bit += n;
        from_bit += n;
        n_bits -= n;
    }
    unsigned char *at = to + to_bit / 8;
    const unsigned char *s = from + from_bit / 8;
    size_t whole = n_bits / 8;
    unsigned shift = (unsigned)(from_bit % 8), rest = (unsigned)(n_bits % 8);
    if (shift == 0) {
        memmove(at, s, whole);
    } else {
        for (size_t i = 0; i < whole; i++) at[i] = (unsigned char)(s[i] << shift | s[i + 1] >> (8 - shift));
    }
    if (rest > 0) put_in_byte(at + whole, 0, take_bits(s + whole, shift, rest), rest);
}

int sx_bits_compare(sx_val a, sx_val b)
{
    SxBits x = sx_bits_of(a), y = sx_bits_of(b);
    size_t common = x.n_bits < y.n_bits ? x.n_bits : y.n_bits, whole = common / 8, i = 0;
    if (((x.bit_offset | y.bit_offset) & 7) == 0) {
        int c = whole == 0 ? 0 : memcmp(x.bytes + x.bit_offset / 8, y.bytes + y.bit_offset / 8, whole);
        if (c != 0) return c < 0 ? -1 : 1;
        i = whole;
    }
    for (; i * 8 < common; i++) {
        unsigned n = common - i * 8 < 8 ? (unsigned)(common - i * 8) : 8;
        unsigned p = take_bits(x.bytes, x.bit_offset + i * 8, n), q = take_bits(y.bytes, y.bit_offset + i * 8, n);
        if (p != q) return p < q ? -1 : 1;
    }
    return x.n_bits == y.n_bits ? 0 : x.n_bits < y.n_bits ? -1 : 1;
}
