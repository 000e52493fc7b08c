/* replies.c - no test of its own: the labels of the replies that a stream of the epoch protocol is owed, one a line, in order.
 * Reads standard input; uses the framing that the program uses, so what is tested with it is all that stands behind. */
#include "cli/framing.h"
#include "value/atom.h"
#include <stdio.h>

int main(void)
{
    SxFraming f;
    SxFrame frame;
    char bytes[4096];
    sx_atoms_init(2000);
    sx_framing_init(&f, SX_MAX_FORM_BYTES);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, stdin)) > 0;) sx_framing_feed(&f, bytes, n);
    while (sx_framing_next(&f, &frame)) {
        if (frame.kind == SX_FRAME_QUIT) puts("quit");
        else if (frame.kind <= SX_FRAME_ERROR) printf("%llu\n", (unsigned long long)frame.epoch);
        sx_buf_deinit(&frame.text);
    }
    return 0;
}
