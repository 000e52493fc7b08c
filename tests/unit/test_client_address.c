/* test_client_address.c - which addresses count as public, private and special. */
#include "http/client_address.h"
#include "unit.h"
#include <netinet/in.h>

static void all(SxReach reach, const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        if (sx_address_text_reach(*texts) != reach) fprintf(stderr, "%s\n", *texts);
        CHECK(sx_address_text_reach(*texts) == reach);
    }
}

static void test_text(void)
{
    all(SX_REACH_PUBLIC, (const char *const[]){"1.1.1.1", "126.255.255.255", "128.0.0.1", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.1.1",
                                               "192.169.0.0", "100.63.255.255", "100.128.0.0", "223.255.255.255", "169.253.1.1", "2606:4700::1111", "2a00:1450::1",
                                               "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", NULL});
    all(SX_REACH_PRIVATE, (const char *const[]){"127.0.0.1", "127.255.255.255", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255",
                                                "::1", "fc00::1", "fdff::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::192.168.0.1", "2002:7f00:1::", NULL});
    all(SX_REACH_SPECIAL, (const char *const[]){"0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
                                                "198.19.255.255", "198.51.100.7", "203.0.113.7", "::", "::2", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001::1", "2001:db8::1",
                                                "::ffff:169.254.169.254", "::ffff:0.0.0.0", "4000::1", "", "localhost", "1.2.3", "300.1.1.1", NULL});
}

static void test_sockaddr(void)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr other = {.sa_family = AF_UNIX};
    CHECK(sx_address_reach((const struct sockaddr *)&v4) == SX_REACH_PRIVATE);
    CHECK(sx_address_reach((const struct sockaddr *)&v6) == SX_REACH_PRIVATE);
    v4.sin_addr.s_addr = htonl(0x01010101);
    CHECK(sx_address_reach((const struct sockaddr *)&v4) == SX_REACH_PUBLIC);
    CHECK(sx_address_reach(&other) == SX_REACH_SPECIAL);
}

int main(void)
{
    test_text();
    test_sockaddr();
    return unit_end();
}
