/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The networks behind the modem, from a host's side: real packets through bearers, and
 * real sockets through a TUN device that is wired to a bearer.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/cursor.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/rtnl.h"
#include "tests/modem/network.h"
#include "tests/modem/network_int.h"
#include "tests/modem/tun.h"
#include "tests/unit/netns.h"

#define DEADLINE_MS 10000
#define MTU 1400
#define ICMP4 1
#define ICMP6 58
#define UDP 17

static struct event_base *base;
static struct networks *networks;

/* What a bearer's host heard last. */
struct ear {
	uint8_t packet[2048];
	size_t len;
	unsigned count;
};

static void
hear(void *arg, const uint8_t *ip, size_t len)
{
	struct ear *ear = arg;
	assert_true(len <= sizeof(ear->packet));
	memcpy(ear->packet, ip, len);
	ear->len = len;
	ear->count++;
}

static void
expired_cb(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Runs the loop until *count reaches want. */
static void
run_until(const unsigned *count, unsigned want)
{
	bool expired = false;
	struct timeval tv = loop_timeval(DEADLINE_MS);
	struct event *timer = event_new(base, -1, 0, expired_cb, &expired);
	event_add(timer, &tv);
	while (*count < want && !expired)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(timer);
	assert_false(expired);
}

/* ---- packets --------------------------------------------------------------------- */

static uint32_t
add16(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

static uint16_t
fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t
pseudo6(const uint8_t *ip, size_t body_len)
{
	return add16(0, ip + 8, 32) + (uint32_t)body_len + ip[6];
}

/* body's checksum field is at offset at; returns the packet's length. */
static size_t
packet4(uint8_t *ip, struct in_addr from, const char *to, uint8_t protocol,
    const uint8_t *body, size_t len, size_t at)
{
	struct writer w;
	writer_init(&w, ip, 2048);
	writer_u16be(&w, 0x4500);
	writer_u16be(&w, (uint16_t)(20 + len));
	writer_u32be(&w, 0x00010000);
	writer_u8(&w, 64);
	writer_u8(&w, protocol);
	writer_u16be(&w, 0);
	writer_bytes(&w, &from, 4);
	struct in_addr peer;
	assert_int_equal(inet_pton(AF_INET, to, &peer), 1);
	writer_bytes(&w, &peer, 4);
	writer_bytes(&w, body, len);
	assert_true(writer_ok(&w));
	uint16_t sum = fold(add16(0, ip, 20));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	if (protocol == ICMP4) { /* UDP may go without */
		sum = fold(add16(0, ip + 20, len));
		ip[20 + at] = (uint8_t)(sum >> 8);
		ip[21 + at] = (uint8_t)sum;
	}
	return w.len;
}

static size_t
packet6(uint8_t *ip, const struct in6_addr *from, const char *to, uint8_t protocol,
    const uint8_t *body, size_t len, size_t at)
{
	struct writer w;
	struct in6_addr peer;
	assert_int_equal(inet_pton(AF_INET6, to, &peer), 1);
	writer_init(&w, ip, 2048);
	writer_u32be(&w, 0x60000000);
	writer_u16be(&w, (uint16_t)len);
	writer_u8(&w, protocol);
	writer_u8(&w, 255);
	writer_bytes(&w, from, 16);
	writer_bytes(&w, &peer, 16);
	writer_bytes(&w, body, len);
	assert_true(writer_ok(&w));
	uint16_t sum = fold(add16(pseudo6(ip, len), ip + 40, len));
	ip[40 + at] = (uint8_t)(sum >> 8);
	ip[41 + at] = (uint8_t)sum;
	return w.len;
}

/* A UDP header and data, without checksum.  Returns its length. */
static size_t
datagram(uint8_t *ret, uint16_t port, const void *data, size_t len)
{
	struct writer w;
	writer_init(&w, ret, 1024);
	writer_u16be(&w, 40000);
	writer_u16be(&w, port);
	writer_u16be(&w, (uint16_t)(8 + len));
	writer_u16be(&w, 0);
	writer_bytes(&w, data, len);
	assert_true(writer_ok(&w));
	return w.len;
}

static const uint8_t ping4_body[] = {8, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g'};
static const uint8_t ping6_body[] = {
    128, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g'};

static void
ping4(struct bearer *b, struct ear *ear, const char *to)
{
	uint8_t ip[2048];
	unsigned before = ear->count;
	size_t len = packet4(ip, bearer_config(b)->address4, to, ICMP4, ping4_body,
	    sizeof(ping4_body), 2);
	bearer_up(b, ip, len);
	run_until(&ear->count, before + 1);
	assert_int_equal(ear->len, len);
	assert_int_equal(ear->packet[20], 0); /* echo reply */
	assert_memory_equal(ear->packet + 12, ip + 16, 4);
	assert_memory_equal(ear->packet + 16, ip + 12, 4);
	assert_memory_equal(ear->packet + 24, ping4_body + 4, sizeof(ping4_body) - 4);
}

static void
ping6(struct bearer *b, struct ear *ear, const char *to)
{
	uint8_t ip[2048];
	unsigned before = ear->count;
	size_t len = packet6(ip, &bearer_config(b)->address6, to, ICMP6, ping6_body,
	    sizeof(ping6_body), 2);
	bearer_up(b, ip, len);
	run_until(&ear->count, before + 1);
	assert_int_equal(ear->len, len);
	assert_int_equal(ear->packet[40], 129);
	assert_memory_equal(ear->packet + 8, ip + 24, 16);
	assert_memory_equal(ear->packet + 24, ip + 8, 16);
	assert_memory_equal(ear->packet + 44, ping6_body + 4, sizeof(ping6_body) - 4);
}

/* Asks over UDP and leaves the answer's data in ear->packet at the offset returned. */
static size_t
ask4(struct bearer *b, struct ear *ear, const char *to, uint16_t port, const void *data,
    size_t len)
{
	uint8_t ip[2048], body[1024];
	unsigned before = ear->count;
	size_t body_len = datagram(body, port, data, len);
	bearer_up(
	    b, ip, packet4(ip, bearer_config(b)->address4, to, UDP, body, body_len, 6));
	run_until(&ear->count, before + 1);
	assert_int_equal(ear->packet[9], UDP);
	assert_memory_equal(ear->packet + 12, ip + 16, 4);
	return 28;
}

static size_t
ask6(struct bearer *b, struct ear *ear, const char *to, uint16_t port, const void *data,
    size_t len)
{
	uint8_t ip[2048], body[1024];
	unsigned before = ear->count;
	size_t body_len = datagram(body, port, data, len);
	bearer_up(b, ip,
	    packet6(ip, &bearer_config(b)->address6, to, UDP, body, body_len, 6));
	run_until(&ear->count, before + 1);
	assert_int_equal(ear->packet[6], UDP);
	assert_memory_equal(ear->packet + 8, ip + 24, 16);
	return 48;
}

static void
assert_hears(const struct ear *ear, size_t at, const char *text)
{
	assert_int_equal(ear->len - at, strlen(text));
	assert_memory_equal(ear->packet + at, text, strlen(text));
}

static struct bearer *
open_bearer(const char *apn, int family, struct ear *ear)
{
	memset(ear, 0, sizeof(*ear));
	struct bearer *b = bearer_open(networks, apn, family, hear, ear);
	if (!b)
		fail_msg("bearer into %s: %s", apn, strerror(errno));
	return b;
}

/* ---- the tests ------------------------------------------------------------------- */

static void
test_ping(void **state)
{
	struct ear ear4, ear6;
	char text[INET6_ADDRSTRLEN];
	(void)state;
	struct bearer *b4 = open_bearer("internet", AF_INET, &ear4);
	struct bearer *b6 = open_bearer("INTERNET", AF_INET6, &ear6);

	ping4(b4, &ear4, NETWORK_COMMON4);
	inet_ntop(AF_INET, &bearer_config(b4)->gateway4, text, sizeof(text));
	ping4(b4, &ear4, text);
	ping6(b6, &ear6, NETWORK_COMMON6);
	inet_ntop(AF_INET6, &bearer_config(b6)->gateway6, text, sizeof(text));
	ping6(b6, &ear6, text);

	assert_int_equal(bearer_counters(b4)->up_packets, 2);
	assert_int_equal(bearer_counters(b4)->up_bytes, 2 * (20 + sizeof(ping4_body)));
	assert_int_equal(bearer_counters(b4)->down_packets, 2);
	assert_int_equal(
	    bearer_counters(b6)->down_bytes, 2 * (40 + sizeof(ping6_body)));
	bearer_close(b4);
	bearer_close(b6);
}

static void
test_strangers(void **state)
{
	struct ear ear4, ear6;
	uint8_t ip[2048];
	(void)state;
	struct bearer *b4 = open_bearer("internet", AF_INET, &ear4);
	struct bearer *b6 = open_bearer("internet", AF_INET6, &ear6);

	/* another bearer's source, our own network's gateway, the wrong family, a
	 * packet cut short, a header that cannot be */
	struct in_addr other = bearer_config(b4)->address4;
	other.s_addr = htonl(ntohl(other.s_addr) + 4);
	size_t len = packet4(ip, other, NETWORK_COMMON4, ICMP4, ping4_body, 12, 2);
	bearer_up(b4, ip, len);
	len = packet4(
	    ip, bearer_config(b4)->gateway4, NETWORK_COMMON4, ICMP4, ping4_body, 12, 2);
	bearer_up(b4, ip, len);
	assert_int_equal(bearer_counters(b4)->spoofed, 2);
	struct in6_addr other6 = bearer_config(b6)->address6;
	other6.s6_addr[7] ^= 1;
	len = packet6(ip, &other6, NETWORK_COMMON6, ICMP6, ping6_body, 12, 2);
	bearer_up(b6, ip, len);
	assert_int_equal(bearer_counters(b6)->spoofed, 1);
	bearer_up(b4, ip, len);
	len = packet4(
	    ip, bearer_config(b4)->address4, NETWORK_COMMON4, ICMP4, ping4_body, 12, 2);
	bearer_up(b6, ip, len);
	bearer_up(b4, ip, len - 1);
	bearer_up(b4, ip, 0);
	ip[0] = 0x44;
	bearer_up(b4, ip, len);
	assert_int_equal(bearer_counters(b4)->malformed, 4);
	assert_int_equal(bearer_counters(b6)->malformed, 1);
	assert_int_equal(bearer_counters(b4)->up_packets, 0);

	/* a host may choose its interface id */
	other6 = bearer_config(b6)->address6;
	other6.s6_addr[15] ^= 0x55;
	len = packet6(ip, &other6, NETWORK_COMMON6, ICMP6, ping6_body, 12, 2);
	bearer_up(b6, ip, len);
	run_until(&ear6.count, 1);
	assert_memory_equal(ear6.packet + 24, &other6, 16);
	/* trailing bytes are no part of the packet */
	len = packet4(
	    ip, bearer_config(b4)->address4, NETWORK_COMMON4, ICMP4, ping4_body, 12, 2);
	bearer_up(b4, ip, len + 7);
	run_until(&ear4.count, 1);
	assert_int_equal(ear4.len, len);
	bearer_close(b4);
	bearer_close(b6);
}

static void
test_who(void **state)
{
	struct ear ear, ear_ims, ear6;
	(void)state;
	struct bearer *b = open_bearer("internet", AF_INET, &ear);
	struct bearer *ims = open_bearer("ims", AF_INET, &ear_ims);
	struct bearer *b6 = open_bearer("ims", AF_INET6, &ear6);

	size_t at = ask4(b, &ear, NETWORK_COMMON4, NETWORK_WHO_PORT, "", 0);
	assert_hears(&ear, at, "internet\n");
	at = ask4(ims, &ear_ims, NETWORK_COMMON4, NETWORK_WHO_PORT, "?", 1);
	assert_hears(&ear_ims, at, "ims\n");
	at = ask6(b6, &ear6, NETWORK_COMMON6, NETWORK_WHO_PORT, "?", 1);
	assert_hears(&ear6, at, "ims\n");
	at = ask4(b, &ear, NETWORK_COMMON4, NETWORK_ECHO_PORT, "abc", 3);
	assert_hears(&ear, at, "abc");
	at = ask6(b6, &ear6, NETWORK_COMMON6, NETWORK_ECHO_PORT, "defg", 4);
	assert_hears(&ear6, at, "defg");
	bearer_close(b);
	bearer_close(ims);
	bearer_close(b6);
}

static size_t
dns_query(uint8_t *ret, const char *name, uint16_t type)
{
	struct writer w;
	writer_init(&w, ret, 512);
	writer_u16be(&w, 0xbeef);
	writer_u16be(&w, 0x0100);
	writer_u16be(&w, 1);
	writer_zero(&w, 6);
	while (*name) {
		size_t len = strcspn(name, ".");
		writer_u8(&w, (uint8_t)len);
		writer_bytes(&w, name, len);
		name += len + (name[len] == '.');
	}
	writer_u8(&w, 0);
	writer_u16be(&w, type);
	writer_u16be(&w, 1);
	assert_true(writer_ok(&w));
	return w.len;
}

/* The answer's code; data of the only record, if any, in *ret_data. */
static unsigned
dns_read(const uint8_t *msg, size_t len, size_t query_len, const uint8_t **ret_data,
    uint16_t *ret_len)
{
	struct cursor c;
	uint16_t id = 0, flags = 0, questions = 0, answers = 0;
	*ret_len = 0;
	cursor_init(&c, msg, len);
	assert_true(cursor_u16be(&c, &id) && cursor_u16be(&c, &flags) &&
		    cursor_u16be(&c, &questions) && cursor_u16be(&c, &answers));
	assert_int_equal(id, 0xbeef);
	assert_true(flags & 0x8000);
	assert_int_equal(questions, 1);
	if (answers == 1) {
		assert_true(cursor_skip(&c, query_len - 8 + 10));
		assert_true(cursor_u16be(&c, ret_len));
		assert_true(cursor_bytes(&c, *ret_len, ret_data));
		assert_int_equal(cursor_left(&c), 0);
	}
	return flags & 15;
}

static void
test_dns(void **state)
{
	struct ear ear, ear6;
	uint8_t query[512];
	char server[INET6_ADDRSTRLEN];
	const uint8_t *data = NULL, *data2 = NULL;
	uint16_t data_len;
	(void)state;
	struct bearer *b = open_bearer("internet", AF_INET, &ear);
	struct bearer *b6 = open_bearer("ims", AF_INET6, &ear6);

	inet_ntop(AF_INET, &bearer_config(b)->dns4[1], server, sizeof(server));
	size_t len = dns_query(query, "Who.Internet", 1);
	size_t at = ask4(b, &ear, server, 53, query, len);
	assert_int_equal(
	    dns_read(ear.packet + at, ear.len - at, len, &data, &data_len), 0);
	assert_int_equal(data_len, 4);
	assert_memory_equal(data, &bearer_config(b)->dns4[0], 2); /* its own range */

	inet_ntop(AF_INET6, &bearer_config(b6)->dns6[0], server, sizeof(server));
	len = dns_query(query, "who.test", 28);
	at = ask6(b6, &ear6, server, 53, query, len);
	assert_int_equal(
	    dns_read(ear6.packet + at, ear6.len - at, len, &data2, &data_len), 0);
	assert_int_equal(data_len, 16);
	assert_memory_equal(data2, &bearer_config(b6)->dns6[0], 8);

	/* the other APN's name does not exist here */
	len = dns_query(query, "who.internet", 1);
	at = ask6(b6, &ear6, server, 53, query, len);
	assert_int_equal(
	    dns_read(ear6.packet + at, ear6.len - at, len, &data, &data_len), 3);
	assert_int_equal(data_len, 0);
	bearer_close(b);
	bearer_close(b6);
}

static void
test_dns_answers(void **state)
{
	struct network_plan plan;
	uint8_t query[512], out[DNS_MESSAGE_MAX];
	const uint8_t *data = NULL;
	uint16_t data_len;
	struct in6_addr common6;
	(void)state;
	network_plan_fill(&plan, 7);
	inet_pton(AF_INET6, NETWORK_COMMON6, &common6);

	size_t len = dns_query(query, "common.test", 28);
	size_t n = dns_answer(&plan, "m2m", query, len, out);
	assert_int_equal(dns_read(out, n, len, &data, &data_len), 0);
	assert_memory_equal(data, &common6, 16);
	len = dns_query(query, "m2m", 16);
	n = dns_answer(&plan, "m2m", query, len, out);
	assert_int_equal(dns_read(out, n, len, &data, &data_len), 0);
	assert_int_equal(data_len, 4);
	assert_memory_equal(data, "\3m2m", 4);
	/* a name that only ends like it; a type that is not there */
	len = dns_query(query, "xm2m", 1);
	n = dns_answer(&plan, "m2m", query, len, out);
	assert_int_equal(dns_read(out, n, len, &data, &data_len), 3);
	len = dns_query(query, "m2m", 15);
	n = dns_answer(&plan, "m2m", query, len, out);
	assert_int_equal(dns_read(out, n, len, &data, &data_len), 0);
	assert_int_equal(data_len, 0);

	/* cut short anywhere: a format error, or silence to what has no header */
	for (size_t cut = 0; cut < len; cut++) {
		n = dns_answer(&plan, "m2m", query, cut, out);
		assert_int_equal(n, cut < 4 ? 0 : 12);
		assert_true(n == 0 || (out[3] & 15) == 1);
	}
	query[2] |= 0x80; /* an answer is not answered */
	assert_int_equal(dns_answer(&plan, "m2m", query, len, out), 0);
	query[2] = 0x08; /* another operation */
	assert_int_equal(dns_answer(&plan, "m2m", query, len, out), 12);
	assert_int_equal(out[3] & 15, 4);
}

static void
test_router_advertisement(void **state)
{
	static const uint8_t rs[] = {133, 0, 0, 0, 0, 0, 0, 0};
	static const uint8_t report[] = {143, 0, 0, 0, 0, 0, 0, 0};
	struct ear ear;
	uint8_t ip[2048];
	struct in6_addr link_local;
	(void)state;
	struct bearer *b = open_bearer("internet", AF_INET6, &ear);
	inet_pton(AF_INET6, "fe80::1234", &link_local);

	bearer_up(b, ip, packet6(ip, &link_local, "ff02::16", ICMP6, report, 8, 2));
	assert_int_equal(ear.count, 0);
	bearer_up(b, ip, packet6(ip, &in6addr_any, "ff02::2", ICMP6, rs, 8, 2));
	assert_int_equal(ear.count, 1);
	bearer_up(b, ip, packet6(ip, &link_local, "ff02::2", ICMP6, rs, 8, 2));
	assert_int_equal(ear.count, 2);
	assert_int_equal(bearer_counters(b)->spoofed, 0);

	const uint8_t *ra = ear.packet + 40;
	size_t len = ear.len - 40;
	assert_int_equal(ra[0], 134);
	assert_int_equal(ear.packet[7], 255);
	assert_int_equal(fold(add16(pseudo6(ear.packet, len), ra, len)), 0);
	assert_int_equal(ra[16], 3); /* prefix: /64, autonomous, not on-link */
	assert_int_equal(ra[18], 64);
	assert_int_equal(ra[19], 0x40);
	assert_memory_equal(ra + 32, &bearer_config(b)->address6, 8);
	assert_int_equal(ra[48], 5); /* MTU */
	assert_int_equal(ra[54] << 8 | ra[55], MTU);
	assert_int_equal(ra[56], 25); /* name servers */
	assert_memory_equal(ra + 64, &bearer_config(b)->dns6[0], 16);
	assert_int_equal(len, 64 + 32);
	bearer_close(b);
}

static void
test_renumber(void **state)
{
	struct ear ear;
	uint8_t ip[2048];
	(void)state;
	struct bearer *b = open_bearer("internet", AF_INET, &ear);
	struct in_addr old = bearer_config(b)->address4;

	ping4(b, &ear, NETWORK_COMMON4);
	assert_int_equal(bearer_renumber(b), 0);
	assert_int_not_equal(old.s_addr, bearer_config(b)->address4.s_addr);
	bearer_up(b, ip, packet4(ip, old, NETWORK_COMMON4, ICMP4, ping4_body, 12, 2));
	assert_int_equal(bearer_counters(b)->spoofed, 1);
	ping4(b, &ear, NETWORK_COMMON4);
	bearer_close(b);
}

static void
test_names(void **state)
{
	struct ear ear;
	(void)state;
	assert_int_equal(networks_add(networks, "internet", MTU), -EEXIST);
	assert_int_equal(networks_add(networks, "Internet", MTU), -EEXIST);
	assert_int_equal(networks_add(networks, "", MTU), -EINVAL);
	assert_int_equal(networks_add(networks, "a b", MTU), -EINVAL);
	assert_int_equal(networks_add(networks, "tiny", 500), -EINVAL);
	assert_true(networks_has(networks, "IMS"));
	assert_false(networks_has(networks, "nowhere"));
	assert_null(bearer_open(networks, "nowhere", AF_INET, hear, &ear));
	assert_int_equal(errno, ENOENT);
}

/* 128 PDN connections: 16 APNs, 4 of each family each; every address its own. */
static void
test_many(void **state)
{
	enum { APNS = 16, EACH = 8, ALL = APNS * EACH };
	struct ear *ears = calloc(ALL, sizeof(*ears));
	struct bearer *all[ALL];
	(void)state;

	for (unsigned i = 0; i < ALL; i++) {
		char apn[16];
		snprintf(apn, sizeof(apn), "many%u", i % APNS);
		if (i < APNS)
			assert_int_equal(networks_add(networks, apn, MTU), 0);
		all[i] = open_bearer(apn, i / APNS % 2 ? AF_INET6 : AF_INET, &ears[i]);
	}
	for (unsigned i = 0; i < ALL; i++) {
		for (unsigned j = 0; j < i; j++)
			assert_memory_not_equal(bearer_config(all[i]),
			    bearer_config(all[j]), sizeof(struct bearer_config));
		if (i / APNS % 2)
			ping6(all[i], &ears[i], NETWORK_COMMON6);
		else
			ping4(all[i], &ears[i], NETWORK_COMMON4);
	}
	for (unsigned i = 0; i < ALL; i++) {
		assert_int_equal(ears[i].count, 1);
		bearer_close(all[i]);
	}
	free(ears);
}

/* Addresses come in turn, so a closed bearer's is not given to the next one. */
static void
test_fresh_address(void **state)
{
	struct ear ear;
	struct in_addr last = {0};
	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct bearer *b = open_bearer("ims", AF_INET, &ear);
		assert_int_not_equal(bearer_config(b)->address4.s_addr, last.s_addr);
		last = bearer_config(b)->address4;
		bearer_close(b);
	}
}

/* ---- with this host's own kernel ---------------------------------------------------
 */

/* A TUN device of ours, wired to a bearer of each family. */
struct host {
	int fd;
	struct event *readable;
	struct bearer *b4, *b6;
};

static void
host_up_cb(int fd, short what, void *arg)
{
	struct host *h = arg;
	uint8_t ip[4096];
	(void)what;
	ssize_t len = read(fd, ip, sizeof(ip));
	if (len > 0)
		bearer_up(ip[0] >> 4 == 4 ? h->b4 : h->b6, ip, (size_t)len);
}

static void
host_down(void *arg, const uint8_t *ip, size_t len)
{
	struct host *h = arg;
	assert_int_equal(write(h->fd, ip, len), len);
}

static void
host_open(struct host *h, const char *apn)
{
	struct rtnl_link link;
	h->fd = tun_open("host0");
	assert_true(h->fd >= 0);
	h->b4 = bearer_open(networks, apn, AF_INET, host_down, h);
	h->b6 = bearer_open(networks, apn, AF_INET6, host_down, h);
	assert_true(h->b4 && h->b6);

	struct rtnl *r = rtnl_open();
	struct rtnl_addr a4 = {.family = AF_INET,
	    .local.v4 = bearer_config(h->b4)->address4,
	    .plen = bearer_config(h->b4)->plen};
	struct rtnl_addr a6 = {.family = AF_INET6,
	    .local.v6 = bearer_config(h->b6)->address6,
	    .plen = bearer_config(h->b6)->plen};
	struct rtnl_route r4 = {.family = AF_INET}, r6 = {.family = AF_INET6};
	assert_int_equal(rtnl_link_by_name(r, "host0", &link), 0);
	assert_int_equal(rtnl_link_mtu(r, link.index, bearer_config(h->b4)->mtu), 0);
	assert_int_equal(rtnl_link_up(r, link.index, true), 0);
	assert_int_equal(rtnl_addr_add(r, link.index, &a4), 0);
	assert_int_equal(rtnl_addr_add(r, link.index, &a6), 0);
	assert_int_equal(rtnl_route_add(r, link.index, &r4), 0);
	assert_int_equal(rtnl_route_add(r, link.index, &r6), 0);
	rtnl_close(r);
	h->readable = event_new(base, h->fd, EV_READ | EV_PERSIST, host_up_cb, h);
	event_add(h->readable, NULL);
}

static void
host_close(struct host *h)
{
	event_free(h->readable);
	bearer_close(h->b4);
	bearer_close(h->b6);
	close(h->fd);
}

/* One TCP exchange: what is sent, what came back until the peer's end. */
struct exchange {
	int fd;
	const uint8_t *out;
	size_t out_len, sent;
	uint8_t *in;
	size_t in_size, in_len;
	unsigned done;
	struct event *event;
};

static void
exchange_cb(int fd, short what, void *arg)
{
	struct exchange *x = arg;
	if (what & EV_WRITE && x->sent < x->out_len) {
		ssize_t n =
		    send(fd, x->out + x->sent, x->out_len - x->sent, MSG_NOSIGNAL);
		if (n > 0)
			x->sent += (size_t)n;
	}
	if (x->sent == x->out_len && what & EV_WRITE) {
		shutdown(fd, SHUT_WR);
		event_del(x->event);
		event_assign(x->event, base, fd, EV_READ | EV_PERSIST, exchange_cb, x);
		event_add(x->event, NULL);
	}
	if (what & EV_READ) {
		ssize_t n = recv(fd, x->in + x->in_len, x->in_size - x->in_len, 0);
		if (n > 0)
			x->in_len += (size_t)n;
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			x->done = n == 0 ? 1 : 2;
	}
}

static void
exchange(struct exchange *x, const char *address, uint16_t port)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to;
	bool is6 = strchr(address, ':');
	memset(&to, 0, sizeof(to));
	to.sa.sa_family = is6 ? AF_INET6 : AF_INET;
	to.v4.sin_port = htons(port); /* the same place in both */
	assert_int_equal(inet_pton(to.sa.sa_family, address,
			     is6 ? (void *)&to.v6.sin6_addr : (void *)&to.v4.sin_addr),
	    1);
	x->fd = socket(to.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(x->fd >= 0);
	assert_true(connect(x->fd, &to.sa, is6 ? sizeof(to.v6) : sizeof(to.v4)) == 0 ||
		    errno == EINPROGRESS);
	x->event =
	    event_new(base, x->fd, EV_READ | EV_WRITE | EV_PERSIST, exchange_cb, x);
	event_add(x->event, NULL);
	run_until(&x->done, 1);
	assert_int_equal(x->done, 1);
	event_free(x->event);
	close(x->fd);
}

static void
test_tcp(void **state)
{
	enum { SIZE = 700000 };
	struct host h;
	uint8_t *out = malloc(SIZE), *in = malloc(SIZE + 1);
	uint8_t query[512 + 2];
	char server[INET6_ADDRSTRLEN];
	const uint8_t *data = NULL;
	uint16_t data_len;
	(void)state;
	host_open(&h, "m2m");

	struct exchange who = {.in = in, .in_size = SIZE};
	exchange(&who, NETWORK_COMMON4, NETWORK_WHO_PORT);
	assert_int_equal(who.in_len, 4);
	assert_memory_equal(in, "m2m\n", 4);
	who = (struct exchange){
	    .out = (const uint8_t *)"hello\n", .out_len = 6, .in = in, .in_size = SIZE};
	exchange(&who, NETWORK_COMMON6, NETWORK_WHO_PORT);
	assert_int_equal(who.in_len, 4);

	for (size_t i = 0; i < SIZE; i++)
		out[i] = (uint8_t)(i * 7 + (i >> 8) * 13);
	const char *echoes[] = {NETWORK_COMMON4, NETWORK_COMMON6};
	for (unsigned i = 0; i < COUNT(echoes); i++) {
		struct exchange echo = {
		    .out = out, .out_len = SIZE, .in = in, .in_size = SIZE + 1};
		exchange(&echo, echoes[i], NETWORK_ECHO_PORT);
		assert_int_equal(echo.in_len, SIZE);
		assert_memory_equal(in, out, SIZE);
	}

	size_t len = dns_query(query + 2, "who.m2m", 1);
	query[0] = 0;
	query[1] = (uint8_t)len;
	struct exchange dns = {
	    .out = query, .out_len = len + 2, .in = in, .in_size = SIZE};
	inet_ntop(AF_INET, &bearer_config(h.b4)->dns4[0], server, sizeof(server));
	exchange(&dns, server, 53);
	assert_int_equal(in[0] << 8 | in[1], dns.in_len - 2);
	assert_int_equal(dns_read(in + 2, dns.in_len - 2, len, &data, &data_len), 0);
	assert_int_equal(data_len, 4);
	assert_memory_equal(data, &bearer_config(h.b4)->dns4[0], 2);
	assert_int_equal(bearer_counters(h.b4)->spoofed, 0);
	assert_int_equal(bearer_counters(h.b4)->malformed, 0);
	host_close(&h);
	free(out);
	free(in);
}

static int
setup(void **state)
{
	static const char *const apns[] = {"internet", "ims", "m2m"};
	(void)state;
	for (unsigned i = 0; i < COUNT(apns); i++)
		if (networks_add(networks, apns[i], MTU) < 0)
			return -1;
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ping),
	    cmocka_unit_test(test_strangers),
	    cmocka_unit_test(test_who),
	    cmocka_unit_test(test_dns),
	    cmocka_unit_test(test_dns_answers),
	    cmocka_unit_test(test_router_advertisement),
	    cmocka_unit_test(test_renumber),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_fresh_address),
	    cmocka_unit_test(test_tcp),
	};
	if (!netns_enter())
		return TEST_SKIPPED;
	log_init(LOG_LEVEL_WARN);
	base = loop_new();
	networks = networks_new(base);
	if (!networks) {
		fprintf(stderr, "skipped: no namespace with a TUN device: %s\n",
		    strerror(errno));
		event_base_free(base);
		return TEST_SKIPPED;
	}
	int failed = cmocka_run_group_tests(tests, setup, NULL);
	networks_free(networks);
	event_base_free(base);
	return failed;
}
