/* segments.c - the bit syntax: reading and writing integers, floats, code points and bits inside bitstrings.
 * Owns byte order, sign, rounding of short floats and the scratch that a value is built in; where the bits of a value are is
 * bits.c's.
 * INVARIANT: an integer of n bits in little order has its low byte first; when n is no multiple of 8 the last, most
 * significant, n % 8 bits stand at the upper end of the last byte's place, as in Erlang. */
#include "base/utf8.h"
#include "value/bits.h"
#include "value/num.h"
#include <math.h>

#define LOCAL_BYTES 256 /* integers up to this size are moved without malloc */

/* True when n_bits from `at` on are inside b; moves b there. */
static bool inside(SxBits *b, size_t at, size_t n_bits)
{
    if (at > b->n_bits || n_bits > b->n_bits - at) return false;
    b->bit_offset += at;
    b->n_bits = n_bits;
    return true;
}

/* The n <= 8 bits of b from bit `at` on, right aligned. */
static unsigned byte_at(const SxBits *b, size_t at, unsigned n)
{
    unsigned char byte = 0;
    sx_bits_copy(&byte, 0, b->bytes, b->bit_offset + at, n);
    return (unsigned)byte >> (8 - n);
}

/* b as the bytes of an integer of b->n_bits bits, highest first, filled up on the left with `fill` (0 or 0xFF). */
static void to_big_endian(unsigned char *out, const SxBits *b, bool little, unsigned char fill)
{
    size_t n = (b->n_bits + 7) / 8;
    unsigned rest = (unsigned)(b->n_bits % 8);
    out[0] = fill;
    if (!little) {
        sx_bits_copy(out, n * 8 - b->n_bits, b->bytes, b->bit_offset, b->n_bits);
        return;
    }
    for (size_t i = 0; i < b->n_bits / 8; i++) out[n - 1 - i] = (unsigned char)byte_at(b, i * 8, 8);
    if (rest > 0) out[0] = (unsigned char)((fill << rest) | byte_at(b, b->n_bits - rest, rest));
}

/* The same for at most 64 bits, as a word. */
static uint64_t to_word(const SxBits *b, bool little)
{
    unsigned char local[8];
    const unsigned char *bytes = b->bytes + b->bit_offset / 8;
    size_t n = (b->n_bits + 7) / 8;
    uint64_t word = 0;
    if (n == 0) return 0;
    if (((b->bit_offset | b->n_bits) & 7) != 0) {
        to_big_endian(local, b, little, 0);
        bytes = local;
        little = false;
    }
    if (little) for (size_t i = n; i > 0; i--) word = word << 8 | bytes[i - 1];
    else for (size_t i = 0; i < n; i++) word = word << 8 | bytes[i];
    return word;
}

static bool sign_bit(const SxBits *b, bool little)
{
    unsigned rest = (unsigned)(b->n_bits % 8);
    size_t top = !little ? 0 : b->n_bits - (rest > 0 ? rest : 8);
    return byte_at(b, top, 1);
}

sx_val sx_bits_get_integer(SxHeap *h, sx_val v, size_t at, size_t n_bits, int flags)
{
    SxBits b = sx_bits_of(v);
    if (!inside(&b, at, n_bits)) return SX_NONE;
    if (n_bits == 8 && b.bit_offset % 8 == 0) {
        unsigned char byte = b.bytes[b.bit_offset / 8];
        return sx_small(flags & SX_SEG_SIGNED ? (signed char)byte : byte);
    }
    bool little = (flags & SX_SEG_LITTLE) != 0, is_signed = (flags & SX_SEG_SIGNED) != 0;
    if (n_bits == 0) return sx_small(0);
    if (n_bits <= 64) {
        uint64_t word = to_word(&b, little);
        if (!is_signed) return sx_uint(h, word);
        unsigned unused = 64 - (unsigned)n_bits;
        return sx_int(h, (int64_t)(word << unused) >> unused);
    }
    if (n_bits > SX_BIG_MAX_BITS + 64) return SX_TOO_BIG;
    size_t n = (n_bits + 7) / 8;
    unsigned char local[LOCAL_BYTES], *bytes = n <= sizeof local ? local : sx_alloc(n);
    to_big_endian(bytes, &b, little, is_signed && sign_bit(&b, little) ? 0xFF : 0);
    sx_val r = sx_num_import(h, bytes, n, is_signed);
    if (bytes != local) sx_free(bytes);
    return r;
}

/* ---- floats ---- */

static double from_half(unsigned half)
{
    unsigned exponent = half >> 10 & 31, fraction = half & 0x3FF;
    double d = exponent == 31  ? (fraction ? NAN : INFINITY)
               : exponent == 0 ? ldexp(fraction, -24)
                               : ldexp(fraction + 1024, (int)exponent - 25);
    return half & 0x8000 ? -d : d;
}

/* Rounds to nearest, ties to even; what is too large is infinity. */
static unsigned to_half(double d)
{
    unsigned sign = signbit(d) ? 0x8000 : 0;
    int exponent;
    frexp(d, &exponent); /* |d| in [2^(exponent-1), 2^exponent) */
    if (d == 0 || exponent < -13) exponent = -13;
    double units = nearbyint(ldexp(fabs(d), 11 - exponent)); /* in steps of the last place: below 1024 when subnormal */
    unsigned bits = (unsigned)units + ((unsigned)(exponent + 13) << 10);
    return sign | (exponent > 16 || bits >= 0x7C00 ? 0x7C00 : bits);
}

sx_val sx_bits_get_float(SxHeap *h, sx_val v, size_t at, size_t n_bits, int flags)
{
    SxBits b = sx_bits_of(v);
    if ((n_bits != 64 && n_bits != 32 && n_bits != 16) || !inside(&b, at, n_bits)) return SX_NONE;
    uint64_t word = to_word(&b, (flags & SX_SEG_LITTLE) != 0);
    double d;
    if (n_bits == 64) {
        memcpy(&d, &word, sizeof d);
    } else if (n_bits == 32) {
        uint32_t low = (uint32_t)word;
        float f;
        memcpy(&f, &low, sizeof f);
        d = f;
    } else {
        d = from_half((unsigned)word);
    }
    return isfinite(d) ? sx_float(h, d) : SX_NONE;
}

/* ---- code points ---- */

sx_val sx_bits_get_utf(sx_val v, size_t at, int type_and_flags, size_t *n_bits_taken)
{
    bool little = (type_and_flags & SX_SEG_LITTLE) != 0;
    SxBits all = sx_bits_of(v);
    if (at > all.n_bits) return SX_NONE;
    size_t left = all.n_bits - at;
    uint32_t c;
    all.bit_offset += at;
    switch (type_and_flags & 7) {
    case SX_SEG_UTF8: {
        unsigned char local[4];
        const unsigned char *s = all.bytes + all.bit_offset / 8;
        size_t n = left / 8 < sizeof local ? left / 8 : sizeof local;
        if (all.bit_offset % 8 != 0) {
            sx_bits_copy(local, 0, all.bytes, all.bit_offset, n * 8);
            s = local;
        }
        *n_bits_taken = 8 * (size_t)sx_utf8_decode(s, n, &c);
        return *n_bits_taken > 0 ? sx_small(c) : SX_NONE;
    }
    case SX_SEG_UTF16:
        if (left < 16) return SX_NONE;
        all.n_bits = 16;
        c = (uint32_t)to_word(&all, little);
        *n_bits_taken = 16;
        if (c >= 0xD800 && c <= 0xDBFF && left >= 32) {
            all.bit_offset += 16;
            uint32_t low = (uint32_t)to_word(&all, little);
            if (low < 0xDC00 || low > 0xDFFF) return SX_NONE;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            *n_bits_taken = 32;
        }
        return sx_is_code_point(c) ? sx_small(c) : SX_NONE;
    default:
        if (left < 32) return SX_NONE;
        all.n_bits = 32;
        c = (uint32_t)to_word(&all, little);
        *n_bits_taken = 32;
        return sx_is_code_point(c) ? sx_small(c) : SX_NONE;
    }
}

/* ---- building ---- */

void sx_bits_out_init(SxBitsOut *o)
{
    o->bytes = o->local;
    o->n_bits = 0;
    o->cap_bytes = sizeof o->local;
}

/* The blob that `bytes` lies in, once the local room did not suffice. */
static SxBlob *blob_of(const SxBitsOut *o) { return SX_CONTAINER(o->bytes, SxBlob, bytes); }

void sx_bits_out_deinit(SxBitsOut *o)
{
    if (o->bytes != o->local) sx_blob_unref(blob_of(o));
    sx_bits_out_init(o);
}

/* Room for n_bits more, their last byte cleared. */
static void reserve(SxBitsOut *o, size_t n_bits)
{
    size_t need = (o->n_bits + n_bits + 7) / 8;
    if (need > o->cap_bytes) {
        SxBlob *blob = sx_blob_new(need + need / 2);
        memcpy(blob->bytes, o->bytes, (o->n_bits + 7) / 8);
        if (o->bytes != o->local) sx_blob_unref(blob_of(o));
        o->bytes = blob->bytes;
        o->cap_bytes = blob->cap;
    }
    if (n_bits > 0 && need > (o->n_bits + 7) / 8) o->bytes[need - 1] = 0;
}

/* Append n_bits of `from`, from bit `from_bit` on. */
static void put(SxBitsOut *o, const unsigned char *from, size_t from_bit, size_t n_bits)
{
    reserve(o, n_bits);
    sx_bits_copy(o->bytes, o->n_bits, from, from_bit, n_bits);
    o->n_bits += n_bits;
}

/* The low n_bits of an integer whose bytes are given highest first, (n_bits + 7) / 8 of them. */
static void put_bytes(SxBitsOut *o, unsigned char *big_endian, size_t n_bits, bool little)
{
    size_t n = (n_bits + 7) / 8;
    unsigned rest = (unsigned)(n_bits % 8);
    if (!little) {
        put(o, big_endian, n * 8 - n_bits, n_bits);
        return;
    }
    if (rest > 0) big_endian[0] = (unsigned char)(big_endian[0] << (8 - rest));
    for (size_t i = 0; i < n / 2; i++) {
        unsigned char t = big_endian[i];
        big_endian[i] = big_endian[n - 1 - i];
        big_endian[n - 1 - i] = t;
    }
    put(o, big_endian, 0, n_bits);
}

static void put_word(SxBitsOut *o, uint64_t word, size_t n_bits, bool little)
{
    unsigned char local[8], *bytes = local;
    size_t n = (n_bits + 7) / 8;
    bool direct = ((o->n_bits | n_bits) & 7) == 0;
    if (direct) {
        reserve(o, n_bits);
        bytes = o->bytes + o->n_bits / 8;
    }
    for (size_t i = 0; i < n; i++) bytes[direct && little ? i : n - 1 - i] = (unsigned char)(word >> (i * 8));
    if (direct) o->n_bits += n_bits;
    else put_bytes(o, local, n_bits, little);
}

bool sx_bits_put_integer(SxBitsOut *o, sx_val i, size_t n_bits, int flags)
{
    bool little = (flags & SX_SEG_LITTLE) != 0;
    if (!sx_is_integer(i)) return false;
    if (n_bits <= 64 && sx_is_small(i)) {
        put_word(o, (uint64_t)sx_small_value(i), n_bits, little);
        return true;
    }
    size_t n = (n_bits + 7) / 8;
    unsigned char local[LOCAL_BYTES], *bytes = n <= sizeof local ? local : sx_alloc(n);
    sx_num_export(i, bytes, n);
    put_bytes(o, bytes, n_bits, little);
    if (bytes != local) sx_free(bytes);
    return true;
}

bool sx_bits_put_float(SxBitsOut *o, sx_val f, size_t n_bits, int flags)
{
    double d;
    uint64_t word;
    if (!sx_num_to_double(f, &d)) return false;
    if (n_bits == 64) {
        memcpy(&word, &d, sizeof word);
    } else if (n_bits == 32) {
        float narrow = (float)d;
        uint32_t low;
        memcpy(&low, &narrow, sizeof low);
        word = low;
    } else {
        if (n_bits != 16) return false;
        word = to_half(d);
    }
    put_word(o, word, n_bits, (flags & SX_SEG_LITTLE) != 0);
    return true;
}

bool sx_bits_put_utf(SxBitsOut *o, sx_val c, int type_and_flags)
{
    bool little = (type_and_flags & SX_SEG_LITTLE) != 0;
    if (!sx_is_small(c) || sx_small_value(c) < 0 || sx_small_value(c) > 0x10FFFF) return false;
    uint32_t point = (uint32_t)sx_small_value(c);
    if (!sx_is_code_point(point)) return false;
    unsigned char utf8[4];
    switch (type_and_flags & 7) {
    case SX_SEG_UTF8:
        put(o, utf8, 0, 8 * (size_t)sx_utf8_encode(point, utf8));
        return true;
    case SX_SEG_UTF16:
        if (point >= 0x10000) {
            put_word(o, 0xD800 + ((point - 0x10000) >> 10), 16, little);
            point = 0xDC00 + ((point - 0x10000) & 0x3FF);
        }
        put_word(o, point, 16, little);
        return true;
    default:
        put_word(o, point, 32, little);
        return true;
    }
}

bool sx_bits_put_bits(SxBitsOut *o, sx_val v, size_t n_bits)
{
    if (!sx_is_bits(v)) return false;
    SxBits b = sx_bits_of(v);
    if (n_bits > b.n_bits) return false;
    put(o, b.bytes, b.bit_offset, n_bits);
    return true;
}

sx_val sx_bits_out_value(SxBitsOut *o, SxHeap *h)
{
    size_t n_bits = o->n_bits, n_bytes = (n_bits + 7) / 8;
    sx_val v;
    if (o->bytes == o->local) {
        v = sx_bits_in_heap(h, o->bytes, n_bits);
    } else {
        SxBlob *blob = blob_of(o);
        atomic_store_explicit(&blob->used, n_bytes, memory_order_relaxed);
        v = sx_bits_from_blob(h, blob, n_bits);
        o->bytes = o->local; /* the value has taken the blob */
    }
    sx_bits_out_init(o);
    return v;
}
