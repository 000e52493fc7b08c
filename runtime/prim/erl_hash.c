/* erl_hash.c - Erlang's portable hashes of terms, and the checksums of bytes that crc32/1 leaves over.
 * Owns phash2 and phash: numbers that programs store and send, so they are those of OTP, bit for bit (the mixing is Bob
 * Jenkins' lookup2 for phash2, a chain of multiplications for phash). Not for tables of our own: those use sx_term_hash.
 * INVARIANT: equal terms hash equal; the order of a map's pairs does not matter. Walks are iterative. */
#include "base/buf.h"
#include "base/utf8.h"
#include "prim/args.h"
#include "prim/words.h"

/* ---- phash2 ---- */

#define GOLDEN 0x9e3779b9u
#define KIND(n) ((uint32_t)((n) * GOLDEN)) /* what is mixed in for each kind of term */
#define EMPTY_ALONE 3468870702u

#define MIX(a, b, c)                                                                                                   \
    do {                                                                                                               \
        a -= b, a -= c, a ^= c >> 13;                                                                                  \
        b -= c, b -= a, b ^= a << 8;                                                                                   \
        c -= a, c -= b, c ^= b >> 13;                                                                                  \
        a -= b, a -= c, a ^= c >> 12;                                                                                  \
        b -= c, b -= a, b ^= a << 16;                                                                                  \
        c -= a, c -= b, c ^= b >> 5;                                                                                   \
        a -= b, a -= c, a ^= c >> 3;                                                                                   \
        b -= c, b -= a, b ^= a << 10;                                                                                  \
        c -= a, c -= b, c ^= b >> 15;                                                                                  \
    } while (0)

static uint32_t mix2(uint32_t hash, uint32_t x, uint32_t y, uint32_t kind)
{
    uint32_t a = kind + x, b = kind + y;
    MIX(a, b, hash);
    return hash;
}

static uint32_t word_at(const unsigned char *k) { return (uint32_t)k[0] | (uint32_t)k[1] << 8 | (uint32_t)k[2] << 16 | (uint32_t)k[3] << 24; }

static uint32_t hash_block(const unsigned char *k, size_t n, uint32_t start)
{
    uint32_t a = GOLDEN, b = GOLDEN, c = start, total = (uint32_t)n;
    for (; n >= 12; k += 12, n -= 12) {
        a += word_at(k);
        b += word_at(k + 4);
        c += word_at(k + 8);
        MIX(a, b, c);
    }
    unsigned char rest[12] = {0};
    memcpy(rest, k, n);
    a += word_at(rest);
    b += word_at(rest + 4);
    c += total + ((uint32_t)rest[8] << 8) + ((uint32_t)rest[9] << 16) + ((uint32_t)rest[10] << 24); /* the lowest byte is the length's */
    MIX(a, b, c);
    return c;
}

/* The hash that an atom's text has in OTP's table: characters of Latin-1 count as one byte. */
static uint32_t atom_hash(sx_val atom)
{
    size_t n;
    const unsigned char *text = (const unsigned char *)sx_atom_text(atom, &n);
    uint32_t h = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = text[i];
        if (i + 1 < n && (c & 0xFE) == 0xC2 && (text[i + 1] & 0xC0) == 0x80) c = (c << 6 | (text[++i] & 0x3F)) & 0xFF;
        h = (h << 4) + c;
        uint32_t high = h & 0xF0000000u;
        if (high != 0) h ^= high >> 24 ^ high;
    }
    return h;
}

static uint32_t hash_small(uint32_t hash, int64_t i)
{
    if (i >= -(1 << 27) && i < (1 << 27)) {
        int32_t y = (int32_t)i;
        if (y < 0) hash = mix2(hash, (uint32_t)-y, 0, KIND(1)); /* twice, so it is */
        return mix2(hash, (uint32_t)y, 0, KIND(1));
    }
    uint64_t size = i < 0 ? -(uint64_t)i : (uint64_t)i;
    return mix2(hash, (uint32_t)size, (uint32_t)(size >> 32), KIND(i < 0 ? 10 : 11));
}

static uint32_t hash_bitstring(uint32_t hash, sx_val v)
{
    SxBits b = sx_bits_of(v);
    size_t n_bytes = b.n_bits / 8, more = b.n_bits % 8;
    uint32_t start = KIND(13) + hash;
    if (b.n_bits == 0) return start;
    const unsigned char *bytes = b.bytes + b.bit_offset / 8;
    unsigned char *copy = NULL, last;
    if (b.bit_offset % 8 != 0) {
        bytes = copy = sx_alloc(n_bytes + 1);
        sx_bits_copy(copy, 0, b.bytes, b.bit_offset, b.n_bits);
    }
    hash = hash_block(bytes, n_bytes, start);
    if (more > 0) {
        last = bytes[n_bytes];
        hash = mix2(hash, (uint32_t)more, (uint32_t)(last >> (8 - more)), KIND(15));
    }
    sx_free(copy);
    return hash;
}

static uint32_t hash_closure(uint32_t hash, sx_val v, SxWords *todo)
{
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(v)[1];
    if (fn->flags & (SX_FN_REMOTE | SX_FN_NATIVE)) {
        hash = mix2(hash, fn->max_args, atom_hash(fn->module), KIND(1));
        return mix2(hash, atom_hash(fn->name), 0, KIND(14));
    }
    hash = mix2(hash, fn->n_free, atom_hash(fn->module), KIND(1));
    hash = mix2(hash, (uint32_t)(fn - fn->unit->fns), atom_hash(fn->name), KIND(1));
    size_t n = sx_header_size(sx_header_of(v)) - 1;
    for (size_t i = n; i-- > 0;) sx_words_push(todo, sx_ptr(v)[2 + i]);
    return hash;
}

/* Bytes at the front of a list go four at a time. Answers the tail that is to follow the head in *head; SX_NONE as *head: the
 * list was bytes only, up to the tail. */
static uint32_t hash_list(uint32_t hash, sx_val list, sx_val *head, sx_val *tail, size_t *work)
{
    uint32_t four = 0;
    int n = 0;
    while (sx_is_cons(list)) {
        sx_val v = sx_head(list);
        if (!sx_is_small(v) || (uint64_t)sx_small_value(v) > 255) break;
        four = four << 8 | (uint32_t)sx_small_value(v);
        if (++n == 4) {
            hash = mix2(hash, four, 0, KIND(4));
            four = 0, n = 0;
        }
        list = sx_tail(list);
        ++*work;
    }
    if (n > 0) hash = mix2(hash, four, 0, KIND(4));
    if (sx_is_cons(list)) {
        *head = sx_head(list);
        *tail = sx_tail(list);
    } else {
        *head = SX_NONE;
        *tail = list;
    }
    return hash;
}

#define PAIR_DONE SX_MARK(16) /* on the stack: the pair that was just hashed joins the map's sum; the sum is below */
#define MAP_DONE SX_MARK(17)  /* all pairs are: below it the outer sum and the hash before the map */

static uint32_t phash2(sx_val v, size_t *work)
{
    SxWords todo;
    uint32_t hash = 0, pairs = 0;
    if (v == SX_EMPTY) return EMPTY_ALONE;
    sx_words_init(&todo);
    for (;;) {
        ++*work;
        if (sx_is_small(v)) {
            hash = hash_small(hash, sx_small_value(v));
        } else if (sx_is_atom(v)) {
            uint32_t h = atom_hash(v);
            hash = hash == 0 ? h : mix2(hash, h, 0, KIND(3));
        } else if (v == SX_EMPTY) {
            hash = hash == 0 ? EMPTY_ALONE : mix2(hash, 2, 0, KIND(2));
        } else if (sx_is_cons(v)) {
            sx_val head, tail;
            hash = hash_list(hash, v, &head, &tail, work);
            if (head == SX_NONE) {
                v = tail;
            } else {
                sx_words_push(&todo, tail);
                v = head;
            }
            continue;
        } else if (sx_is_pid(v)) {
            hash = mix2(hash, sx_pid_slot(v), 0, KIND(5));
        } else if (sx_is_float(v)) {
            double d = sx_float_value(v) == 0.0 ? 0.0 : sx_float_value(v);
            uint64_t word;
            memcpy(&word, &d, sizeof word);
            hash = mix2(hash, (uint32_t)(word >> 32), (uint32_t)word, KIND(12));
        } else if (sx_is_big(v)) {
            const sx_val *w = sx_ptr(v);
            size_t n = sx_header_size(w[0]);
            uint32_t kind = KIND(sx_header_kind(w[0]) == SX_KIND_BIGNEG ? 10 : 11);
            for (size_t i = 1; i <= n; i++) hash = mix2(hash, (uint32_t)w[i], (uint32_t)(w[i] >> 32), kind);
            *work += n;
        } else if (sx_is_bits(v)) {
            hash = hash_bitstring(hash, v);
            *work += sx_bits_size(v) / 512;
        } else if (sx_is_tuple(v)) {
            size_t n = sx_tuple_size(v);
            hash = mix2(hash, (uint32_t)n, 0, KIND(9));
            for (size_t i = n; i-- > 0;) sx_words_push(&todo, sx_tuple_elements(v)[i]);
        } else if (sx_is_map(v)) {
            hash = mix2(hash, (uint32_t)sx_map_size(v), 0, KIND(16));
            if (sx_map_size(v) > 0) {
                sx_words_push(&todo, pairs);
                sx_words_push(&todo, hash);
                sx_words_push(&todo, MAP_DONE);
                SxMapIter it;
                sx_val key, value;
                sx_map_iter_init(&it, v);
                while (sx_map_iter_next(&it, &key, &value)) {
                    sx_words_push(&todo, PAIR_DONE);
                    sx_words_push(&todo, value);
                    sx_words_push(&todo, key);
                }
                hash = pairs = 0;
            }
        } else if (sx_is_ref(v)) {
            hash = mix2(hash, (uint32_t)sx_ref_serial(v), 0, KIND(7));
        } else if (sx_is_closure(v)) {
            hash = hash_closure(hash, v, &todo);
        } else if (sx_is_symbol(v)) {
            hash = mix2(hash, atom_hash(sx_symbol_name(v)), 0, KIND(20));
        }
        for (;;) {
            if (sx_words_empty(&todo)) {
                sx_words_deinit(&todo);
                return hash;
            }
            v = sx_words_pop(&todo);
            if (v == PAIR_DONE) {
                pairs ^= hash;
                hash = 0;
            } else if (v == MAP_DONE) {
                hash = (uint32_t)sx_words_pop(&todo);
                hash = mix2(hash, pairs, 0, KIND(19));
                pairs = (uint32_t)sx_words_pop(&todo);
            } else {
                break;
            }
        }
    }
}

#define MOST_RANGE ((int64_t)1 << 32)

SX_PRIM(phash2_2, "(erlang:phash2 term &opt range)", "Hash of a term from 0 up to, not including, `range` (2^27 unless given): the same on every machine and in every release.")
{
    int64_t range = (int64_t)1 << 27;
    size_t work = 0;
    if (sx_given(argv[1]) && (!sx_num_to_int64(argv[1], &range) || range < 1 || range > MOST_RANGE)) return sx_badarg(p, "phash2: the range must be 1 to 2^32");
    uint32_t hash = phash2(argv[0], &work);
    sx_charge(p, work / 16);
    return sx_small((int64_t)hash % range);
}

/* ---- phash ---- */

/* Its multipliers: primes near 2^28. */
enum { P1 = 268440163, P2 = 268439161, P3 = 268435459, P4 = 268436141, P5 = 268438633, P6 = 268437017, P8 = 268437511,
       P9 = 268439627, P10 = 268440479, P11 = 268440577, P12 = 268440581, P13 = 268440593, P14 = 268440611 };

static uint32_t step4(uint32_t hash, uint32_t x, uint32_t prime)
{
    hash = hash * prime + (x & 0xFF);
    hash = hash * prime + (x >> 8 & 0xFF);
    hash = hash * prime + (x >> 16 & 0xFF);
    return hash * prime + (x >> 24);
}

static uint32_t phash_integer(uint32_t hash, const uint64_t *limbs, size_t n, bool negative)
{
    for (size_t i = 0; i < n; i++) {
        hash = step4(hash, (uint32_t)limbs[i], P2);
        if (limbs[i] >> 32 != 0 || i + 1 < n) hash = step4(hash, (uint32_t)(limbs[i] >> 32), P2);
    }
    return hash * (uint32_t)(negative ? P4 : P3);
}

static uint32_t phash_bitstring(uint32_t hash, sx_val v)
{
    SxBits b = sx_bits_of(v);
    size_t n_bytes = b.n_bits / 8, more = b.n_bits % 8, looked_at = n_bytes;
    for (size_t i = 0; i < looked_at; i++) {
        unsigned char byte = 0;
        sx_bits_copy(&byte, 0, b.bytes, b.bit_offset + 8 * i, 8);
        hash = hash * P1 + byte;
    }
    if (more > 0) {
        unsigned char byte = 0;
        sx_bits_copy(&byte, 0, b.bytes, b.bit_offset + 8 * n_bytes, more);
        hash = (hash * P1 + (uint32_t)(byte >> (8 - more))) * P12 + (uint32_t)more;
    }
    return hash * P4 + (uint32_t)n_bytes;
}

#define LIST_BEHIND SX_MARK(18)  /* on the stack: multiply, a list's tail is done */
#define LIST_ON SX_MARK(19)      /* below it: the tail of the list whose head is done */
#define TUPLE_DONE SX_MARK(20)   /* below it: the size of the tuple */
#define CLOSURE_KIND 10

static uint32_t phash(sx_val v, size_t *work)
{
    SxWords todo;
    uint32_t hash = 0;
    sx_words_init(&todo);
    for (;;) {
        ++*work;
        if (sx_is_small(v)) {
            uint64_t size = sx_small_value(v) < 0 ? -(uint64_t)sx_small_value(v) : (uint64_t)sx_small_value(v);
            hash = phash_integer(hash, &size, 1, sx_small_value(v) < 0);
        } else if (sx_is_atom(v)) {
            hash = hash * P1 + atom_hash(v);
        } else if (v == SX_EMPTY) {
            hash = hash * P3 + 1;
        } else if (sx_is_cons(v)) {
            sx_val list = v;
            while (sx_is_cons(list) && sx_is_small(sx_head(list)) && (uint64_t)sx_small_value(sx_head(list)) <= 255) {
                hash = hash * P2 + (uint32_t)sx_small_value(sx_head(list));
                list = sx_tail(list);
                ++*work;
            }
            if (sx_is_cons(list)) {
                sx_words_push(&todo, sx_tail(list));
                sx_words_push(&todo, LIST_ON);
                v = sx_head(list);
            } else {
                sx_words_push(&todo, LIST_BEHIND);
                v = list;
            }
            continue;
        } else if (sx_is_pid(v)) {
            hash = step4(hash, sx_pid_slot(v), P5) * P6;
        } else if (sx_is_ref(v)) {
            hash = step4(hash, (uint32_t)sx_ref_serial(v), P9) * P10;
        } else if (sx_is_float(v)) {
            double d = sx_float_value(v) == 0.0 ? 0.0 : sx_float_value(v);
            uint64_t word;
            memcpy(&word, &d, sizeof word);
            hash = hash * P6 + ((uint32_t)word ^ (uint32_t)(word >> 32));
        } else if (sx_is_big(v)) {
            hash = phash_integer(hash, sx_ptr(v) + 1, sx_header_size(sx_header_of(v)), sx_header_kind(sx_header_of(v)) == SX_KIND_BIGNEG);
        } else if (sx_is_bits(v)) {
            hash = phash_bitstring(hash, v);
            *work += sx_bits_size(v) / 64;
        } else if (sx_is_tuple(v)) {
            size_t n = sx_tuple_size(v);
            sx_words_push(&todo, n);
            sx_words_push(&todo, TUPLE_DONE);
            for (size_t i = n; i-- > 0;) sx_words_push(&todo, sx_tuple_elements(v)[i]);
        } else if (sx_is_map(v)) {
            hash = hash * P13 + P14 + phash2(v, work);
        } else if (sx_is_closure(v)) {
            const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(v)[1];
            bool is_remote = fn->flags & (SX_FN_REMOTE | SX_FN_NATIVE);
            hash = hash * (uint32_t)(is_remote ? P11 : P10) + (is_remote ? fn->max_args : fn->n_free);
            hash = hash * P1 + atom_hash(fn->module);
            hash = hash * P1 + atom_hash(fn->name);
        }
        for (;;) {
            if (sx_words_empty(&todo)) {
                sx_words_deinit(&todo);
                return hash;
            }
            v = sx_words_pop(&todo);
            if (v == LIST_BEHIND) hash *= P8;
            else if (v == TUPLE_DONE) hash = hash * P9 + (uint32_t)sx_words_pop(&todo);
            else break;
        }
        if (v == LIST_ON) {
            v = sx_words_pop(&todo);
            if (!sx_is_cons(v)) sx_words_push(&todo, LIST_BEHIND);
        }
    }
}

SX_PRIM(phash_2, "(erlang:phash term range)", "Hash of a term from 1 to `range`: the old function; phash2 is better and faster.")
{
    int64_t range;
    size_t work = 0;
    if (!sx_num_to_int64(argv[1], &range) || range < 1 || range > MOST_RANGE) return sx_badarg(p, "phash: the range must be 1 to 2^32");
    uint32_t hash = phash(argv[0], &work);
    sx_charge(p, work / 16);
    return sx_small(1 + (int64_t)hash % range);
}

/* ---- checksums ---- */

#define ADLER_BASE 65521u
#define ADLER_PIECE 5552 /* bytes whose sums cannot overflow 32 bits */

static uint32_t adler32(uint32_t sum, const unsigned char *s, size_t n)
{
    uint32_t a = sum & 0xFFFF, b = sum >> 16;
    while (n > 0) {
        size_t take = n < ADLER_PIECE ? n : ADLER_PIECE;
        n -= take;
        while (take-- > 0) b += a += *s++;
        a %= ADLER_BASE;
        b %= ADLER_BASE;
    }
    return b << 16 | a;
}

static uint32_t crc32_bytes(uint32_t crc, const unsigned char *s, size_t n)
{
    static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                       0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= s[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* Bytes of iodata: a binary's own, or gathered in b (freed by the caller in any case). */
static bool bytes_of(sx_val v, SxBuf *b, const unsigned char **bytes, size_t *n)
{
    *bytes = sx_binary_bytes(v, n);
    if (*bytes != NULL) return true;
    if (!sx_flatten_text(v, false, b)) return false;
    *bytes = (const unsigned char *)(b->data ? b->data : "");
    *n = b->len;
    return true;
}

static bool sum_of(sx_val v, uint32_t *sum)
{
    uint64_t wide;
    if (!sx_num_to_uint64(v, &wide) || wide > UINT32_MAX) return false;
    *sum = (uint32_t)wide;
    return true;
}

static sx_val checksum(SxProc *p, uint32_t (*add)(uint32_t, const unsigned char *, size_t), sx_val start, uint32_t fresh, sx_val data, const char *name)
{
    SxBuf b = SX_BUF_INIT;
    const unsigned char *bytes;
    size_t n;
    sx_val v;
    if (start != SX_NONE && !sum_of(start, &fresh)) return sx_badarg(p, "%s: the sum so far must be an integer of 32 bits", name);
    if (!bytes_of(data, &b, &bytes, &n)) {
        v = sx_badarg(p, "%s: takes iodata", name);
    } else {
        v = sx_small(add(fresh, bytes, n));
        sx_charge(p, n / 64);
    }
    sx_buf_deinit(&b);
    return v;
}
SX_PRIM(adler32_1, "(erlang:adler32 iodata)", "Adler-32 of the bytes.") { return checksum(p, adler32, SX_NONE, 1, argv[0], "adler32"); }
SX_PRIM(adler32_2, "(erlang:adler32 sum iodata)", "Adler-32 of what `sum` stands for with the bytes behind it.") { return checksum(p, adler32, argv[0], 1, argv[1], "adler32"); }
SX_PRIM(crc32_2, "(erlang:crc32 sum iodata)", "CRC-32 of what `sum` stands for with the bytes behind it.") { return checksum(p, crc32_bytes, argv[0], 0, argv[1], "crc32"); }

SX_PRIM(adler32_combine3, "(erlang:adler32_combine a b n)", "Adler-32 of two texts, from the sums of both and the bytes of the second.")
{
    uint32_t one, two, n;
    if (!sum_of(argv[0], &one) || !sum_of(argv[1], &two) || !sum_of(argv[2], &n)) return sx_badarg(p, "adler32_combine: takes two sums and a length, of 32 bits");
    if (n == 0) return argv[0];
    /* as zlib does it: sums that are no remainders come out as unreduced as they go in */
    uint32_t rest = n % ADLER_BASE, a = one & 0xFFFF, b = rest * a % ADLER_BASE;
    a += (two & 0xFFFF) + ADLER_BASE - 1;
    b += (one >> 16) + (two >> 16) + ADLER_BASE - rest;
    for (int i = 0; i < 2; i++)
        if (a >= ADLER_BASE) a -= ADLER_BASE;
    if (b >= 2 * ADLER_BASE) b -= 2 * ADLER_BASE;
    if (b >= ADLER_BASE) b -= ADLER_BASE;
    return sx_small((int64_t)(b << 16 | a));
}

/* A linear map of 32-bit vectors over bits: row i is what bit i becomes. */
typedef struct BitMap { uint32_t row[32]; } BitMap;
static uint32_t apply_map(const BitMap *m, uint32_t v)
{
    uint32_t sum = 0;
    for (int i = 0; v != 0; i++, v >>= 1)
        if (v & 1) sum ^= m->row[i];
    return sum;
}

SX_PRIM(crc32_combine3, "(erlang:crc32_combine a b n)", "CRC-32 of two texts, from the sums of both and the bytes of the second.")
{
    uint32_t one, two, n;
    if (!sum_of(argv[0], &one) || !sum_of(argv[1], &two) || !sum_of(argv[2], &n)) return sx_badarg(p, "crc32_combine: takes two sums and a length, of 32 bits");
    /* behind one come n zero bytes: the map of one zero bit, squared again and again */
    BitMap map = {{0xEDB88320}}, squared;
    for (int i = 1; i < 32; i++) map.row[i] = (uint32_t)1 << (i - 1);
    for (int bit = 0; bit < 35; bit++) {
        if (bit >= 3 && n >> (bit - 3) & 1) one = apply_map(&map, one);
        if (bit >= 3 && n >> (bit - 3) <= 1) break;
        for (int i = 0; i < 32; i++) squared.row[i] = apply_map(&map, map.row[i]);
        map = squared;
    }
    return sx_small(one ^ two);
}

SX_PRIM_TABLE(erl_hash){&phash2_2_prim, &phash_2_prim, &adler32_1_prim, &adler32_2_prim, &crc32_2_prim, &adler32_combine3_prim, &crc32_combine3_prim, NULL};
