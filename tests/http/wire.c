/* wire.c - a client that sends bytes as they are told, for tests of what stands on the wire.
 *   wire PORT STEP...     what comes is written to standard output as it is
 *     send TEXT           sends; \r \n \t \\ \xHH stand for bytes
 *     times N TEXT        sends TEXT N times
 *     file PATH           sends a file
 *     until TEXT          reads until TEXT has come (again, behind the last one found)
 *     shut                shuts the sending side
 *     end                 reads until the server closes; a reset shows as [reset]
 *     pause MS            for clients that must be slow
 *     reset               leaves with a reset
 * It reads only where a step says so: a client that sends all before it looks is the hardest to refuse. A connection that ends
 * amid a send is told on standard error, and the steps go on. Ends with status 3 after WIRE_LIMIT seconds (20). */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd;
static char *seen;      /* all that came, for `until` */
static size_t n_seen, cap_seen, looked;

static void too_late(int sig)
{
    (void)sig;
    static const char text[] = "[timeout]\n";
    if (write(1, text, sizeof text - 1)) {}
    _exit(3);
}

static void send_all(const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t k = send(fd, bytes, n, MSG_NOSIGNAL);
        if (k < 0) {
            perror("send");
            return;
        }
        bytes += k;
        n -= (size_t)k;
    }
}

static size_t unescape(const char *text, char *out)
{
    size_t n = 0;
    for (const char *s = text; *s != '\0'; s++) {
        if (*s != '\\') out[n++] = *s;
        else if (*++s == 'r') out[n++] = '\r';
        else if (*s == 'n') out[n++] = '\n';
        else if (*s == 't') out[n++] = '\t';
        else if (*s == 'x') {
            char hex[3] = {s[1], s[2], 0};
            out[n++] = (char)strtol(hex, NULL, 16);
            s += 2;
        } else out[n++] = *s;
    }
    return n;
}

static int receive(void) /* 0: the end */
{
    if (cap_seen - n_seen < 65536) seen = realloc(seen, cap_seen = 2 * cap_seen + 65536);
    ssize_t k = recv(fd, seen + n_seen, 65536, 0);
    if (k < 0 && errno == ECONNRESET) printf("[reset]");
    if (k <= 0) return 0;
    fwrite(seen + n_seen, 1, (size_t)k, stdout);
    n_seen += (size_t)k;
    return 1;
}

static void until(const char *text)
{
    char *wanted = malloc(strlen(text) + 1);
    size_t n = unescape(text, wanted);
    for (;;) {
        char *at = n_seen > looked ? memmem(seen + looked, n_seen - looked, wanted, n) : NULL;
        if (at != NULL) {
            looked = (size_t)(at - seen) + n;
            break;
        }
        if (!receive()) {
            printf("[end before %s]", text);
            break;
        }
    }
    fflush(stdout);
    free(wanted);
}

int main(int argc, char **argv)
{
    const char *limit = getenv("WIRE_LIMIT");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    signal(SIGALRM, too_late);
    alarm(limit ? (unsigned)atoi(limit) : 20);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("connect");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        const char *step = argv[i];
        if (strcmp(step, "send") == 0 || strcmp(step, "times") == 0) {
            long times = *step == 't' ? atol(argv[++i]) : 1;
            char *bytes = malloc(strlen(argv[++i]) + 1), *all;
            size_t n = unescape(argv[i], bytes);
            all = malloc(n * (size_t)times + 1);
            for (long k = 0; k < times; k++) memcpy(all + (size_t)k * n, bytes, n);
            send_all(all, n * (size_t)times);
            free(bytes);
            free(all);
        } else if (strcmp(step, "file") == 0) {
            FILE *f = fopen(argv[++i], "rb");
            char block[65536];
            for (size_t n; f != NULL && (n = fread(block, 1, sizeof block, f)) > 0;) send_all(block, n);
            if (f != NULL) fclose(f);
        } else if (strcmp(step, "until") == 0) until(argv[++i]);
        else if (strcmp(step, "shut") == 0) shutdown(fd, SHUT_WR);
        else if (strcmp(step, "pause") == 0) usleep((useconds_t)atoi(argv[++i]) * 1000);
        else if (strcmp(step, "end") == 0) while (receive()) {}
        else if (strcmp(step, "reset") == 0) {
            struct linger now = {1, 0};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
            close(fd);
        } else {
            fprintf(stderr, "no such step: %s\n", step);
            return 2;
        }
    }
    fflush(stdout);
    return 0;
}
