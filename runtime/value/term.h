/* term.h - the tag table: what a 64-bit word of the machine means.
 *
 *   low bits   meaning                                   rest of the word
 *   ...000     small integer                             61-bit two's complement value (value << 3)
 *   ...001     cons                                      address of two words: head, tail
 *   ...010     boxed object                              address of a header word
 *   ...011     float                                     address of a header word (kind FLOAT), then the double
 *   ...100     header word (first word of an object in a heap; never a value)
 *   ...101     immediate, kind in bits 3..7              atom index / pid / empty list
 *   ...110     forwarded (first word of an object that the collector moved; never a value)
 *   ...111     marks of the machine (SX_THROWN and friends; never inside a heap)
 *
 * An address has 8-byte alignment, so a raw pointer or code address stored as a word looks like a small integer: the
 * collector passes over it. Words are 64 bits on every machine, also where addresses have 32.
 *
 * Header:  | size: words that follow, 48 bits | flags 8 bits .. kind 5 bits | 100 |   (kind bits 3..7, flags 8..15, size 16..63)
 *
 *   kind       words behind the header                                     scanned by the collector
 *   TUPLE      elements                                                    all
 *   MAP        keys tuple (sorted), values in that order; up to 32 keys    all
 *   HAMT       count (small), root node; more than 32 keys                 all
 *   NODE       bitmap (small), children: NODE, or cons (key . value), or cons list for full collisions   all
 *   CLOSURE    SxFn address, captured values                               all (address looks small)
 *   SYMBOL     name atom, file atom, line (small), column (small)          all
 *   BITS       base (HEAPBIN or BLOB), offset in bits (small), size in bits (small): a view   all
 *   FLOAT      the double                                                  none
 *   BIGPOS/NEG limbs, least significant first                              none
 *   HEAPBIN    size in bits (raw), bytes padded to words                   none
 *   BLOB       SxBlob address, next BLOB of this heap: large counted bytes; only ever reached through BITS   none
 *   REF        64-bit serial, pid of the maker                             none
 *
 * The values that a program sees: small, big, float, atom, pid, ref, cons, [], tuple, map (MAP, HAMT), bitstring
 * (HEAPBIN, BITS), closure, symbol. BLOB and NODE are inner parts. */
#ifndef SX_TERM_H
#define SX_TERM_H

#include "base/base.h"

typedef uint64_t sx_val;

enum { SX_TAG_SMALL = 0, SX_TAG_CONS = 1, SX_TAG_BOXED = 2, SX_TAG_FLOAT = 3, SX_TAG_HEADER = 4, SX_TAG_IMM = 5, SX_TAG_FWD = 6, SX_TAG_MARK = 7 };
enum { SX_IMM_ATOM = 0, SX_IMM_PID = 1, SX_IMM_NIL = 2 };
typedef enum SxKind {
    SX_KIND_TUPLE, SX_KIND_MAP, SX_KIND_HAMT, SX_KIND_NODE, SX_KIND_CLOSURE, SX_KIND_SYMBOL, SX_KIND_BITS,
    SX_KIND_FIRST_RAW, SX_KIND_FLOAT = SX_KIND_FIRST_RAW, SX_KIND_BIGPOS, SX_KIND_BIGNEG, SX_KIND_HEAPBIN, SX_KIND_BLOB, SX_KIND_REF
} SxKind;

#define SX_SMALL_BITS 61
#define SX_SMALL_MAX ((int64_t)0x0FFFFFFFFFFFFFFF)
#define SX_SMALL_MIN (-SX_SMALL_MAX - 1)
#define SX_HEAPBIN_MAX_BYTES 64 /* longer ones are blobs */
#define SX_MAP_MAX_FLAT 32

#define SX_MARK(n) (((sx_val)(n) << 3) | SX_TAG_MARK)
#define SX_NONE SX_MARK(0)      /* no value: an absent argument, a failed look-up, an operand of the wrong type */
#define SX_THROWN SX_MARK(1)    /* a primitive raised: class and reason are in the process */
#define SX_AGAIN SX_MARK(2)     /* a primitive yielded: call it again, its place is in p->prim_state */
#define SX_PARKED SX_MARK(3)    /* a primitive waits: call it again after a wake-up */
#define SX_TAILCALL SX_MARK(4)  /* a primitive asks to call p->tail_fn with p->tail_args instead of answering */
#define SX_APART SX_MARK(6)     /* another thread goes on with the primitive's work in p->apart: call it again when that is done */
#define SX_TOO_BIG SX_MARK(5)   /* a number or size past its limit: system_limit */

/* ---- words ---- */
SX_INLINE int sx_tag(sx_val v) { return (int)(v & 7); }
SX_INLINE bool sx_is_small(sx_val v) { return (v & 7) == SX_TAG_SMALL; }
SX_INLINE bool sx_both_small(sx_val a, sx_val b) { return ((a | b) & 7) == SX_TAG_SMALL; }
SX_INLINE int64_t sx_small_value(sx_val v) { return (int64_t)v >> 3; }
SX_INLINE sx_val sx_small(int64_t i) { return (sx_val)i << 3; }
SX_INLINE bool sx_fits_small(int64_t i) { return i >= SX_SMALL_MIN && i <= SX_SMALL_MAX; }

SX_INLINE bool sx_is_cons(sx_val v) { return (v & 7) == SX_TAG_CONS; }
SX_INLINE bool sx_is_boxed(sx_val v) { return (v & 7) == SX_TAG_BOXED; }
SX_INLINE bool sx_is_float(sx_val v) { return (v & 7) == SX_TAG_FLOAT; }
/* cons, boxed or float: a word that points into some heap */
SX_INLINE bool sx_is_pointer(sx_val v) { return (unsigned)((v & 7) - 1) < 3; }
SX_INLINE sx_val *sx_ptr(sx_val v) { return (sx_val *)(uintptr_t)(v & ~(sx_val)7); }
SX_INLINE sx_val sx_make_ptr(const sx_val *p, int tag) { return (sx_val)(uintptr_t)p | (sx_val)tag; }

SX_INLINE sx_val sx_head(sx_val cons) { return sx_ptr(cons)[0]; }
SX_INLINE sx_val sx_tail(sx_val cons) { return sx_ptr(cons)[1]; }

/* ---- headers ---- */
#define SX_HEADER(kind, size) (((sx_val)(size) << 16) | ((sx_val)(kind) << 3) | SX_TAG_HEADER)
SX_INLINE bool sx_is_header(sx_val w) { return (w & 7) == SX_TAG_HEADER; }
SX_INLINE SxKind sx_header_kind(sx_val h) { return (SxKind)((h >> 3) & 31); }
SX_INLINE size_t sx_header_size(sx_val h) { return (size_t)(h >> 16); }
SX_INLINE sx_val sx_header_of(sx_val boxed) { return *sx_ptr(boxed); }
SX_INLINE bool sx_is_kind(sx_val v, SxKind kind) { return sx_is_boxed(v) && sx_header_kind(sx_header_of(v)) == kind; }

/* ---- immediates ---- */
#define SX_IMM(kind, payload) (((sx_val)(payload) << 8) | ((sx_val)(kind) << 3) | SX_TAG_IMM)
#define SX_EMPTY SX_IMM(SX_IMM_NIL, 0) /* the empty list */
#define SX_ATOM(index) SX_IMM(SX_IMM_ATOM, index)
SX_INLINE bool sx_is_atom(sx_val v) { return (v & 0xff) == ((SX_IMM_ATOM << 3) | SX_TAG_IMM); }
SX_INLINE uint32_t sx_atom_index(sx_val v) { return (uint32_t)(v >> 8); }
SX_INLINE bool sx_is_pid(sx_val v) { return (v & 0xff) == ((SX_IMM_PID << 3) | SX_TAG_IMM); }
/* pid payload: slot in the process table (26 bits), serial of that slot (30 bits) */
SX_INLINE sx_val sx_make_pid(uint32_t slot, uint32_t serial) { return SX_IMM(SX_IMM_PID, ((sx_val)serial << 26) | slot); }
SX_INLINE uint32_t sx_pid_slot(sx_val pid) { return (uint32_t)(pid >> 8) & 0x3FFFFFF; }
SX_INLINE uint32_t sx_pid_serial(sx_val pid) { return (uint32_t)(pid >> 34); }

/* The first three atoms have fixed indices, so that truth is one comparison. */
#define SX_FALSE SX_ATOM(0)
#define SX_NIL SX_ATOM(1) /* the atom nil, which is not the empty list */
#define SX_TRUE SX_ATOM(2)
SX_INLINE bool sx_is_true(sx_val v) { return (v & ~(sx_val)0x100) != SX_FALSE; } /* neither false nor nil */
SX_INLINE sx_val sx_bool(bool b) { return b ? SX_TRUE : SX_FALSE; }

/* ---- objects ---- */
SX_INLINE bool sx_is_tuple(sx_val v) { return sx_is_kind(v, SX_KIND_TUPLE); }
SX_INLINE size_t sx_tuple_size(sx_val t) { return sx_header_size(sx_header_of(t)); }
SX_INLINE sx_val *sx_tuple_elements(sx_val t) { return sx_ptr(t) + 1; }
SX_INLINE bool sx_is_list(sx_val v) { return sx_is_cons(v) || v == SX_EMPTY; }
SX_INLINE bool sx_is_big(sx_val v) { return sx_is_boxed(v) && (sx_header_kind(sx_header_of(v)) == SX_KIND_BIGPOS || sx_header_kind(sx_header_of(v)) == SX_KIND_BIGNEG); }
SX_INLINE bool sx_is_integer(sx_val v) { return sx_is_small(v) || sx_is_big(v); }
SX_INLINE bool sx_is_number(sx_val v) { return sx_is_small(v) || sx_is_float(v) || sx_is_big(v); }
SX_INLINE bool sx_is_map(sx_val v) { return sx_is_boxed(v) && (sx_header_kind(sx_header_of(v)) == SX_KIND_MAP || sx_header_kind(sx_header_of(v)) == SX_KIND_HAMT); }
SX_INLINE bool sx_is_bits(sx_val v) { return sx_is_boxed(v) && (sx_header_kind(sx_header_of(v)) == SX_KIND_HEAPBIN || sx_header_kind(sx_header_of(v)) == SX_KIND_BITS); }
SX_INLINE bool sx_is_closure(sx_val v) { return sx_is_kind(v, SX_KIND_CLOSURE); }
SX_INLINE bool sx_is_symbol(sx_val v) { return sx_is_kind(v, SX_KIND_SYMBOL); }
SX_INLINE bool sx_is_ref(sx_val v) { return sx_is_kind(v, SX_KIND_REF); }
SX_INLINE double sx_float_value(sx_val v) { double d; memcpy(&d, sx_ptr(v) + 1, sizeof d); return d; }

/* SYMBOL */
SX_INLINE sx_val sx_symbol_name(sx_val s) { return sx_ptr(s)[1]; }
SX_INLINE sx_val sx_symbol_file(sx_val s) { return sx_ptr(s)[2]; }
SX_INLINE int sx_symbol_line(sx_val s) { return (int)sx_small_value(sx_ptr(s)[3]); }
/* The last word: the column, and above it the index of the macro (an atom) whose expansion made the symbol; 0: it was read. */
#define SX_SYMBOL_MACRO_SHIFT 32
SX_INLINE int sx_symbol_column(sx_val s) { return (int32_t)sx_small_value(sx_ptr(s)[4]); }
SX_INLINE uint32_t sx_symbol_macro(sx_val s) { return (uint32_t)(sx_small_value(sx_ptr(s)[4]) >> SX_SYMBOL_MACRO_SHIFT); }
/* REF */
SX_INLINE uint64_t sx_ref_serial(sx_val r) { return sx_ptr(r)[1]; }
SX_INLINE sx_val sx_ref_pid(sx_val r) { return sx_ptr(r)[2]; }

#endif
