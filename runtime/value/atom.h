/* atom.h - the table of names. An atom is an index; its text is UTF-8, at most SX_ATOM_MAX_CHARS code points, and lives for
 * good. Look-up takes no lock; adding takes a spin of a few instructions. atoms.def lists those that C code names:
 * SX_A_ok is the term `ok`. */
#ifndef SX_ATOM_H
#define SX_ATOM_H

#include "base/buf.h"
#include "value/term.h"

#define SX_ATOM_MAX_CHARS 255
#define SX_ATOM_LIMIT (1u << 20) /* max_atoms unless told otherwise */

enum {
#define ATOM(id, text) SX_ATOM_INDEX_##id,
#include "value/atoms.def"
#undef ATOM
    SX_ATOM_INDEX_COUNT
};
#define SX_A(id) SX_ATOM(SX_ATOM_INDEX_##id)

void sx_atoms_init(uint32_t limit);
void sx_atoms_deinit(void);
/* The atom with this text, added when it is new. SX_NONE: the table is full (system_limit), or the text is too long. */
sx_val sx_atom_intern(const char *text, size_t n_bytes);
sx_val sx_atom(const char *text); /* the same for C strings that fit; never SX_NONE */
/* Only when it exists already; else SX_NONE. */
sx_val sx_atom_existing(const char *text, size_t n_bytes);
const char *sx_atom_text(sx_val atom, size_t *n_bytes); /* also NUL-terminated; n_bytes may be NULL */
uint64_t sx_atom_hash(sx_val atom); /* of the text, not seeded */
uint32_t sx_atom_count(void);

/* For the boot image: all atoms from index `first` on, as the table keeps them. Answers how many bytes were added, a multiple of 8. */
size_t sx_atoms_write(SxBuf *out, uint32_t first);
/* Take them back as the next `n` atoms, none of which is there yet: no text is hashed, and with `stays` none is copied, because
 * the bytes (8-aligned) outlive the table. False: they are damaged, or more than the limit allows (the table is then no use). */
bool sx_atoms_read(const void *bytes, size_t n_bytes, size_t n, bool stays);

#endif
