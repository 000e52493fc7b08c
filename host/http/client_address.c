/* client_address.c - see client_address.h. The ranges are IANA's registries of special-purpose addresses. */
#include "http/client_address.h"
#include "base/base.h"
#include <arpa/inet.h>
#include <netinet/in.h>

typedef struct Range {
    unsigned char prefix[16];
    int bits;
    SxReach reach;
} Range;

static const Range v4_ranges[] = {
    {{127}, 8, SX_REACH_PRIVATE},        {{10}, 8, SX_REACH_PRIVATE},          {{172, 16}, 12, SX_REACH_PRIVATE},
    {{192, 168}, 16, SX_REACH_PRIVATE},  {{100, 64}, 10, SX_REACH_PRIVATE},    {{0}, 8, SX_REACH_SPECIAL},
    {{169, 254}, 16, SX_REACH_SPECIAL},  {{192, 0, 0}, 24, SX_REACH_SPECIAL},  {{192, 0, 2}, 24, SX_REACH_SPECIAL},
    {{192, 88, 99}, 24, SX_REACH_SPECIAL}, {{198, 18}, 15, SX_REACH_SPECIAL},  {{198, 51, 100}, 24, SX_REACH_SPECIAL},
    {{203, 0, 113}, 24, SX_REACH_SPECIAL}, {{224}, 3, SX_REACH_SPECIAL}, /* multicast, reserved, broadcast */
};

static const Range v6_ranges[] = {
    {{[15] = 1}, 128, SX_REACH_PRIVATE}, {{0xfc}, 7, SX_REACH_PRIVATE},
    /* of what is left only 2000::/3 is in use, and of that not: Teredo and other protocols, documentation */
    {{0x20, 0x01, 0x00, 0x00}, 23, SX_REACH_SPECIAL}, {{0x20, 0x01, 0x0d, 0xb8}, 32, SX_REACH_SPECIAL},
    {{0x3f, 0xff}, 20, SX_REACH_SPECIAL}, {{0x20}, 3, SX_REACH_PUBLIC},
};

/* IPv6 prefixes behind which four bytes are an IPv4 address. */
static const struct { unsigned char prefix[16]; int bits; int at; } carriers[] = {
    {{[10] = 0xff, [11] = 0xff}, 96, 12}, {{0x00, 0x64, 0xff, 0x9b}, 96, 12}, {{0x20, 0x02}, 16, 2},
};

static bool begins(const unsigned char *address, const unsigned char *prefix, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    if (memcmp(address, prefix, (size_t)whole) != 0) return false;
    return rest == 0 || ((address[whole] ^ prefix[whole]) >> (8 - rest)) == 0;
}

static SxReach look_up(const unsigned char *address, const Range *ranges, size_t n, SxReach otherwise)
{
    for (size_t i = 0; i < n; i++)
        if (begins(address, ranges[i].prefix, ranges[i].bits)) return ranges[i].reach;
    return otherwise;
}

static SxReach v4_reach(const unsigned char *address) { return look_up(address, v4_ranges, SX_COUNT(v4_ranges), SX_REACH_PUBLIC); }

static SxReach v6_reach(const unsigned char *address)
{
    for (size_t i = 0; i < SX_COUNT(carriers); i++)
        if (begins(address, carriers[i].prefix, carriers[i].bits)) return v4_reach(address + carriers[i].at);
    return look_up(address, v6_ranges, SX_COUNT(v6_ranges), SX_REACH_SPECIAL);
}

SxReach sx_address_reach(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) return v4_reach((const unsigned char *)&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    if (address->sa_family == AF_INET6) return v6_reach((const unsigned char *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return SX_REACH_SPECIAL;
}

SxReach sx_address_text_reach(const char *text)
{
    unsigned char bytes[16];
    char bare[INET6_ADDRSTRLEN] = "";
    size_t n = strcspn(text, "%"); /* a zone says which interface, not which address */
    if (n < sizeof bare) memcpy(bare, text, n);
    if (inet_pton(AF_INET, bare, bytes) == 1) return v4_reach(bytes);
    if (inet_pton(AF_INET6, bare, bytes) == 1) return v6_reach(bytes);
    return SX_REACH_SPECIAL;
}
