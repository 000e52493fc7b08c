/* digest.c - hashes that are made piece by piece: md5_init and its kin, crypto:hash_init and its kin.
 * A state is a value like any other: the library's context as a binary, for MD5 alone as OTP has it, otherwise beside the
 * digest's name. So a state may be gone on with twice, and nothing has to be freed. The library's newer interface keeps its
 * contexts to itself, hence the older one here.
 * INVARIANT: states come back from programs, so what they say of a place in the context's buffer is checked before use. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/buf.h"
#include "prim/args.h"
#include "sys/crypto.h"
#include <openssl/md5.h>
#include <openssl/sha.h>

typedef union Context {
    MD5_CTX md5;
    SHA_CTX sha;
    SHA256_CTX sha256;
    SHA512_CTX sha512;
} Context;

typedef enum Family { MD5_FAMILY, SHA1_FAMILY, SHA256_FAMILY, SHA512_FAMILY } Family;

typedef struct Digest {
    const char *name;
    Family family;
    unsigned n_context, n_out;
} Digest;

static const Digest digests[] = {{"md5", MD5_FAMILY, sizeof(MD5_CTX), 16},           {"sha", SHA1_FAMILY, sizeof(SHA_CTX), 20},
                                 {"sha224", SHA256_FAMILY, sizeof(SHA256_CTX), 28},  {"sha256", SHA256_FAMILY, sizeof(SHA256_CTX), 32},
                                 {"sha384", SHA512_FAMILY, sizeof(SHA512_CTX), 48},  {"sha512", SHA512_FAMILY, sizeof(SHA512_CTX), 64}};

static const Digest *digest_of(sx_val name)
{
    for (size_t i = 0; i < SX_COUNT(digests); i++)
        if (name == sx_atom(digests[i].name)) return &digests[i];
    return NULL;
}

static void begin(const Digest *d, Context *c)
{
    memset(c, 0, sizeof *c);
    switch (d->n_out) {
    case 16: MD5_Init(&c->md5); break;
    case 20: SHA1_Init(&c->sha); break;
    case 28: SHA224_Init(&c->sha256); break;
    case 32: SHA256_Init(&c->sha256); break;
    case 48: SHA384_Init(&c->sha512); break;
    default: SHA512_Init(&c->sha512); break;
    }
}

static void add(const Digest *d, Context *c, const void *bytes, size_t n)
{
    switch (d->family) {
    case MD5_FAMILY: MD5_Update(&c->md5, bytes, n); break;
    case SHA1_FAMILY: SHA1_Update(&c->sha, bytes, n); break;
    case SHA256_FAMILY: SHA256_Update(&c->sha256, bytes, n); break;
    case SHA512_FAMILY: SHA512_Update(&c->sha512, bytes, n); break;
    }
}

static void finish(const Digest *d, Context *c, unsigned char *out)
{
    switch (d->family) {
    case MD5_FAMILY: MD5_Final(out, &c->md5); break;
    case SHA1_FAMILY: SHA1_Final(out, &c->sha); break;
    case SHA256_FAMILY: SHA256_Final(out, &c->sha256); break; /* md_len says how much of it */
    case SHA512_FAMILY: SHA512_Final(out, &c->sha512); break;
    }
}

/* The context that a binary holds; false: it is none of this digest. */
static bool take_context(const Digest *d, sx_val v, Context *c)
{
    size_t n;
    const unsigned char *bytes = sx_binary_bytes(v, &n);
    if (bytes == NULL || n != d->n_context) return false;
    memcpy(c, bytes, n);
    switch (d->family) {
    case MD5_FAMILY: return c->md5.num < MD5_CBLOCK;
    case SHA1_FAMILY: return c->sha.num < SHA_CBLOCK;
    case SHA256_FAMILY: return c->sha256.num < SHA256_CBLOCK && c->sha256.md_len == d->n_out;
    default: return c->sha512.num < SHA512_CBLOCK && c->sha512.md_len == d->n_out;
    }
}
static sx_val give_context(SxProc *p, const Digest *d, const Context *c) { return sx_binary(&p->heap, c, d->n_context); }

/* Add iodata to the context. False: it is none. */
static bool add_data(SxProc *p, const Digest *d, Context *c, sx_val data)
{
    SxBuf b = SX_BUF_INIT;
    size_t n;
    const unsigned char *bytes = sx_binary_bytes(data, &n);
    bool ok = bytes != NULL;
    if (!ok && sx_flatten_text(data, false, &b)) {
        bytes = (const unsigned char *)b.data;
        n = b.len;
        ok = true;
    }
    if (ok && n > 0) add(d, c, bytes, n);
    if (ok) sx_charge(p, n / 256);
    sx_buf_deinit(&b);
    return ok;
}

/* ---- MD5 by itself ---- */

SX_PRIM(md5_init0, "(erlang:md5_init)", "The state before the first byte of an MD5 hash that is made piece by piece.")
{
    Context c;
    begin(&digests[0], &c);
    return give_context(p, &digests[0], &c);
}
SX_PRIM(md5_update2, "(erlang:md5_update state iodata)", "The state behind these bytes.")
{
    Context c;
    if (!take_context(&digests[0], argv[0], &c) || !add_data(p, &digests[0], &c, argv[1])) return sx_badarg(p, "md5_update: takes a state of md5_init and iodata");
    return give_context(p, &digests[0], &c);
}
SX_PRIM(md5_final1, "(erlang:md5_final state)", "The MD5 hash of all bytes that the state has seen.")
{
    Context c;
    unsigned char out[MD5_DIGEST_LENGTH];
    if (!take_context(&digests[0], argv[0], &c)) return sx_badarg(p, "md5_final: takes a state of md5_init");
    finish(&digests[0], &c, out);
    return sx_binary(&p->heap, out, sizeof out);
}

/* ---- the others ---- */

static const Digest *take_state(sx_val v, Context *c)
{
    if (!sx_is_tuple(v) || sx_tuple_size(v) != 2) return NULL;
    const Digest *d = digest_of(sx_tuple_elements(v)[0]);
    return d != NULL && take_context(d, sx_tuple_elements(v)[1], c) ? d : NULL;
}

SX_PRIM(hash_init1, "(crypto:hash_init digest)", "The state before the first byte of a hash that is made piece by piece: md5, sha, sha224, sha256, sha384 or sha512.")
{
    Context c;
    const Digest *d = digest_of(argv[0]);
    if (d == NULL) return sx_badarg(p, "hash_init: the digest must be sha, sha224, sha256, sha384, sha512 or md5");
    begin(d, &c);
    return sx_tuple(&p->heap, 2, argv[0], give_context(p, d, &c));
}
SX_PRIM(hash_update2, "(crypto:hash_update state iodata)", "The state behind these bytes.")
{
    Context c;
    const Digest *d = take_state(argv[0], &c);
    if (d == NULL || !add_data(p, d, &c, argv[1])) return sx_badarg(p, "hash_update: takes a state of hash_init and iodata");
    return sx_tuple(&p->heap, 2, sx_tuple_elements(argv[0])[0], give_context(p, d, &c));
}
SX_PRIM(hash_final1, "(crypto:hash_final state)", "The hash of all bytes that the state has seen.")
{
    Context c;
    unsigned char out[SHA512_DIGEST_LENGTH];
    const Digest *d = take_state(argv[0], &c);
    if (d == NULL) return sx_badarg(p, "hash_final: takes a state of hash_init");
    finish(d, &c, out);
    return sx_binary(&p->heap, out, d->n_out);
}

SX_PRIM_TABLE(digest){&md5_init0_prim, &md5_update2_prim, &md5_final1_prim, &hash_init1_prim, &hash_update2_prim, &hash_final1_prim, NULL};
