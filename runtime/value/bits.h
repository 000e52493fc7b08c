/* bits.h - bitstrings: HEAPBIN (bytes inside the heap, up to 64) and BITS (a view of a HEAPBIN or of a counted blob).
 * Offsets and sizes are in bits. Padding bits behind the last one may hold anything: readers mask them.
 * Appending to the view that ends at its blob's `used` works in place, so building a binary by appending is linear.
 *
 * An *owned view* is a BITS object with a flag in its header: one register holds it and nothing else does, so the machine
 * may move it on in place while a function goes through a binary. The compiler makes one where the rest of an argument is
 * only handed to a tail call that takes it apart again (compile_bytes.c); whoever wants it as a value settles it first, after
 * which it is a view like any other. It is the one exception to "values never change": nobody can see it change. */
#ifndef SX_BITS_H
#define SX_BITS_H

#include "value/heap.h"

/* of one bitstring; a size beyond it raises badarg before memory is asked for. Twice as many bits fit a size_t. */
#define SX_BITS_MAX_BYTES ((size_t)1 << (sizeof(size_t) > 4 ? 31 : 27))

typedef struct SxBits { /* where the bits of a value are; valid until the next safe point */
    const unsigned char *bytes;
    size_t bit_offset; /* of the first bit, from bytes[0]; bytes + bit_offset / 8 is the first byte */
    size_t n_bits;
} SxBits;

#define SX_BITS_HEADER SX_HEADER(SX_KIND_BITS, 3)
#define SX_OWNED_BITS_HEADER (SX_BITS_HEADER | (sx_val)1 << 8)
SX_INLINE void sx_bits_settle(sx_val v) /* any value */
{
    if (sx_is_boxed(v) && sx_header_of(v) == SX_OWNED_BITS_HEADER) *sx_ptr(v) = SX_BITS_HEADER;
}
/* Byte `at` of v: SX_NO_BYTE when it has not so many, SX_NO_BINARY when v is no bitstring of whole bytes. */
enum { SX_NO_BYTE = -1, SX_NO_BINARY = -2 };
SX_INLINE int sx_binary_byte(sx_val v, size_t at);

SX_INLINE SxBits sx_bits_of(sx_val v);                         /* v must be sx_is_bits */
SX_INLINE bool sx_bits_is_binary(sx_val v);                    /* whole bytes */
SX_INLINE size_t sx_bits_size(sx_val v);                       /* bits */
/* Bytes of a binary with an aligned start, NULL when v is no binary or does not start on a byte. */
const unsigned char *sx_binary_bytes(sx_val v, size_t *n_bytes);
/* The same for any binary: unaligned ones are copied to scratch (*scratch freed by the caller when not NULL). */
const unsigned char *sx_binary_bytes_any(sx_val v, size_t *n_bytes, unsigned char **scratch);

sx_val sx_binary(SxHeap *h, const void *bytes, size_t n_bytes);          /* copies */
sx_val sx_binary_text(SxHeap *h, const char *text);
/* n_bytes to be filled by the caller at once: *bytes points to them. */
sx_val sx_binary_new(SxHeap *h, size_t n_bytes, unsigned char **bytes);
sx_val sx_binary_from_blob(SxHeap *h, SxBlob *blob, size_t offset_bytes, size_t n_bytes); /* takes one reference of its own */
/* Of a whole blob, whose one reference it takes; and a copy of at most SX_HEAPBIN_MAX_BYTES. */
sx_val sx_bits_from_blob(SxHeap *h, SxBlob *blob, size_t n_bits);
sx_val sx_bits_in_heap(SxHeap *h, const unsigned char *bytes, size_t n_bits);
/* A view (or a small copy) of n_bits of v from bit `from` on. */
sx_val sx_bits_sub(SxHeap *h, sx_val v, size_t from, size_t n_bits);
/* a followed by b, in place when a ends at its blob's `used` and on a byte. SX_TOO_BIG: past SX_BITS_MAX_BYTES. */
sx_val sx_bits_append(SxHeap *h, sx_val a, sx_val b);
int sx_bits_compare(sx_val a, sx_val b);                                  /* -1 0 1, Erlang's order */

/* Copy n bits between bit positions. */
void sx_bits_copy(unsigned char *to, size_t to_bit, const unsigned char *from, size_t from_bit, size_t n_bits);

/* ---- segments ---- */
enum { SX_SEG_INTEGER, SX_SEG_FLOAT, SX_SEG_BITS, SX_SEG_UTF8, SX_SEG_UTF16, SX_SEG_UTF32 };
enum { SX_SEG_LITTLE = 8, SX_SEG_SIGNED = 16 }; /* or-ed to the type */

/* Read a segment of v at bit `at`, n_bits long. SX_NONE when it does not fit (or the float is not finite). */
sx_val sx_bits_get_integer(SxHeap *h, sx_val v, size_t at, size_t n_bits, int flags);
sx_val sx_bits_get_float(SxHeap *h, sx_val v, size_t at, size_t n_bits, int flags);
/* Code point at bit `at`; *n_bits_taken is set. SX_NONE when invalid. */
sx_val sx_bits_get_utf(sx_val v, size_t at, int type_and_flags, size_t *n_bits_taken);

/* Build: a writer over scratch that becomes a value. */
typedef struct SxBitsOut {
    unsigned char *bytes; /* `local`, or inside a blob of its own: not to be moved */
    size_t n_bits, cap_bytes;
    unsigned char local[SX_HEAPBIN_MAX_BYTES];
} SxBitsOut;
void sx_bits_out_init(SxBitsOut *o);
void sx_bits_out_deinit(SxBitsOut *o);
bool sx_bits_put_integer(SxBitsOut *o, sx_val i, size_t n_bits, int flags); /* false: not an integer */
bool sx_bits_put_float(SxBitsOut *o, sx_val f, size_t n_bits, int flags);   /* false: not a number, or a size other than 16 32 64 */
bool sx_bits_put_utf(SxBitsOut *o, sx_val c, int type_and_flags);           /* false: not a code point */
bool sx_bits_put_bits(SxBitsOut *o, sx_val v, size_t n_bits);               /* false: not bits, or fewer than n_bits */
sx_val sx_bits_out_value(SxBitsOut *o, SxHeap *h);                          /* o is empty afterwards */

SX_INLINE SxBits sx_bits_of(sx_val v)
{
    const sx_val *w = sx_ptr(v);
    if (sx_header_kind(w[0]) == SX_KIND_HEAPBIN) return (SxBits){(const unsigned char *)(w + 2), 0, (size_t)w[1]};
    const sx_val *base = sx_ptr(w[1]);
    const unsigned char *bytes = (const unsigned char *)(base + 2);
    if (sx_header_kind(base[0]) == SX_KIND_BLOB) bytes = ((const SxBlob *)(uintptr_t)base[1])->bytes;
    return (SxBits){bytes, (size_t)sx_small_value(w[2]), (size_t)sx_small_value(w[3])};
}

SX_INLINE int sx_binary_byte(sx_val v, size_t at)
{
    if (SX_UNLIKELY(!sx_is_boxed(v))) return SX_NO_BINARY;
    const sx_val *w = sx_ptr(v), *base = w;
    size_t n_bits, offset = 8 * at;
    SxKind kind = sx_header_kind(w[0]);
    if (SX_LIKELY(kind == SX_KIND_BITS)) {
        n_bits = (size_t)sx_small_value(w[3]);
        if (SX_UNLIKELY(n_bits & 7)) return SX_NO_BINARY;
        if (SX_UNLIKELY(offset >= n_bits)) return SX_NO_BYTE;
        offset += (size_t)sx_small_value(w[2]);
        base = sx_ptr(w[1]);
    } else if (kind == SX_KIND_HEAPBIN) {
        n_bits = (size_t)w[1];
        if (n_bits & 7) return SX_NO_BINARY;
        if (offset >= n_bits) return SX_NO_BYTE;
    } else {
        return SX_NO_BINARY;
    }
    const unsigned char *bytes = sx_header_kind(base[0]) == SX_KIND_BLOB ? ((const SxBlob *)(uintptr_t)base[1])->bytes : (const unsigned char *)(base + 2);
    bytes += offset >> 3;
    offset &= 7;
    return SX_LIKELY(offset == 0) ? bytes[0] : (bytes[0] << offset | bytes[1] >> (8 - offset)) & 0xFF;
}

SX_INLINE size_t sx_bits_size(sx_val v)
{
    const sx_val *w = sx_ptr(v);
    return sx_header_kind(w[0]) == SX_KIND_HEAPBIN ? (size_t)w[1] : (size_t)sx_small_value(w[3]);
}

SX_INLINE bool sx_bits_is_binary(sx_val v) { return sx_is_bits(v) && (sx_bits_size(v) & 7) == 0; }

#endif
