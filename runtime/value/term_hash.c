/* term_hash.c - a seeded hash of any value.
 * Owns the mixing; the seed is set by whoever starts the machine. Words of immediates and smalls are hashed as they are, so
 * hashes differ from run to run and must not be stored.
 * INVARIANT: equal values (sx_equal) hash equal: 0.0 like -0.0, views like copies, symbols by name. What is skipped in large
 * values (below MOST_DEPTH, behind MOST_TERMS) is chosen by shape alone. */
#include "value/bits.h"
#include "value/map.h"

#define MOST_TERMS 4096
#define MOST_DEPTH 128
#define MOST_BYTES ((size_t)1 << 16) /* of a binary: as many at its start, and again at its end */

uint64_t sx_map_seed;

/* Both words into one, in a way that depends on every bit of both and cannot be steered without the seed. */
SX_INLINE uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)(a ^ 0x9E3779B97F4A7C15u) * (b ^ 0xD1B54A32D192ED03u);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

SX_INLINE uint64_t hash_word(uint64_t seed, sx_val v) { return mix(v ^ seed, seed << 32 | seed >> 32); }

static uint64_t hash_bytes(uint64_t hash, const unsigned char *s, size_t n)
{
    uint64_t word[2];
    for (; n >= 16; s += 16, n -= 16) {
        memcpy(word, s, 16);
        hash = mix(hash ^ word[0], word[1]);
    }
    word[0] = word[1] = 0;
    memcpy(word, s, n);
    return mix(hash ^ word[0], word[1] ^ n);
}

static uint64_t hash_bits(uint64_t hash, sx_val v)
{
    SxBits b = sx_bits_of(v);
    hash = mix(hash, b.n_bits);
    for (int end = 0; end < 2; end++) {
        size_t from = 0, n_bits = b.n_bits;
        if (n_bits > MOST_BYTES * 8) {
            n_bits = MOST_BYTES * 8;
            if (end) from = b.n_bits - n_bits;
        } else if (end) {
            break;
        }
        if ((b.bit_offset + from) % 8 == 0 && n_bits % 8 == 0) {
            hash = hash_bytes(hash, b.bytes + (b.bit_offset + from) / 8, n_bits / 8);
            continue;
        }
        unsigned char piece[64];
        for (size_t done = 0; done < n_bits; done += sizeof piece * 8) {
            size_t take = n_bits - done < sizeof piece * 8 ? n_bits - done : sizeof piece * 8;
            memset(piece, 0, sizeof piece);
            sx_bits_copy(piece, 0, b.bytes, b.bit_offset + from + done, take);
            hash = take == sizeof piece * 8 ? hash_bytes(hash, piece, sizeof piece) : hash_bytes(hash, piece, (take + 7) / 8);
        }
    }
    return hash;
}

/* Entries of a trie in any order: two tries of equal pairs may keep full collisions in different order. */
static uint64_t hash_trie(uint64_t hash, sx_val map)
{
    uint64_t sum = sx_map_size(map);
    if (sum > MOST_TERMS) return mix(hash, sum);
    SxMapIter it;
    sx_val key, value;
    sx_map_iter_init(&it, map);
    while (sx_map_iter_next(&it, &key, &value)) {
        if (!sx_is_pointer(key)) sum += mix(hash_word(hash, key), sx_is_pointer(value) ? 0 : value);
    }
    return mix(hash, sum);
}

typedef struct Frame {
    const sx_val *at;
    size_t left; /* elements; 0 marks a list, whose tail is at[0] */
} Frame;

static SX_NOINLINE uint64_t hash_pointer(uint64_t seed, sx_val v)
{
    Frame stack[MOST_DEPTH];
    int depth = 0;
    uint64_t hash = seed;
    for (int n = 0; n < MOST_TERMS; n++) {
        const sx_val *w = sx_ptr(v);
        Frame next = {NULL, 0};
        if (!sx_is_pointer(v)) {
            hash = mix(hash, v);
        } else if (sx_is_cons(v)) {
            hash = mix(hash, SX_TAG_CONS);
            next.at = w + 1;
        } else {
            SxKind kind = sx_header_kind(w[0]);
            size_t size = sx_header_size(w[0]);
            switch (kind) {
            case SX_KIND_FLOAT: {
                double d = sx_float_value(v) + 0.0; /* turns -0.0 into 0.0 */
                uint64_t word;
                memcpy(&word, &d, sizeof word);
                hash = mix(hash ^ kind, word);
                break;
            }
            case SX_KIND_BIGPOS:
            case SX_KIND_BIGNEG:
                hash = hash_bytes(hash ^ kind, (const unsigned char *)(w + 1), size * sizeof *w);
                break;
            case SX_KIND_HEAPBIN:
            case SX_KIND_BITS:
                hash = hash_bits(hash, v);
                break;
            case SX_KIND_REF:
                hash = mix(hash ^ kind, w[1]);
                break;
            case SX_KIND_SYMBOL:
                hash = mix(hash ^ kind, w[1]);
                break;
            case SX_KIND_HAMT:
                hash = hash_trie(hash, v);
                break;
            case SX_KIND_MAP: /* keys tuple, values */
            case SX_KIND_TUPLE:
            case SX_KIND_CLOSURE:
                hash = mix(hash ^ kind, size);
                next.at = w + 1;
                next.left = size;
                break;
            default:
                SX_CHECK(!"a value");
            }
        }
        if (next.at && sx_is_cons(v)) {
            if (depth < MOST_DEPTH) stack[depth++] = next;
            v = w[0];
            continue;
        }
        if (next.left > 0 && depth < MOST_DEPTH) stack[depth++] = next;
        if (depth == 0) return hash;
        Frame *top = &stack[depth - 1];
        v = *top->at++;
        if (top->left <= 1) depth--; /* a list's tail, or the last element */
        else top->left--;
    }
    return hash;
}

uint64_t sx_term_hash(sx_val v)
{
    if (!sx_is_pointer(v)) return hash_word(sx_map_seed, v);
    return hash_pointer(sx_map_seed, v);
}
