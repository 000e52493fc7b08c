/* test_mask.c - see test_mask.h. A recogniser takes the text from some place on and answers how many bytes of it are such a
 * thing, 0 when it does not begin with one; the longest form is tried first. */
#include "cli/test_mask.h"

typedef struct Text {
    const char *at, *end;
} Text;

static bool digit(Text t, size_t i) { return t.at + i < t.end && t.at[i] >= '0' && t.at[i] <= '9'; }

static size_t digits(Text t, size_t from)
{
    size_t n = 0;
    while (digit(t, from + n)) n++;
    return n;
}

static bool has(Text t, size_t from, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(t.end - t.at) >= from + n && memcmp(t.at + from, word, n) == 0;
}

/* How far text fits `shape`, where 9 is one digit and # is one or more; 0: it does not. */
static size_t shaped(Text t, const char *shape)
{
    size_t n = 0;
    for (; *shape != 0; shape++) {
        size_t m = *shape == '#' ? digits(t, n) : *shape == '9' ? (size_t)digit(t, n) : (size_t)(t.at + n < t.end && t.at[n] == *shape);
        if (m == 0) return 0;
        n += m;
    }
    return n;
}

static size_t first_shape(Text t, const char *const *shapes)
{
    for (; *shapes != NULL; shapes++) {
        size_t n = shaped(t, *shapes);
        if (n > 0) return n;
    }
    return 0;
}

static size_t pid(Text t)
{
    if (!has(t, 0, "#<pid ")) return shaped(t, "<#.#.#>");
    size_t n = shaped((Text){t.at + 6, t.end}, "#.#.#>");
    return n > 0 ? n + 6 : 0;
}

static size_t ref(Text t)
{
    size_t n = has(t, 0, "#Ref<") ? 5 : has(t, 0, "#<ref ") ? 6 : 0;
    if (n == 0) return 0;
    size_t from = n;
    while (digit(t, n) || has(t, n, ".")) n++;
    return n > from && has(t, n, ">") ? n + 1 : 0;
}

/* A TCP port, or Erlang's #Port<0.5>. */
static size_t port(Text t)
{
    if (has(t, 0, "#Port<")) {
        size_t n = shaped((Text){t.at + 6, t.end}, "#.#>");
        return n > 0 ? n + 6 : 0;
    }
    size_t n = digits(t, 0);
    return n <= 5 ? n : 0;
}

static size_t fraction_and_zone(Text t, size_t n)
{
    if (has(t, n, ".") && digit(t, n + 1)) n += 1 + digits(t, n + 1);
    if (has(t, n, "Z")) return n + 1;
    size_t zone = shaped((Text){t.at + n, t.end}, "+99:99");
    if (zone == 0) zone = shaped((Text){t.at + n, t.end}, "-99:99");
    return n + zone;
}

/* Mon, 02 Jan 2006 15:04:05 GMT */
static size_t http_date(Text t)
{
    static const char days[] = "MonTueWedThuFriSatSun";
    bool day = false;
    for (size_t i = 0; i + 3 <= sizeof days - 1; i += 3) day |= t.end - t.at > 3 && memcmp(t.at, days + i, 3) == 0;
    if (!day) return 0;
    size_t n = shaped((Text){t.at + 3, t.end}, ", 99 ");
    if (n == 0 || t.end - t.at < 12) return 0;
    size_t rest = shaped((Text){t.at + 11, t.end}, " 9999 99:99:99 GMT");
    return n == 5 && rest > 0 ? 11 + rest : 0;
}

static size_t duration(Text t)
{
    static const char *const units[] = {" ms", "ms", " us", "us", " \u00b5s", "\u00b5s", " ns", "ns", " s", "s", NULL};
    size_t n = digits(t, 0);
    if (n == 0) return 0;
    if (has(t, n, ".") && digit(t, n + 1)) n += 1 + digits(t, n + 1);
    for (const char *const *unit = units; *unit != NULL; unit++) {
        size_t end = n + strlen(*unit);
        if (!has(t, n, *unit)) continue;
        char next = t.at + end < t.end ? t.at[end] : ' ';
        return (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || (next >= '0' && next <= '9') ? 0 : end;
    }
    return 0;
}

static size_t time_text(Text t)
{
    static const char *const dates[] = {"9999-99-99T99:99:99", "9999-99-99 99:99:99", NULL};
    size_t n = first_shape(t, dates);
    if (n > 0) return fraction_and_zone(t, n);
    n = http_date(t);
    if (n > 0) return n;
    n = shaped(t, "9999-99-99");
    if (n > 0) return n;
    n = shaped(t, "99:99:99");
    return n > 0 ? fraction_and_zone(t, n) : duration(t);
}

static size_t folder(Text t, const char *dir) { return dir != NULL && dir[0] != 0 && has(t, 0, dir) ? strlen(dir) : 0; }

bool sx_test_mask_match(const char *wanted, size_t n_wanted, const char *got, size_t n_got, const char *dir)
{
    Text w = {wanted, wanted + n_wanted}, g = {got, got + n_got};
    while (w.at < w.end) {
        size_t word = 0, n = 0;
        if (has(w, 0, "<PID>")) word = 5, n = pid(g);
        else if (has(w, 0, "<REF>")) word = 5, n = ref(g);
        else if (has(w, 0, "<PORT>")) word = 6, n = port(g);
        else if (has(w, 0, "<TIME>")) word = 6, n = time_text(g);
        else if (has(w, 0, "<DIR>")) word = 5, n = folder(g, dir);
        if (n > 0) {
            w.at += word;
            g.at += n;
        } else {
            if (g.at == g.end || *w.at != *g.at) return false;
            w.at++;
            g.at++;
        }
    }
    return g.at == g.end;
}

/* A number is taken for a port only behind an address. */
static size_t port_behind_address(const char *line, Text t)
{
    static const char *const before[] = {"127.0.0.1:", "0.0.0.0:", "localhost:", "[::1]:", "[::]:"};
    if (has(t, 0, "#Port<")) return port(t);
    for (size_t i = 0; i < SX_COUNT(before); i++) {
        size_t n = strlen(before[i]);
        if ((size_t)(t.at - line) >= n && memcmp(t.at - n, before[i], n) == 0) return port(t);
    }
    return 0;
}

void sx_test_mask_add(SxBuf *out, const char *line, size_t n_line, const char *dir)
{
    Text t = {line, line + n_line};
    bool in_number = false; /* a thing does not begin in the middle of a number or a word */
    while (t.at < t.end) {
        size_t n;
        const char *word;
        if ((n = pid(t)) > 0) word = "<PID>";
        else if ((n = ref(t)) > 0) word = "<REF>";
        else if ((n = port_behind_address(line, t)) > 0) word = "<PORT>";
        else if (!in_number && (n = time_text(t)) > 0) word = "<TIME>";
        else if ((n = folder(t, dir)) > 0) word = "<DIR>";
        else {
            char c = *t.at++;
            in_number = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.' || c == ':';
            sx_buf_add_char(out, c);
            continue;
        }
        sx_buf_add_str(out, word);
        t.at += n;
        in_number = true;
    }
}
