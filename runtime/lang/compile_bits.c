/* compile_bits.c - bit syntax: the segments of (bin ...) in expressions and patterns, read and emitted.
 * A segment is (value [size] :type ...) or a text; a text with a type stands for its characters. Literal neighbours become one
 * constant: built once, or compared as a whole.
 * INVARIANT: a segment without a known size is the last one of a pattern, and sizes are whole units. */
#include "lang/compile_internal.h"
#include "base/utf8.h"
#include "value/bits.h"
#include "value/num.h"

#define DESCRIPTOR_MAX_SIZE ((uint64_t)1 << 27) /* of a size inside a build descriptor, which is a small integer */
#define MAX_LITERAL_BITS ((uint64_t)1 << 20)
#define BYTEWISE_BITS 16 /* of a literal in a pattern that is compared byte by byte */

typedef struct Reading {
    Cc *c;
    bool pattern;
    CC_ARRAY(CcSeg) segs;
} Reading;

/* ---- options ---- */

typedef struct Options { CcSeg seg; bool has_type, has_unit; } Options;

static bool is_text(sx_val v) { return sx_is_bits(v) && sx_bits_is_binary(v); }

static void set_type(Cc *c, Options *o, int type)
{
    if (o->has_type) sx_cc_error(c, "syntax", "a segment has one type");
    o->has_type = true;
    o->seg.type = (uint8_t)((o->seg.type & ~7) | type);
}

static void option(Cc *c, Options *o, sx_val *rest, unsigned *default_unit)
{
    const char *name = sx_cc_text(sx_head(*rest));
    if (strcmp(name, "integer") == 0) set_type(c, o, SX_SEG_INTEGER);
    else if (strcmp(name, "float") == 0) set_type(c, o, SX_SEG_FLOAT);
    else if (strcmp(name, "binary") == 0 || strcmp(name, "bytes") == 0) set_type(c, o, SX_SEG_BITS), *default_unit = 8;
    else if (strcmp(name, "bits") == 0 || strcmp(name, "bitstring") == 0) set_type(c, o, SX_SEG_BITS);
    else if (strcmp(name, "utf8") == 0) set_type(c, o, SX_SEG_UTF8);
    else if (strcmp(name, "utf16") == 0) set_type(c, o, SX_SEG_UTF16);
    else if (strcmp(name, "utf32") == 0) set_type(c, o, SX_SEG_UTF32);
    else if (strcmp(name, "little") == 0) o->seg.type |= SX_SEG_LITTLE;
    else if (strcmp(name, "native") == 0) o->seg.type |= __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? SX_SEG_LITTLE : 0;
    else if (strcmp(name, "signed") == 0) o->seg.type |= SX_SEG_SIGNED;
    else if (strcmp(name, "unit") == 0) {
        *rest = sx_tail(*rest);
        sx_val k = sx_is_cons(*rest) ? sx_head(*rest) : SX_NIL;
        if (!sx_is_small(k) || sx_small_value(k) < 1 || sx_small_value(k) > 256) sx_cc_error(c, "syntax", ":unit takes a number from 1 to 256");
        else o->seg.unit = (uint16_t)sx_small_value(k), o->has_unit = true;
    } else if (strcmp(name, "big") != 0 && strcmp(name, "unsigned") != 0)
        sx_cc_error(c, "syntax", "a segment is (value size :integer :float :binary :bits :utf8 :utf16 :utf32 :big :little :native :signed :unsigned :unit k)");
}

static void size_option(Reading *r, Options *o, sx_val form)
{
    Cc *c = r->c;
    CcNode *n = r->pattern ? sx_cc_guard_form(c, form) : sx_cc_form(c, form);
    o->seg.kind = CC_SEG_SIZE_EXPR;
    o->seg.size_expr = n;
    if (n->kind != CC_CONST || !sx_is_small(n->constant)) return;
    int64_t size = sx_small_value(n->constant);
    if (size < 0 || (uint64_t)size >= DESCRIPTOR_MAX_SIZE) return; /* fails at run time, or is too large for the descriptor */
    o->seg.kind = CC_SEG_SIZED;
    o->seg.size = (uint64_t)size;
}

/* All of a segment but its value; `rest` is what follows that. */
static Options options(Reading *r, sx_val rest)
{
    Cc *c = r->c;
    Options o = {.seg = {.kind = CC_SEG_REST, .unit = 1}};
    unsigned default_unit = 1;
    bool has_size = sx_is_cons(rest) && !sx_is_atom(sx_head(rest));
    if (has_size) {
        size_option(r, &o, sx_head(rest));
        rest = sx_tail(rest);
    }
    for (; sx_is_cons(rest) && !c->failed; rest = sx_is_cons(rest) ? sx_tail(rest) : rest) option(c, &o, &rest, &default_unit);
    if (!o.has_unit) o.seg.unit = (uint16_t)default_unit;
    int type = o.seg.type & 7;
    if (type >= SX_SEG_UTF8) {
        if (has_size || o.has_unit) sx_cc_error(c, "syntax", "a segment of type utf has no size: it is as long as the character");
        o.seg.kind = CC_SEG_UTF;
        o.seg.unit = 1;
    } else if (!has_size && type != SX_SEG_BITS) {
        if (o.has_unit) sx_cc_error(c, "syntax", "a segment with a unit has a size too: (value size :unit k)");
        o.seg.kind = CC_SEG_SIZED;
        o.seg.size = type == SX_SEG_FLOAT ? 64 : 8;
    }
    return o;
}

/* ---- literals ---- */

static uint64_t seg_bits(const CcSeg *s) { return s->size * s->unit; }

/* Add the bits of constant v as segment s has them; false when it has none that are known. */
static bool put_constant(SxBitsOut *out, const CcSeg *s, sx_val v)
{
    int type = s->type & 7;
    if (s->kind == CC_SEG_SIZED && seg_bits(s) > MAX_LITERAL_BITS) return false;
    switch (s->kind) {
    case CC_SEG_SAME: return sx_bits_put_bits(out, s->same, sx_bits_size(s->same));
    case CC_SEG_UTF: return sx_bits_put_utf(out, v, s->type);
    case CC_SEG_REST: return sx_is_bits(v) && sx_bits_size(v) % s->unit == 0 && sx_bits_put_bits(out, v, sx_bits_size(v));
    case CC_SEG_SIZED:
        if (type == SX_SEG_INTEGER) return sx_is_integer(v) && sx_bits_put_integer(out, v, seg_bits(s), s->type);
        if (type == SX_SEG_FLOAT) return sx_is_number(v) && sx_bits_put_float(out, v, seg_bits(s), s->type);
        return sx_is_bits(v) && sx_bits_size(v) >= seg_bits(s) && sx_bits_put_bits(out, v, seg_bits(s));
    default: return false;
    }
}

/* May a pattern's segment be compared with constant bits? Integers that have just one representation, and texts. */
static bool comparable(const CcSeg *s)
{
    if (s->kind == CC_SEG_SAME) return true;
    if (s->pat->kind != CC_PAT_CONST || (s->type & 7) != SX_SEG_INTEGER || s->kind != CC_SEG_SIZED || !sx_is_small(s->pat->constant)) return false;
    uint64_t n = seg_bits(s);
    int64_t v = sx_small_value(s->pat->constant);
    if (n == 0 || n > 60) return false;
    if (s->type & SX_SEG_SIGNED) return v >= -((int64_t)1 << (n - 1)) && v < (int64_t)1 << (n - 1);
    return v >= 0 && v < (int64_t)1 << n;
}

static CcSeg text_segment(sx_val text)
{
    return (CcSeg){.kind = CC_SEG_SAME, .type = SX_SEG_BITS, .unit = 1, .same = text};
}

/* A text with a type stands for a segment for each of its characters. */
static void text_with_type(Reading *r, sx_val text, const Options *o)
{
    Cc *c = r->c;
    size_t n;
    unsigned char *scratch = NULL;
    const unsigned char *s = sx_binary_bytes_any(text, &n, &scratch);
    for (size_t i = 0; i < n && !c->failed;) {
        uint32_t ch;
        int taken = sx_utf8_decode(s + i, n - i, &ch);
        if (taken == 0) ch = s[i], taken = 1;
        i += (size_t)taken;
        CcSeg seg = o->seg;
        if (r->pattern) {
            seg.pat = sx_cc_pat(c, CC_PAT_CONST);
            seg.pat->constant = sx_small(ch);
        } else {
            seg.value = sx_cc_const(c, sx_small(ch));
        }
        *CC_PUSH(r->segs) = seg;
    }
    sx_free(scratch);
}

/* ---- segments ---- */

static CcPat *segment_pattern(Cc *c, sx_val form, int type)
{
    CcPat *p = sx_cc_pattern(c, form);
    if (c->failed) return p;
    switch (p->kind) {
    case CC_PAT_ANY: case CC_PAT_VAR: case CC_PAT_PIN: return p;
    case CC_PAT_CONST:
        if (type == SX_SEG_FLOAT && sx_is_integer(p->constant)) {
            double d;
            if (sx_num_to_double(p->constant, &d)) p->constant = sx_float(c->heap, d);
        }
        return p;
    default: sx_cc_error(c, "pattern", "the value of a segment is a name, a literal or ^name: (bin (n 16) (rest :binary))"); return p;
    }
}

static void segment(Reading *r, sx_val form)
{
    Cc *c = r->c;
    sx_cc_place(c, form);
    if (is_text(form)) {
        *CC_PUSH(r->segs) = text_segment(form);
        return;
    }
    sx_val value = form, rest = SX_EMPTY;
    if (sx_is_cons(form)) {
        if (sx_cc_length(form) < 0) {
            sx_cc_error(c, "syntax", "a segment has to be a proper list");
            return;
        }
        value = sx_head(form);
        rest = sx_tail(form);
    }
    /* the size is read first: it sees what stands to the left, not the name that this segment binds */
    CcNode *n = r->pattern || is_text(value) ? NULL : sx_cc_form(c, value);
    Options o = options(r, rest);
    if (c->failed) return;
    int type = o.seg.type & 7;
    if (is_text(value) && type != SX_SEG_BITS) {
        if (rest == SX_EMPTY) *CC_PUSH(r->segs) = text_segment(value);
        else text_with_type(r, value, &o);
        return;
    }
    if (is_text(value) && o.seg.kind == CC_SEG_REST && o.seg.unit == 8) {
        *CC_PUSH(r->segs) = text_segment(value);
        return;
    }
    if (r->pattern) o.seg.pat = segment_pattern(c, value, type);
    else o.seg.value = n ? n : sx_cc_const(c, value);
    *CC_PUSH(r->segs) = o.seg;
}

static bool is_literal(const Reading *r, const CcSeg *s)
{
    if (r->pattern) return comparable(s);
    return s->kind == CC_SEG_SAME || s->value->kind == CC_CONST;
}

static sx_val seg_constant(const Reading *r, const CcSeg *s)
{
    return s->kind == CC_SEG_SAME ? s->same : r->pattern ? s->pat->constant : s->value->constant;
}

/* Put a run of literal segments [from, to) to `out`, as one when it can be; there is room for BYTEWISE_BITS / 8 each. */
static uint32_t merge_run(Reading *r, uint32_t from, uint32_t to, CcSeg *out)
{
    Cc *c = r->c;
    SxBitsOut bits;
    sx_bits_out_init(&bits);
    bool known = true;
    for (uint32_t i = from; i < to && known; i++) known = put_constant(&bits, &r->segs.at[i], seg_constant(r, &r->segs.at[i]));
    size_t n = bits.n_bits;
    if (known && r->pattern && (n % 8 != 0 || n == 0)) known = n == 0;
    if (!known) {
        sx_bits_out_deinit(&bits);
        memcpy(out, r->segs.at + from, (to - from) * sizeof *out);
        return to - from;
    }
    if (r->pattern && n > 0 && n <= BYTEWISE_BITS) { /* a byte or two: values that can be switched on */
        for (size_t i = 0; i < n / 8; i++) {
            CcPat *p = sx_cc_pat(c, CC_PAT_CONST);
            p->constant = sx_small(bits.bytes[i]);
            out[i] = (CcSeg){.kind = CC_SEG_SIZED, .type = SX_SEG_INTEGER, .unit = 1, .size = 8, .pat = p};
        }
        sx_bits_out_deinit(&bits);
        return (uint32_t)(n / 8);
    }
    *out = text_segment(sx_bits_out_value(&bits, c->heap));
    return n == 0 && to - from < r->segs.n ? 0 : 1;
}

static CcBin *read_segments(Reading *r, sx_val form)
{
    Cc *c = r->c;
    CcPos here = c->pos;
    for (sx_val at = sx_tail(form); sx_is_cons(at) && !c->failed; at = sx_tail(at)) segment(r, sx_head(at));
    c->pos = here;
    CcBin *bin = sx_cc_alloc(c, sizeof *bin);
    bin->segs = sx_cc_alloc(c, (BYTEWISE_BITS / 8 * r->segs.n + 1) * sizeof *bin->segs);
    bin->n = 0;
    for (uint32_t i = 0; i < r->segs.n && !c->failed;) {
        uint32_t run = i;
        while (run < r->segs.n && is_literal(r, &r->segs.at[run])) run++;
        if (run > i) bin->n += merge_run(r, i, run, bin->segs + bin->n);
        else bin->segs[bin->n++] = r->segs.at[run++];
        i = run;
    }
    sx_free(r->segs.at);
    return bin;
}

CcPat *sx_cc_bin_pattern(Cc *c, sx_val form)
{
    Reading r = {.c = c, .pattern = true};
    CcBin *bin = read_segments(&r, form);
    if (c->failed) return NULL;
    CcPat *p = sx_cc_pat(c, CC_PAT_BIN);
    p->bits.bin = bin;
    for (uint32_t i = 0; i < bin->n; i++) {
        if (bin->segs[i].kind == CC_SEG_REST && i + 1 < bin->n)
            return sx_cc_error(c, "pattern", "only the last segment may take what is left; give this one a size: (x size :binary)");
        if (bin->segs[i].kind == CC_SEG_SIZE_EXPR) p->late = c->has_late = true;
    }
    return p;
}

CcNode *sx_cc_bin_form(Cc *c, sx_val form)
{
    Reading r = {.c = c, .pattern = false};
    CcBin *bin = read_segments(&r, form);
    if (c->failed) return NULL;
    if (bin->n == 0) return sx_cc_const(c, sx_binary(c->heap, "", 0));
    if (bin->n == 1 && bin->segs[0].kind == CC_SEG_SAME) return sx_cc_const(c, bin->segs[0].same);
    CcNode *node = sx_cc_node(c, CC_BIN, CC_EFFECTS);
    node->bin = bin;
    return node;
}

/* ---- emission ---- */

void sx_cc_emit_bin(Cc *c, const CcNode *node, unsigned dst)
{
    const CcBin *bin = node->bin;
    unsigned base = c->top, n = 0;
    sx_val descriptor = sx_tuple_new(c->heap, bin->n);
    for (uint32_t i = 0; i < bin->n; i++) sx_tuple_elements(descriptor)[i] = 0;
    for (uint32_t i = 0; i < bin->n && !c->failed; i++) {
        const CcSeg *s = &bin->segs[i];
        uint64_t spec;
        unsigned r = sx_cc_push(c);
        c->top = r;
        if (s->kind == CC_SEG_SAME) sx_cc_load(c, r, s->same);
        else sx_cc_expr(c, s->value, CC_REG(r));
        c->top = r + 1;
        n++;
        if (s->kind == CC_SEG_SIZE_EXPR) {
            r = sx_cc_push(c);
            c->top = r;
            sx_cc_expr(c, s->size_expr, CC_REG(r));
            c->top = r + 1;
            n++;
            spec = SX_SPEC(s->type, s->unit, 1, 0);
        } else if (s->kind == CC_SEG_SIZED) {
            spec = SX_SPEC(s->type, s->unit, 0, s->size);
        } else {
            spec = SX_SPEC(s->type, s->unit, 0, 0) | SX_SPEC_ALL;
        }
        sx_tuple_elements(descriptor)[i] = sx_small((int64_t)spec);
    }
    sx_cc_at(c, node->pos);
    sx_cc_op(c, SX_OP_BIN, dst, base, n);
    sx_cc_constant_word(c, descriptor);
    c->top = base;
}

bool sx_cc_same_read(const CcSeg *a, const CcSeg *b)
{
    if (a->kind != b->kind || a->type != b->type || a->unit != b->unit) return false;
    switch (a->kind) {
    case CC_SEG_SAME: return sx_bits_compare(a->same, b->same) == 0;
    case CC_SEG_SIZED: return a->size == b->size;
    case CC_SEG_SIZE_EXPR: return false;
    default: return true;
    }
}

void sx_cc_emit_segment(Cc *c, const CcSeg *s, unsigned bits, unsigned pos, bool wanted, CcLabel *no)
{
    unsigned dst = c->top;
    sx_cc_reserve(c, dst + 1);
    uint64_t spec = SX_SPEC(s->type, s->unit, 0, s->kind == CC_SEG_SIZED ? s->size : 0);
    uint32_t at;
    switch (s->kind) {
    case CC_SEG_SAME:
        at = sx_cc_op(c, SX_OP_IFSAME, 0, bits, pos);
        sx_cc_constant_word(c, s->same);
        break;
    case CC_SEG_REST:
        at = sx_cc_op(c, SX_OP_IFREST, dst, bits, pos);
        sx_cc_word(c, s->unit);
        break;
    case CC_SEG_SIZE_EXPR: {
        unsigned size = dst;
        c->top = dst;
        if (s->size_expr->kind == CC_VAR) {
            size = sx_cc_operand(c, s->size_expr);
        } else {
            sx_cc_emit_guarded(c, s->size_expr, CC_REG(dst), no);
            c->top = dst + 1;
        }
        spec = SX_SPEC(s->type, s->unit, 1, size);
        at = sx_cc_op(c, wanted ? SX_OP_IFGET : SX_OP_IFSKIP, wanted ? dst : 0, bits, pos);
        sx_cc_word(c, spec);
        c->top = dst;
        break;
    }
    default:
        if (s->type == SX_SEG_INTEGER && s->kind == CC_SEG_SIZED && seg_bits(s) == 8) {
            at = sx_cc_op(c, SX_OP_IFINT8, dst, bits, pos);
            break;
        }
        at = sx_cc_op(c, wanted ? SX_OP_IFGET : SX_OP_IFSKIP, wanted ? dst : 0, bits, pos);
        sx_cc_word(c, spec);
    }
    sx_cc_jump_word(c, at, no);
}
