/* disasm.c - a function's code as text, for `disassemble` and for whoever debugs the compiler.
 * One line an instruction: offset from the function's first word, name, operands (r3 a register, r3= one that is written),
 * then the extra words by their letter in opcodes.def. A line with the source position stands where that changes. */
#include "code/code.h"
#include "code/prim.h"
#include "value/bits.h"
#include "value/print.h"

#define CONSTANT_BYTES 100 /* shown of a constant */

typedef struct Listing {
    const SxCode *c;
    const SxFn *fn;
    SxBuf *out;
} Listing;

static void add_atom(SxBuf *out, sx_val atom)
{
    sx_buf_add_str(out, sx_is_atom(atom) ? sx_atom_text(atom, NULL) : "?");
}

static void add_function(SxBuf *out, const SxFn *fn)
{
    if (fn->module != SX_A(empty)) {
        add_atom(out, fn->module);
        sx_buf_add_char(out, fn->flags & SX_FN_MODULE ? ':' : '/');
    }
    add_atom(out, fn->name);
    sx_buf_addf(out, "/%u", fn->min_args);
    if (fn->flags & SX_FN_REST) sx_buf_add_char(out, '+');
    else if (fn->max_args != fn->min_args) sx_buf_addf(out, "-%u", fn->max_args);
    if (fn->flags & SX_FN_LAMBDA) sx_buf_addf(out, " fn@%p", (const void *)fn);
}

static void add_constant(SxBuf *out, sx_val v)
{
    if (v == SX_NONE) sx_buf_add_str(out, "none");
    else sx_print(out, v, out->len + CONSTANT_BYTES);
}

static void add_spec(SxBuf *out, uint64_t spec)
{
    static const char *const types[] = {"integer", "float", "bits", "utf8", "utf16", "utf32", "?", "?"};
    int type = SX_SPEC_TYPE(spec);
    sx_buf_add_str(out, types[type & 7]);
    if (spec & SX_SPEC_ALL) sx_buf_add_str(out, " all");
    else if ((type & 7) < SX_SEG_UTF8) sx_buf_addf(out, SX_SPEC_IS_REG(spec) ? " r%zu" : " %zu", SX_SPEC_SIZE(spec));
    if (SX_SPEC_UNIT(spec) > 1) sx_buf_addf(out, "*%zu", SX_SPEC_UNIT(spec));
    if (type & SX_SEG_LITTLE) sx_buf_add_str(out, " little");
    if (type & SX_SEG_SIGNED) sx_buf_add_str(out, " signed");
}

static void add_build(SxBuf *out, sx_val descriptor)
{
    for (size_t i = 0; i < sx_tuple_size(descriptor); i++) {
        sx_buf_add_str(out, i ? ", " : " ");
        add_spec(out, (uint64_t)sx_small_value(sx_tuple_elements(descriptor)[i]));
    }
}

/* The target of a jump, as an offset from the function's first word. */
static void add_target(Listing *l, const uint64_t *pc, uint64_t offset)
{
    sx_buf_addf(l->out, " -> %td", pc - l->fn->code + (ptrdiff_t)(int64_t)offset);
}

static void add_operand(SxBuf *out, char letter, uint64_t word, int index)
{
    unsigned n = (unsigned)(word >> (16 + 16 * index)) & 0xffff;
    switch (letter) {
    case 'w': case 'B': sx_buf_addf(out, " r%u=", n); break;
    case 'm': sx_buf_addf(out, " r%u+=", n); break;
    case 'r': sx_buf_addf(out, " r%u", n); break;
    case 'n': sx_buf_addf(out, " %u", n); break;
    case 'i': sx_buf_addf(out, " %d", (int16_t)n); break;
    default: break;
    }
}

static void add_table(Listing *l, const uint64_t *pc)
{
    uint64_t n = pc[1];
    if (SX_INSTR_OP(*pc) == SX_OP_SWITCH) {
        for (uint64_t i = 0; i < n; i++) {
            sx_buf_add_str(l->out, "\n            ");
            add_constant(l->out, pc[3 + 2 * i]);
            add_target(l, pc, pc[4 + 2 * i]);
        }
    } else {
        for (uint64_t i = 0; i < n; i++) {
            sx_buf_addf(l->out, "\n            %lld", (long long)pc[3] + (long long)i);
            add_target(l, pc, pc[4 + i]);
        }
    }
    sx_buf_add_str(l->out, "\n            else");
    add_target(l, pc, pc[2]);
}

/* A line a class that some byte has: its bytes as ranges. */
static void add_classes(Listing *l, const uint64_t *pc)
{
    const uint8_t *class = sx_classes(pc);
    for (uint64_t k = 1; k < pc[1]; k++) {
        sx_buf_add_str(l->out, "\n           ");
        for (unsigned i = 0; i < 256; i++) {
            unsigned first = i;
            if (class[i] != k) continue;
            while (i < 255 && class[i + 1] == k) i++;
            sx_buf_addf(l->out, first == i ? " %u" : " %u-%u", first, i);
        }
        add_target(l, pc, pc[SX_CLASS_OFFSETS + k]);
    }
    sx_buf_add_str(l->out, "\n            no byte");
    add_target(l, pc, pc[SX_CLASS_OFFSETS]);
    sx_buf_add_str(l->out, ", no binary");
    add_target(l, pc, pc[2]);
}

static void add_extra(Listing *l, char letter, const uint64_t *pc, uint64_t word)
{
    SxBuf *out = l->out;
    switch (letter) {
    case 'k': sx_buf_add_char(out, ' '), add_constant(out, word); break;
    case 'j': add_target(l, pc, word); break;
    case 'f': sx_buf_add_char(out, ' '), add_function(out, (const SxFn *)(uintptr_t)word); break;
    case 'g': sx_buf_add_char(out, ' '), add_atom(out, ((const SxCell *)(uintptr_t)word)->name); break;
    case 'e': {
        const SxExport *e = (const SxExport *)(uintptr_t)word;
        sx_buf_add_char(out, ' ');
        add_atom(out, e->module);
        sx_buf_add_char(out, ':');
        add_atom(out, e->name);
        sx_buf_addf(out, "/%u", (unsigned)e->arity);
        break;
    }
    case 'p': sx_buf_addf(out, " %s", word < l->c->n_prims ? l->c->prims[word]->usage : "?"); break;
    case 's': sx_buf_add_char(out, ' '), add_spec(out, word); break;
    case 'd': add_build(out, word); break;
    case 't': add_table(l, pc); break;
    case 'c': add_classes(l, pc); break;
    default: break;
    }
}

static void add_instruction(Listing *l, const uint64_t *pc)
{
    const SxOpInfo *info = &sx_op_info[SX_INSTR_OP(*pc)];
    sx_buf_addf(l->out, "%6td  %-10s", pc - l->fn->code, info->name);
    for (int i = 0; i < 3; i++) add_operand(l->out, info->operands[i], *pc, i);
    for (size_t i = 0; info->extra[i]; i++) add_extra(l, info->extra[i], pc, pc[1 + i]);
    sx_buf_add_char(l->out, '\n');
}

static void add_handlers(Listing *l)
{
    uint32_t first = (uint32_t)(l->fn->code - l->fn->unit->code);
    for (uint32_t i = 0; i < l->fn->n_handlers; i++) {
        const SxHandler *h = &l->fn->handlers[i];
        sx_buf_addf(l->out, "  handler  %u to %u -> %u", h->start - first, h->end - first, h->target - first);
        sx_buf_addf(l->out, h->is_guard ? ", guard\n" : ", r%u\n", h->base);
    }
}

void sx_code_disassemble(const SxCode *c, const SxFn *fn, SxBuf *out)
{
    Listing l = {c, fn, out};
    add_function(out, fn);
    sx_buf_addf(out, "  frame %u, %u words", fn->frame, fn->n_code);
    if (fn->n_free) sx_buf_addf(out, ", captures %u", fn->n_free);
    sx_buf_add_char(out, '\n');
    SxWhere at = {0};
    for (const uint64_t *pc = fn->code; pc < fn->code + fn->n_code; pc += sx_op_length(pc)) {
        SxWhere now;
        if (sx_code_where(c, pc, &now) && now.line && (now.line != at.line || now.column != at.column || now.file != at.file)) {
            sx_buf_add_str(out, "  ; ");
            add_atom(out, now.file);
            sx_buf_addf(out, ":%u:%u\n", now.line, now.column);
            at = now;
        }
        add_instruction(&l, pc);
    }
    if (fn->n_handlers) add_handlers(&l);
}
