/* command.h - a shell's command, run for a process that is parked until it has ended (os:cmd). */
#ifndef SX_COMMAND_H
#define SX_COMMAND_H

#include "code/prim.h"
#include "io/loop.h"

extern const SxPrim *const sx_prims_command[];

/* The program ends: kill the commands that still run, each with its process group. */
void sx_commands_end(SxLoop *loop);

#endif
