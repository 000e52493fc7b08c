/* head.c - request heads before the parser sees them. Pure: bytes in, a status out.
 * Owns the openings that request smuggling needs and that parsers differ on: bare CR or LF, control bytes, folded lines, blanks
 * around names, Host, version, the form of the target, framing (lengths, codings). llhttp reads the same head
 * once more (request.c): what either refuses is refused. */
#include "http/http.h"

/* Letters and digits of ASCII, whatever the locale. */
static bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
static bool is_alnum(unsigned char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }
static bool is_hex(unsigned char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

static const bool token_chars[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true, ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true,
    ['\''] = true,      ['*'] = true,         ['+'] = true,         ['-'] = true, ['.'] = true, ['^'] = true, ['_'] = true, ['`'] = true,
    ['|'] = true,       ['~'] = true};
bool sx_http_is_token(unsigned char c) { return token_chars[c]; }
static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_name(const char *s, size_t n, const char *name) { return n == strlen(name) && strncasecmp(s, name, n) == 0; }

size_t sx_http_head_length(const char *text, size_t n, size_t from)
{
    if (n > 0 && !token_chars[(unsigned char)text[0]]) return SX_HTTP_BAD_HEAD; /* TLS, say */
    for (const char *at = text + from, *lf; (lf = memchr(at, '\n', (size_t)(text + n - at))) != NULL; at = lf + 1) {
        if (lf == text || lf[-1] != '\r') return SX_HTTP_BAD_HEAD;
        if (lf - text >= 3 && lf[-2] == '\n') return (size_t)(lf - text) + 1;
    }
    return 0;
}

/* A value that Host may have: reg-name, IPv4 or [IPv6], with or without a port. Empty is allowed. */
static bool host_is_valid(const char *s, size_t n)
{
    size_t i = 0;
    if (n > 0 && s[0] == '[') {
        for (i = 1; i < n && s[i] != ']'; i++)
            if (!is_hex((unsigned char)s[i]) && s[i] != ':' && s[i] != '.') return false;
        if (i == n || i == 1) return false;
        i++;
    } else {
        for (; i < n && s[i] != ':'; i++)
            if (!is_alnum((unsigned char)s[i]) && (s[i] == '\0' || strchr("-._~!$&'()*+,;=%", s[i]) == NULL)) return false;
    }
    if (i == n) return true;
    if (s[i++] != ':') return false;
    if (n - i > 5) return false;
    for (; i < n; i++)
        if (!is_digit((unsigned char)s[i])) return false;
    return true;
}

/* /path?query, a whole http or https URI, or * for OPTIONS; a fragment never comes here. */
static bool target_is_valid(const char *s, size_t n, bool options)
{
    if (memchr(s, '#', n) != NULL) return false;
    if (s[0] == '/') return true;
    if (n == 1 && s[0] == '*') return options;
    size_t scheme = n > 7 && strncasecmp(s, "http://", 7) == 0 ? 7 : n > 8 && strncasecmp(s, "https://", 8) == 0 ? 8 : 0, end = scheme;
    while (end < n && s[end] != '/' && s[end] != '?') end++;
    return scheme > 0 && end > scheme && s[scheme] != ':' && host_is_valid(s + scheme, end - scheme);
}

static int check_request_line(const char *s, size_t n, SxHttpHead *head)
{
    size_t i = 0;
    while (i < n && token_chars[(unsigned char)s[i]]) i++;
    head->method_len = i;
    if (i == 0 || i == n || s[i] != ' ') return 400;
    head->target_at = ++i;
    for (; i < n && s[i] != ' '; i++)
        if ((unsigned char)s[i] <= 0x20 || s[i] == 0x7f) return 400;
    head->target_len = i - head->target_at;
    if (head->target_len == 0 || i == n) return 400;
    const char *v = s + i + 1;
    if (n - i - 1 != 8 || memcmp(v, "HTTP/", 5) != 0 || !is_digit((unsigned char)v[5]) || v[6] != '.' || !is_digit((unsigned char)v[7])) return 400;
    if (v[5] != '1') return 505;
    if (v[7] != '0' && v[7] != '1') return 505;
    head->minor = v[7] - '0';
    if (head->method_len == 7 && memcmp(s, "CONNECT", 7) == 0) return 501;
    return target_is_valid(s + head->target_at, head->target_len, head->method_len == 7 && memcmp(s, "OPTIONS", 7) == 0) ? 0 : 400;
}

/* The value of content-length: digits, one field. */
static int check_length(const char *s, size_t n, SxHttpHead *head)
{
    if (head->length >= 0 || n == 0 || n > 18) return 400;
    head->length = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit((unsigned char)s[i])) return 400;
        head->length = head->length * 10 + (s[i] - '0');
    }
    return 0;
}

/* The value of transfer-encoding: one field; chunked, once, must be the last coding, or nobody knows where the body ends (400);
 * others before it are not known here (501). */
static int check_coding(const char *s, size_t n, SxHttpHead *head)
{
    if (head->chunked || head->minor == 0) return 400;
    head->chunked = true;
    int n_chunked = 0, n_others = 0;
    bool last = false;
    for (size_t i = 0, e; i <= n; i = e + 1) {
        const char *comma = memchr(s + i, ',', n - i);
        e = comma ? (size_t)(comma - s) : n;
        size_t from = i, to = e;
        while (from < to && is_blank(s[from])) from++;
        while (to > from && is_blank(s[to - 1])) to--;
        last = is_name(s + from, to - from, "chunked");
        if (last) n_chunked++;
        else n_others++;
    }
    if (!last || n_chunked > 1) return 400;
    return n_others > 0 ? 501 : 0;
}

int sx_http_head_check(const char *text, size_t n, SxHttpHead *head)
{
    const char *end = text + n - 2; /* behind the last field's CRLF */
    const char *eol = memchr(text, '\r', n);
    if (eol[1] != '\n') return 400;
    if ((size_t)(eol - text) > SX_HTTP_MAX_LINE) return 414;
    int status = check_request_line(text, (size_t)(eol - text), head);
    if (status != 0) return status;
    int n_fields = 0, n_hosts = 0;
    head->length = -1;
    head->chunked = false;
    for (const char *line = eol + 2; line < end; line = eol + 2) {
        eol = memchr(line, '\r', (size_t)(end - line));
        if (eol == NULL || eol[1] != '\n') return 400;
        if (++n_fields > SX_HTTP_MAX_FIELDS) return 431;
        const char *colon = line;
        while (colon < eol && token_chars[(unsigned char)*colon]) colon++;
        if (colon == line || colon == eol || *colon != ':') return 400; /* folded, a blank before the colon, no name */
        const char *v = colon + 1;
        for (const char *c = v; c < eol; c++)
            if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f) return 400;
        const char *value_end = eol;
        while (v < value_end && is_blank(*v)) v++;
        while (value_end > v && is_blank(value_end[-1])) value_end--;
        size_t name_len = (size_t)(colon - line), value_len = (size_t)(value_end - v);
        if (is_name(line, name_len, "host")) {
            n_hosts++;
            if (!host_is_valid(v, value_len)) return 400;
        } else if (is_name(line, name_len, "content-length")) status = check_length(v, value_len, head);
        else if (is_name(line, name_len, "transfer-encoding")) {
            int coding = check_coding(v, value_len, head);
            if (coding == 400 || status == 0) status = coding;
        }
        if (status == 400) return 400;
    }
    if (status != 0) return status;
    if (head->chunked && head->length >= 0) return 400;
    if (n_hosts > 1 || (n_hosts == 0 && head->minor == 1)) return 400;
    return 0;
}
