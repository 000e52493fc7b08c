/* text.h - text between programs and the operating system: file names, arguments, Erlang's strings. */
#ifndef SX_TEXT_H
#define SX_TEXT_H

#include "base/buf.h"
#include "value/heap.h"

/* Append a name as UTF-8: a binary, an atom, a string (code points, nested). False: it is none of these, or has a NUL. */
bool sx_text_name(SxBuf *out, sx_val name);
/* UTF-8 as Erlang's string: a list of code points; a byte that is no UTF-8 stands for itself. */
sx_val sx_text_string(SxHeap *h, const char *text, size_t n_bytes);

#endif
