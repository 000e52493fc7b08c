/* client_address.h - which addresses an outgoing request may connect to; pure.
 * A name in somebody else's document may resolve to anything, so what is asked is the address itself, at connect. */
#ifndef SX_HTTP_CLIENT_ADDRESS_H
#define SX_HTTP_CLIENT_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

typedef enum SxReach { /* how far an address can be reached from; the wider the smaller */
    SX_REACH_PUBLIC,
    SX_REACH_PRIVATE, /* loopback, private and shared ranges: this machine and its neighbours */
    SX_REACH_SPECIAL  /* link-local, multicast, unspecified, documentation, reserved: no host that serves */
} SxReach;

/* Addresses of IPv4 inside IPv6 (mapped, NAT64, 6to4) count as what they carry; other families are special. */
SxReach sx_address_reach(const struct sockaddr *address);
/* The same of an address as text, without a port; special when it is none. */
SxReach sx_address_text_reach(const char *text);

#endif
