/* crypto.c - keys, signatures, hashes and random bytes on OpenSSL: the natives of module crypto.
 * Owns the translation of terms; what is computed is the library's. Keys and secrets are never put into messages of errors. */
#include "base/buf.h"
#include "base/sys.h"
#include "prim/args.h"
#include "sys/crypto.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define ED25519_BYTES 32
#define ED25519_SIGNATURE_BYTES 64
#define MAX_RANDOM_BYTES (1 << 20)

static const EVP_MD *digest_of(sx_val name)
{
    if (name == sx_atom("sha256")) return EVP_sha256();
    if (name == sx_atom("sha512")) return EVP_sha512();
    if (name == sx_atom("sha")) return EVP_sha1();
    if (name == sx_atom("sha224")) return EVP_sha224();
    if (name == sx_atom("sha384")) return EVP_sha384();
    if (name == sx_atom("md5")) return EVP_md5();
    return NULL;
}

/* Bytes of iodata: a binary's own, or gathered in b. */
static bool data_of(sx_val v, SxBuf *b, const unsigned char **bytes, size_t *n)
{
    *bytes = sx_binary_bytes(v, n);
    if (*bytes != NULL) return true;
    if (!sx_flatten_text(v, false, b)) return false;
    *bytes = (const unsigned char *)(b->data ? b->data : "");
    *n = b->len;
    return true;
}

static sx_val hash(SxProc *p, sx_val name, sx_val data)
{
    const EVP_MD *md = digest_of(name);
    SxBuf b = SX_BUF_INIT;
    const unsigned char *bytes;
    unsigned char out[EVP_MAX_MD_SIZE];
    size_t n;
    unsigned out_len;
    if (md == NULL) return sx_badarg(p, "hash: the digest must be sha, sha224, sha256, sha384, sha512 or md5");
    bool ok = data_of(data, &b, &bytes, &n) && EVP_Digest(bytes, n, out, &out_len, md, NULL) == 1;
    sx_buf_deinit(&b);
    if (!ok) return sx_badarg(p, "hash: the data must be iodata");
    sx_charge(p, n / 256);
    return sx_binary(&p->heap, out, out_len);
}
SX_PRIM(hash2, "(crypto:hash digest data)", "Hash of iodata: sha, sha224, sha256, sha384, sha512, md5.") { return hash(p, argv[0], argv[1]); }
SX_PRIM(md5_1, "(erlang:md5 data)", "MD5 of iodata.") { return hash(p, sx_atom("md5"), argv[0]); }

SX_PRIM(mac4, "(crypto:mac type digest key data)", "Message authentication code: type hmac.")
{
    const EVP_MD *md = digest_of(argv[1]);
    SxBuf kb = SX_BUF_INIT, db = SX_BUF_INIT;
    const unsigned char *key, *data;
    unsigned char out[EVP_MAX_MD_SIZE];
    size_t kn, dn;
    unsigned out_len;
    bool ok = argv[0] == sx_atom("hmac") && md != NULL && data_of(argv[2], &kb, &key, &kn) && data_of(argv[3], &db, &data, &dn) &&
              HMAC(md, key, (int)kn, data, dn, out, &out_len) != NULL;
    if (kb.data != NULL) OPENSSL_cleanse(kb.data, kb.len);
    sx_buf_deinit(&kb);
    sx_buf_deinit(&db);
    return ok ? sx_binary(&p->heap, out, out_len) : sx_badarg(p, "mac: takes hmac, a digest, a key and data");
}

SX_PRIM(strong_rand_bytes1, "(crypto:strong_rand_bytes n)", "`n` random bytes.")
{
    if (!sx_is_small(argv[0]) || sx_small_value(argv[0]) < 0 || sx_small_value(argv[0]) > MAX_RANDOM_BYTES) return sx_badarg(p, "strong_rand_bytes: takes 0 to %d", MAX_RANDOM_BYTES);
    unsigned char *out;
    size_t n = (size_t)sx_small_value(argv[0]);
    sx_val v = sx_binary_new(&p->heap, n, &out);
    sx_sys_random(out, n);
    return v;
}

SX_PRIM(hash_equals2, "(crypto:hash_equals a b)", "Whether two binaries of one size are equal, in constant time.")
{
    size_t n, m;
    const unsigned char *a = sx_binary_bytes(argv[0], &n), *b = sx_binary_bytes(argv[1], &m);
    if (a == NULL || b == NULL || n != m) return sx_badarg(p, "hash_equals: takes two binaries of one size");
    return sx_bool(CRYPTO_memcmp(a, b, n) == 0);
}

/* Key of [Key, ed25519]. */
static EVP_PKEY *key_of(sx_val v, bool is_private)
{
    sx_val parts[2];
    size_t n;
    if (sx_list_values(v, parts, 2) != 2 || parts[1] != sx_atom("ed25519")) return NULL;
    const unsigned char *bytes = sx_binary_bytes(parts[0], &n);
    if (bytes == NULL || n != ED25519_BYTES) return NULL;
    return is_private ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, n) : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, n);
}

SX_PRIM(sign4, "(crypto:sign algorithm digest message key)", "Signature of a message: eddsa, none, iodata, [PrivateKey, ed25519].")
{
    EVP_PKEY *key = argv[0] == sx_atom("eddsa") ? key_of(argv[3], true) : NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    SxBuf b = SX_BUF_INIT;
    const unsigned char *data;
    unsigned char out[ED25519_SIGNATURE_BYTES];
    size_t n, out_len = sizeof out;
    bool ok = key != NULL && data_of(argv[2], &b, &data, &n) && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 && EVP_DigestSign(ctx, out, &out_len, data, n) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    sx_buf_deinit(&b);
    sx_charge(p, 100);
    return ok ? sx_binary(&p->heap, out, out_len) : sx_badarg(p, "sign: takes eddsa, none, iodata and [a key of 32 bytes, ed25519]");
}

SX_PRIM(verify5, "(crypto:verify algorithm digest message signature key)", "Whether the signature is the message's: eddsa, none, iodata, signature, [PublicKey, ed25519].")
{
    EVP_PKEY *key = argv[0] == sx_atom("eddsa") ? key_of(argv[4], false) : NULL;
    if (key == NULL) return sx_badarg(p, "verify: takes eddsa, none, iodata, a signature and [a key of 32 bytes, ed25519]");
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    SxBuf b = SX_BUF_INIT;
    const unsigned char *data;
    size_t n, sig_len;
    const unsigned char *sig = sx_binary_bytes(argv[3], &sig_len);
    bool ok = sig != NULL && data_of(argv[2], &b, &data, &n) && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 && EVP_DigestVerify(ctx, sig, sig_len, data, n) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    sx_buf_deinit(&b);
    sx_charge(p, 300);
    return sx_bool(ok);
}

SX_PRIM(generate_key3, "(crypto:generate_key type curve &opt private)", "{PublicKey, PrivateKey} of a new or the given Ed25519 key: eddsa, ed25519.")
{
    unsigned char secret[ED25519_BYTES], public_key[ED25519_BYTES];
    size_t n, len = sizeof public_key;
    if (argv[0] != sx_atom("eddsa") || argv[1] != sx_atom("ed25519")) return sx_badarg(p, "generate_key: takes eddsa and ed25519");
    if (sx_given(argv[2])) {
        const unsigned char *given = sx_binary_bytes(argv[2], &n);
        if (given == NULL || n != ED25519_BYTES) return sx_badarg(p, "generate_key: a private key has 32 bytes");
        memcpy(secret, given, n);
    } else {
        sx_sys_random(secret, sizeof secret);
    }
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof secret);
    bool ok = key != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &len) == 1;
    EVP_PKEY_free(key);
    sx_val answer = ok ? sx_tuple(&p->heap, 2, sx_binary(&p->heap, public_key, sizeof public_key), sx_binary(&p->heap, secret, sizeof secret)) : sx_badarg(p, "generate_key: no key could be made");
    OPENSSL_cleanse(secret, sizeof secret);
    return answer;
}

SX_PRIM_TABLE(crypto){&hash2_prim, &md5_1_prim, &mac4_prim, &strong_rand_bytes1_prim, &hash_equals2_prim, &sign4_prim, &verify5_prim, &generate_key3_prim, NULL};
