/* erl_guards.c - operators and guard BIFs of module erlang as functions: for `fun erlang:'+'/2`, apply, and guards that the
 * compiler does not inline. */
#include "code/code.h"
#include "prim/args.h"
#include "vm/vm_internal.h"
#include <math.h>

/* ---- operators ---- */

#define ARITH(id, usage, doc, op, second)                                                                              \
    SX_GUARD_PRIM(id, usage, doc) { return sx_vm_arith(p, op, argv[0], second); }
ARITH(add2, "(erlang:+ a b)", "Sum.", SX_OP_ADD, argv[1])
ARITH(sub2, "(erlang:- a b)", "Difference.", SX_OP_SUB, argv[1])
ARITH(mul2, "(erlang:* a b)", "Product.", SX_OP_MUL, argv[1])
ARITH(fdiv2, "(erlang:/ a b)", "Quotient as a float.", SX_OP_FDIV, argv[1])
ARITH(div2, "(erlang:div a b)", "Integer quotient, towards zero.", SX_OP_IDIV, argv[1])
ARITH(rem2, "(erlang:rem a b)", "Remainder with the sign of `a`.", SX_OP_REM, argv[1])
ARITH(band2, "(erlang:band a b)", "Bitwise and.", SX_OP_BAND, argv[1])
ARITH(bor2, "(erlang:bor a b)", "Bitwise or.", SX_OP_BOR, argv[1])
ARITH(bxor2, "(erlang:bxor a b)", "Bitwise exclusive or.", SX_OP_BXOR, argv[1])
ARITH(bsl2, "(erlang:bsl a n)", "`a` shifted left by `n` bits.", SX_OP_BSL, argv[1])
ARITH(bsr2, "(erlang:bsr a n)", "`a` shifted right by `n` bits.", SX_OP_BSR, argv[1])
ARITH(neg1, "(erlang:- a)", "Negative.", SX_OP_NEG, SX_NONE)
ARITH(bnot1, "(erlang:bnot a)", "Bitwise complement.", SX_OP_BNOT, SX_NONE)
SX_GUARD_PRIM(plus1, "(erlang:+ a)", "The number itself.") { return sx_is_number(argv[0]) ? argv[0] : sx_error(p, SX_A(badarith)); }

/* A long comparison is done apart. */
#define RELATION(id, usage, doc, relation, test)                                                                       \
    SX_GUARD_PRIM(id, usage, doc)                                                                                      \
    {                                                                                                                  \
        sx_val related = sx_vm_relate(p, argv[0], argv[1], relation);                                                  \
        if (related == SX_APART) return related;                                                                       \
        int64_t order = sx_small_value(related);                                                                       \
        return sx_bool(test);                                                                                          \
    }
RELATION(eq2, "(erlang:== a b)", "Equal; numbers by value.", SX_AS_NUMBERS, order == 0)
RELATION(ne2, "(erlang:/= a b)", "Not equal; numbers by value.", SX_AS_NUMBERS, order != 0)
RELATION(exact2, "(erlang:=:= a b)", "Exactly equal.", SX_EXACTLY, order == 0)
RELATION(not_exact2, "(erlang:=/= a b)", "Not exactly equal.", SX_EXACTLY, order != 0)
RELATION(lt2, "(erlang:< a b)", "Less.", SX_IN_ORDER, order < 0)
RELATION(gt2, "(erlang:> a b)", "Greater.", SX_IN_ORDER, order > 0)
RELATION(le2, "(erlang:=< a b)", "Less or equal.", SX_IN_ORDER, order <= 0)
RELATION(ge2, "(erlang:>= a b)", "Greater or equal.", SX_IN_ORDER, order >= 0)
SX_GUARD_PRIM(max2, "(erlang:max a b)", "The greater one, the first when they are equal.") { return sx_compare(argv[0], argv[1]) >= 0 ? argv[0] : argv[1]; }
SX_GUARD_PRIM(min2, "(erlang:min a b)", "The smaller one, the first when they are equal.") { return sx_compare(argv[0], argv[1]) <= 0 ? argv[0] : argv[1]; }

static bool is_bool(sx_val v) { return v == SX_TRUE || v == SX_FALSE; }
static sx_val logic(SxProc *p, sx_val a, sx_val b, bool result)
{
    return is_bool(a) && is_bool(b) ? sx_bool(result) : sx_badarg(p, "takes true or false");
}
SX_GUARD_PRIM(not1, "(erlang:not a)", "Negation of true or false.") { return logic(p, argv[0], SX_TRUE, argv[0] == SX_FALSE); }
SX_GUARD_PRIM(and2, "(erlang:and a b)", "True when both are true.") { return logic(p, argv[0], argv[1], argv[0] == SX_TRUE && argv[1] == SX_TRUE); }
SX_GUARD_PRIM(or2, "(erlang:or a b)", "True when one is true.") { return logic(p, argv[0], argv[1], argv[0] == SX_TRUE || argv[1] == SX_TRUE); }
SX_GUARD_PRIM(xor2, "(erlang:xor a b)", "True when exactly one is true.") { return logic(p, argv[0], argv[1], argv[0] != argv[1]); }

/* ---- types ---- */

#define IS(id, name, test)                                                                                             \
    SX_GUARD_PRIM(id, "(erlang:" name " x)", "True for a value of that type.") { return sx_bool(test); }
IS(is_atom1, "is_atom", sx_is_atom(argv[0]))
IS(is_integer1, "is_integer", sx_is_integer(argv[0]))
IS(is_float1, "is_float", sx_is_float(argv[0]))
IS(is_number1, "is_number", sx_is_number(argv[0]))
IS(is_list1, "is_list", sx_is_list(argv[0]))
IS(is_tuple1, "is_tuple", sx_is_tuple(argv[0]))
IS(is_map1, "is_map", sx_is_map(argv[0]))
IS(is_binary1, "is_binary", sx_bits_is_binary(argv[0]))
IS(is_bitstring1, "is_bitstring", sx_is_bits(argv[0]))
IS(is_pid1, "is_pid", sx_is_pid(argv[0]))
IS(is_port1, "is_port", false)
IS(is_reference1, "is_reference", sx_is_ref(argv[0]))
IS(is_boolean1, "is_boolean", is_bool(argv[0]))
IS(is_function1, "is_function", sx_is_closure(argv[0]))
SX_GUARD_PRIM(is_function2, "(erlang:is_function x arity)", "True for a function value that takes `arity` arguments.")
{
    if (sx_is_big(argv[1]) && sx_compare(argv[1], sx_small(0)) > 0) return SX_FALSE;
    if (!sx_is_small(argv[1]) || sx_small_value(argv[1]) < 0) return sx_badarg(p, "is_function: the arity must be an integer from 0");
    if (!sx_is_closure(argv[0])) return SX_FALSE;
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(argv[0])[1];
    int64_t n = sx_small_value(argv[1]);
    return sx_bool(n >= fn->min_args && (n <= fn->max_args || (fn->flags & SX_FN_REST)));
}
SX_GUARD_PRIM(is_map_key2, "(erlang:is_map_key k m)", "True when map `m` has key `k`.")
{
    return sx_is_map(argv[1]) ? sx_bool(sx_map_get(argv[1], argv[0]) != SX_NONE) : sx_error2(p, SX_A(badmap), argv[1]);
}

/* ---- sizes and parts ---- */

SX_GUARD_PRIM(hd1, "(erlang:hd xs)", "First element of a list that is not empty.") { return sx_is_cons(argv[0]) ? sx_head(argv[0]) : sx_badarg(p, "hd: takes a list that is not empty"); }
SX_GUARD_PRIM(tl1, "(erlang:tl xs)", "A list without its first element.") { return sx_is_cons(argv[0]) ? sx_tail(argv[0]) : sx_badarg(p, "tl: takes a list that is not empty"); }
SX_GUARD_PRIM(length1, "(erlang:length xs)", "Number of elements of a proper list.") { return sx_vm_size(p, argv[0], SX_SIZE_LENGTH); }
SX_GUARD_PRIM(byte_size1, "(erlang:byte_size b)", "Bytes of a bitstring, rounded up.") { return sx_vm_size(p, argv[0], SX_SIZE_BYTES); }
SX_GUARD_PRIM(tuple_size1, "(erlang:tuple_size t)", "Number of elements of a tuple.") { return sx_is_tuple(argv[0]) ? sx_small((int64_t)sx_tuple_size(argv[0])) : sx_badarg(p, "tuple_size: takes a tuple"); }
SX_GUARD_PRIM(map_size1, "(erlang:map_size m)", "Number of pairs of a map.") { return sx_vm_size(p, argv[0], SX_SIZE_MAP); }
SX_GUARD_PRIM(map_get2, "(erlang:map_get k m)", "Value of key `k` in map `m`.")
{
    if (!sx_is_map(argv[1])) return sx_error2(p, SX_A(badmap), argv[1]);
    sx_val v = sx_map_get(argv[1], argv[0]);
    return v == SX_NONE ? sx_error2(p, SX_A(badkey), argv[0]) : v;
}
SX_GUARD_PRIM(bit_size1, "(erlang:bit_size b)", "Bits of a bitstring.") { return sx_is_bits(argv[0]) ? sx_int(&p->heap, (int64_t)sx_bits_size(argv[0])) : sx_badarg(p, "bit_size: takes a bitstring"); }
SX_GUARD_PRIM(self0, "(erlang:self)", "Pid of the caller.") { return p->pid; }
SX_PRIM(sx_self, "(self)", "Pid of the caller.") { return p->pid; }
SX_GUARD_PRIM(node0, "(erlang:node)", "Name of this node.") { return SX_A(node); }
SX_GUARD_PRIM(node1, "(erlang:node x)", "Node of a pid or reference.") { return sx_is_pid(argv[0]) || sx_is_ref(argv[0]) ? SX_A(node) : sx_badarg(p, "node: takes a pid or a reference"); }

/* ---- numbers ---- */

SX_GUARD_PRIM(abs1, "(erlang:abs n)", "Absolute value.")
{
    if (!sx_is_number(argv[0])) return sx_badarg(p, "abs: takes a number");
    if (sx_is_float(argv[0])) return sx_float(&p->heap, fabs(sx_float_value(argv[0])));
    return sx_num_compare(argv[0], sx_small(0)) < 0 ? sx_vm_arith(p, SX_OP_NEG, argv[0], SX_NONE) : argv[0];
}
SX_GUARD_PRIM(float1, "(erlang:float n)", "The number as a float.")
{
    double d;
    if (sx_is_float(argv[0])) return argv[0];
    if (!sx_is_number(argv[0]) || !sx_num_to_double(argv[0], &d)) return sx_badarg(p, "float: takes a number that a float can hold");
    return sx_float(&p->heap, d);
}
static sx_val rounded(SxProc *p, sx_val v, double (*how)(double))
{
    if (sx_is_integer(v)) return v;
    return sx_is_float(v) ? sx_num_from_double(&p->heap, how(sx_float_value(v))) : sx_badarg(p, "takes a number");
}
SX_GUARD_PRIM(trunc1, "(erlang:trunc n)", "Integer part.") { return rounded(p, argv[0], trunc); }
SX_GUARD_PRIM(round1, "(erlang:round n)", "Nearest integer, halves away from zero.") { return rounded(p, argv[0], round); }
SX_GUARD_PRIM(floor1, "(erlang:floor n)", "Largest integer not above.") { return rounded(p, argv[0], floor); }
SX_GUARD_PRIM(ceil1, "(erlang:ceil n)", "Smallest integer not below.") { return rounded(p, argv[0], ceil); }

SX_PRIM_TABLE(erl_guards){
    &add2_prim, &sub2_prim, &mul2_prim, &fdiv2_prim, &div2_prim, &rem2_prim, &band2_prim, &bor2_prim, &bxor2_prim, &bsl2_prim, &bsr2_prim, &neg1_prim,
    &bnot1_prim, &plus1_prim, &eq2_prim, &ne2_prim, &exact2_prim, &not_exact2_prim, &lt2_prim, &gt2_prim, &le2_prim, &ge2_prim, &max2_prim, &min2_prim,
    &not1_prim, &and2_prim, &or2_prim, &xor2_prim, &is_atom1_prim, &is_integer1_prim, &is_float1_prim, &is_number1_prim, &is_list1_prim, &is_tuple1_prim,
    &is_map1_prim, &is_binary1_prim, &is_bitstring1_prim, &is_pid1_prim, &is_port1_prim, &is_reference1_prim, &is_boolean1_prim, &is_function1_prim,
    &is_function2_prim, &is_map_key2_prim, &hd1_prim, &tl1_prim, &length1_prim, &byte_size1_prim, &tuple_size1_prim, &map_size1_prim, &map_get2_prim,
    &bit_size1_prim, &self0_prim, &sx_self_prim, &node0_prim, &node1_prim, &abs1_prim, &float1_prim, &trunc1_prim, &round1_prim, &floor1_prim, &ceil1_prim, NULL};
