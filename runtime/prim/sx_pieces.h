/* sx_pieces.h - what the primitives of SX share: messages that show what came, text arguments, and lists built in pieces.
 * A primitive over long data works until its slice is used up, keeps its place as a tuple in p->prim_state and is called
 * again. What it has built by then is a list of chunks, newest first: a chunk is built front to back in one call (its cells
 * are fresh, so their tails may still be set) and never touched after it, so no old cell ever points to a young one.
 * INVARIANT: a place is #(phase ...) with a small integer, or #(true chunks result) while the chunks are being joined. */
#ifndef SX_PRIM_SX_PIECES_H
#define SX_PRIM_SX_PIECES_H

#include "base/buf.h"
#include "base/utf8.h"
#include "prim/args.h"

#define SX_ELEMENTS_PER_REDUCTION 16 /* of list work that is a few loads and stores each */
#define SX_BYTES_PER_REDUCTION 128   /* of text that is scanned or copied */

/* Raise badarg: `what` ("nth: takes a list and an index") and what came instead. */
sx_val sx_wrong(SxProc *p, const char *what, sx_val got);

/* An optional argument: SX_NONE when it is absent. */
SX_INLINE sx_val sx_opt(const sx_val *argv, int argc, int i) { return i < argc ? argv[i] : SX_NONE; }
/* Charge n units at `per` units a reduction; true when the slice is used up. */
SX_INLINE bool sx_spent(SxProc *p, size_t n, size_t per)
{
    sx_charge(p, n / per + 1);
    return sx_out_of_time(p);
}
/* Field i of the place that was kept. */
SX_INLINE sx_val sx_place(const SxProc *p, int i) { return sx_tuple_elements(p->prim_state)[i]; }
SX_INLINE bool sx_resumed(const SxProc *p) { return p->prim_state != SX_NONE; }

/* ---- lists front to back ---- */

typedef struct SxListOut {
    sx_val first;
    sx_val *end;    /* where the next cell goes: into `first` or the last cell's tail */
    sx_val chunks;  /* of earlier calls, newest first */
    SxHeap *heap;
} SxListOut;

SX_INLINE void sx_list_out(SxListOut *o, SxProc *p, sx_val chunks)
{
    o->first = SX_EMPTY;
    o->end = &o->first;
    o->chunks = chunks;
    o->heap = &p->heap;
}
SX_INLINE void sx_list_add(SxListOut *o, sx_val v)
{
    sx_val cell = sx_cons(o->heap, v, SX_EMPTY);
    *o->end = cell;
    o->end = sx_ptr(cell) + 1;
}
/* The chunks to be kept in a place: what was built in this call is one of them now. */
sx_val sx_list_chunks(SxListOut *o);
/* The whole list, ended by `tail`; or SX_AGAIN: the primitive is to answer sx_list_join when called again. */
sx_val sx_list_finish(SxProc *p, SxListOut *o, sx_val tail);
SX_INLINE bool sx_joining(const SxProc *p) { return sx_resumed(p) && sx_place(p, 0) == SX_TRUE; }
sx_val sx_list_join(SxProc *p);

/* ---- text ---- */

typedef struct SxText { /* bytes of a binary: valid until the primitive answers */
    const unsigned char *at;
    size_t n;
    sx_val v; /* the binary, or a copy that begins on a byte: sx_bits_sub of it gives parts */
} SxText;

/* False: v is no binary. Never fails on what bytes there are. */
bool sx_text_of(SxProc *p, sx_val v, SxText *t);
/* The same for valid UTF-8 only. Charges for its length. */
bool sx_string_of(SxProc *p, sx_val v, SxText *t);
/* Bytes that begin a code point. */
size_t sx_count_code_points(const unsigned char *s, size_t n_bytes);
/* Where code point `index` of valid UTF-8 begins; n_bytes when there are fewer. */
size_t sx_code_point_offset(const unsigned char *s, size_t n_bytes, size_t index);
/* List of the code points of string v, in pieces (a place of its own); else raises by sx_wrong. */
sx_val sx_code_points(SxProc *p, sx_val v, const char *what);
/* Where `pattern` (not empty) first occurs in s[from, n): looks at one piece of the text. Answers true when it is found, at
 * *at; otherwise *at is where to go on, and s.n means that it does not occur. */
bool sx_find_piece(SxProc *p, const SxText *s, size_t from, const SxText *pattern, size_t *at);

/* A binary of the buffer, which is emptied. Raises system_limit when it is too long. */
sx_val sx_take_text(SxProc *p, SxBuf *b);
/* `out` with the buffer's bytes behind it; the buffer is emptied. SX_THROWN: too long. */
sx_val sx_append_text(SxProc *p, sx_val out, SxBuf *b);
/* Append v as `str` shows it: strings as they are, atoms by name, all else as inspect. False: past the limit for text. */
bool sx_add_str(SxProc *p, SxBuf *b, sx_val v);
/* Bytes that a text made by this process may have. */
size_t sx_text_limit(const SxProc *p);

#endif
