/* compile_quote.c - (quote T): code becomes data.
 * Symbols become their atoms; the forms that brackets read as ((%list ...), (%tuple ...), (%map ...)) become the list, tuple
 * and map that they stand for. Works on an explicit stack: quoted data may be as deep as the reader takes.
 * INVARIANT: `out` holds the finished parts of all open frames, innermost last; a frame owns those from its `first` on. */
#include "lang/compile_internal.h"
#include "value/map.h"

typedef enum FrameKind { FRAME_LIST, FRAME_BRACKETS /* [a & b] */, FRAME_TUPLE, FRAME_MAP, FRAME_RAW_TUPLE } FrameKind;
typedef struct Frame {
    sx_val rest;      /* what is still to be done; FRAME_RAW_TUPLE: the tuple */
    uint32_t first, at;
    FrameKind kind;
    bool tail;        /* the last part is the list's tail */
} Frame;

typedef struct Quote {
    Cc *c;
    CC_ARRAY(Frame) frames;
    CC_ARRAY(sx_val) out;
} Quote;

static void open_frame(Quote *q, sx_val rest, FrameKind kind)
{
    *CC_PUSH(q->frames) = (Frame){rest, q->out.n, 0, kind, false};
}

/* A part without parts goes out at once, others open a frame. */
static void visit(Quote *q, sx_val v)
{
    if (sx_is_symbol(v)) {
        *CC_PUSH(q->out) = sx_symbol_name(v);
    } else if (sx_is_cons(v)) {
        switch (sx_cc_head(q->c, v)) {
        case CC_FORM_list: open_frame(q, sx_tail(v), FRAME_BRACKETS); break;
        case CC_FORM_tuple: open_frame(q, sx_tail(v), FRAME_TUPLE); break;
        case CC_FORM_map: open_frame(q, sx_tail(v), FRAME_MAP); break;
        default: open_frame(q, v, FRAME_LIST); break;
        }
    } else if (sx_is_tuple(v)) {
        open_frame(q, v, FRAME_RAW_TUPLE);
    } else {
        *CC_PUSH(q->out) = v;
    }
}

/* Take the next part of the innermost frame; false when it has none left. */
static bool step(Quote *q)
{
    Frame *f = &q->frames.at[q->frames.n - 1];
    if (f->kind == FRAME_RAW_TUPLE) {
        if (f->at == sx_tuple_size(f->rest)) return false;
        sx_val part = sx_tuple_elements(f->rest)[f->at++];
        visit(q, part);
        return true;
    }
    if (f->rest == SX_EMPTY) return false;
    if (!sx_is_cons(f->rest)) { /* an improper list */
        sx_val part = f->rest;
        f->rest = SX_EMPTY;
        f->tail = true;
        visit(q, part);
        return true;
    }
    sx_val part = sx_head(f->rest);
    f->rest = sx_tail(f->rest);
    if (f->kind == FRAME_BRACKETS && sx_cc_is_symbol(part, SX_A(amp)) && sx_is_cons(f->rest) && sx_tail(f->rest) == SX_EMPTY) {
        part = sx_head(f->rest);
        f->rest = SX_EMPTY;
        f->tail = true;
    }
    visit(q, part);
    return true;
}

static sx_val tuple_of(SxHeap *h, const sx_val *parts, uint32_t n)
{
    sx_val t = sx_tuple_new(h, n);
    if (n) memcpy(sx_tuple_elements(t), parts, n * sizeof *parts);
    return t;
}

static void close_frame(Quote *q)
{
    Frame f = q->frames.at[--q->frames.n];
    SxHeap *h = q->c->heap;
    uint32_t n = q->out.n - f.first;
    sx_val *parts = n ? q->out.at + f.first : NULL, v;
    switch (f.kind) {
    case FRAME_TUPLE:
    case FRAME_RAW_TUPLE: v = tuple_of(h, parts, n); break;
    case FRAME_MAP:
        if (n % 2) {
            sx_cc_error(q->c, "syntax", "a map holds keys and values in pairs; the last key of this one has no value");
            v = SX_NIL;
        } else {
            v = sx_map_from_pairs(h, parts, n / 2);
            if (sx_map_size(v) > SX_MAP_MAX_FLAT && !q->c->options->transient)
                sx_cc_error(q->c, "limit", "a quoted map holds at most %d keys; write larger ones without the quote", SX_MAP_MAX_FLAT);
        }
        break;
    default: {
        sx_val tail = f.tail ? parts[--n] : SX_EMPTY;
        v = sx_list_from(h, parts, n, tail);
    }
    }
    q->out.n = f.first;
    *CC_PUSH(q->out) = v;
}

sx_val sx_cc_quote(Cc *c, sx_val form)
{
    if (sx_is_symbol(form)) return sx_symbol_name(form);
    if (!sx_is_cons(form) && !sx_is_tuple(form)) return form;
    Quote q = {.c = c};
    visit(&q, form);
    while (q.frames.n > 0 && !c->failed) {
        if (++c->n_parts > CC_MAX_PARTS) sx_cc_error(c, "limit", "the form has more than %d parts", CC_MAX_PARTS);
        if (!step(&q)) close_frame(&q);
    }
    sx_val v = c->failed ? SX_NIL : q.out.at[0];
    sx_free(q.frames.at);
    sx_free(q.out.at);
    return v;
}
