/* complete.h - names that the prompt completes: globals, natives, macros, modules and their functions. */
#ifndef SX_COMPLETE_H
#define SX_COMPLETE_H

#include "code/code.h"

void sx_complete_start(const SxCode *code);

#endif
