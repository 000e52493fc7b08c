/* opinfo.c - tables derived from opcodes.def: names, operand formats, lengths. */
#include "code/code.h"

const SxOpInfo sx_op_info[SX_OP_COUNT] = {
#define OP(name, operands, extra, what) {#name, operands, extra, what},
#include "code/opcodes.def"
#undef OP
};

/* words without tables: word 0 and a word for each letter of `extra` */
static const uint8_t base_length[SX_OP_COUNT] = {
#define OP(name, operands, extra, what) sizeof(extra),
#include "code/opcodes.def"
#undef OP
};

size_t sx_op_length(const uint64_t *pc)
{
    unsigned op = SX_INSTR_OP(*pc);
    if (op == SX_OP_SWITCH) return 3 + 2 * (size_t)pc[1]; /* n, default, pairs */
    if (op == SX_OP_JTABLE) return 4 + (size_t)pc[1];     /* n, default, lowest, offsets */
    if (op == SX_OP_BYTESWITCH) return SX_CLASS_OFFSETS + (size_t)pc[1];
    return base_length[op];
}
