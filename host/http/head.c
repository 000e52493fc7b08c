/* head.c - request heads before the parser sees them. Pure: bytes in, a status out.
 * Owns the openings that request smuggling needs and that parsers differ on: bare CR or LF, control bytes, folded lines, blanks
 * around names, Host, version, the size of the request line. Framing (lengths, codings) is the parser's and request.c's. */
#include "http/http.h"
#include <ctype.h>

size_t sx_http_head_length(const char *text, size_t n, size_t from)
{
    size_t i = from > 3 ? from - 3 : 0;
    while (i + 4 <= n) {
        const char *cr = memchr(text + i, '\r', n - i - 3);
        if (cr == NULL) return 0;
        i = (size_t)(cr - text);
        if (memcmp(cr, "\r\n\r\n", 4) == 0) return i + 4;
        i++;
    }
    return 0;
}

static bool is_token(unsigned char c) { return isalnum(c) || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL); }

/* A value that Host may have: reg-name, IPv4 or [IPv6], with or without a port. Empty is allowed. */
static bool host_is_valid(const char *s, size_t n)
{
    size_t i = 0;
    if (n > 0 && s[0] == '[') {
        for (i = 1; i < n && s[i] != ']'; i++)
            if (!isxdigit((unsigned char)s[i]) && s[i] != ':' && s[i] != '.') return false;
        if (i == n || i == 1) return false;
        i++;
    } else {
        for (; i < n && s[i] != ':'; i++)
            if (!isalnum((unsigned char)s[i]) && strchr("-._~!$&'()*+,;=%", s[i]) == NULL) return false;
    }
    if (i == n) return true;
    if (s[i++] != ':') return false;
    if (n - i > 5) return false;
    for (; i < n; i++)
        if (!isdigit((unsigned char)s[i])) return false;
    return true;
}

static int check_request_line(const char *s, size_t n, SxHttpHead *head)
{
    size_t i = 0;
    while (i < n && is_token((unsigned char)s[i])) i++;
    head->method_len = i;
    if (i == 0 || i == n || s[i] != ' ') return 400;
    head->target_at = ++i;
    for (; i < n && s[i] != ' '; i++)
        if ((unsigned char)s[i] <= 0x20 || s[i] == 0x7f) return 400;
    head->target_len = i - head->target_at;
    if (head->target_len == 0 || i == n) return 400;
    const char *v = s + i + 1;
    if (n - i - 1 != 8 || memcmp(v, "HTTP/", 5) != 0 || !isdigit((unsigned char)v[5]) || v[6] != '.' || !isdigit((unsigned char)v[7])) return 400;
    if (v[5] != '1') return 505;
    if (v[7] != '0' && v[7] != '1') return 505;
    head->minor = v[7] - '0';
    return 0;
}

static bool is_name(const char *s, size_t n, const char *name) { return n == strlen(name) && strncasecmp(s, name, n) == 0; }

int sx_http_head_check(const char *text, size_t n, SxHttpHead *head)
{
    const char *end = text + n - 2; /* behind the last field's CRLF */
    const char *eol = memchr(text, '\r', n);
    if (eol[1] != '\n') return 400;
    if ((size_t)(eol - text) > SX_HTTP_MAX_LINE) return 414;
    int status = check_request_line(text, (size_t)(eol - text), head);
    if (status != 0) return status;
    int n_fields = 0, n_hosts = 0;
    for (const char *line = eol + 2; line < end; line = eol + 2) {
        eol = memchr(line, '\r', (size_t)(end - line));
        if (eol == NULL || eol[1] != '\n') return 400;
        if (++n_fields > SX_HTTP_MAX_FIELDS) return 431;
        const char *colon = line;
        while (colon < eol && is_token((unsigned char)*colon)) colon++;
        if (colon == line || colon == eol || *colon != ':') return 400; /* folded, a blank before the colon, no name */
        const char *v = colon + 1;
        for (const char *c = v; c < eol; c++)
            if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f) return 400;
        const char *value_end = eol;
        while (v < value_end && (*v == ' ' || *v == '\t')) v++;
        while (value_end > v && (value_end[-1] == ' ' || value_end[-1] == '\t')) value_end--;
        if (is_name(line, (size_t)(colon - line), "host")) {
            n_hosts++;
            if (!host_is_valid(v, (size_t)(value_end - v))) return 400;
        }
    }
    if (n_hosts > 1 || (n_hosts == 0 && head->minor == 1)) return 400;
    return 0;
}
