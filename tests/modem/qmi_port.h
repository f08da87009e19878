/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The QMI services of a modem and the ways to reach them.
 *
 * Client ids belong to the modem (struct qmi_func); each is answered through the port
 * that used it last.  A port carries whole frames: one host's control channel, or QMI
 * inside MBIM.
 */
#ifndef PDNMUX_MODEM_QMI_PORT_H
#define PDNMUX_MODEM_QMI_PORT_H

#include <stddef.h>
#include <stdint.h>

#include "tests/modem/fault.h"
#include "tests/modem/modem.h"

struct qmi_func;
struct qmi_port;

/* One whole frame for the host; may be changed by a fault. */
typedef void qmi_send_fn(
    void *arg, const char *name, enum fault_way way, uint8_t *frame, size_t len);

/* Never NULL. */
struct qmi_func *qmi_func_new(struct modem *m);
void qmi_func_free(struct qmi_func *f);
/* Something changed: indications to those who asked for them. */
void qmi_func_event(
    struct qmi_func *f, enum modem_event event, struct modem_call *call);
/* Forgets all clients, silently, as a restart does; pools can be squeezed by tests. */
void qmi_func_forget(struct qmi_func *f);
/* The message QMI has for a restart, to every port. */
void qmi_func_say_sync(struct qmi_func *f);
/* All pools empty from now on, or again as they were. */
void qmi_func_exhaust(struct qmi_func *f, bool exhaust);
/* Appends "open_cids": {...}, "clients": [...] to a JSON object in ret; the length. */
size_t qmi_func_stats(const struct qmi_func *f, char *ret, size_t size);
/*
 * An indication of that name ("NAS.SERVING_SYSTEM") to all clients of its service,
 * registered or not.  0 or -EINVAL.
 */
int qmi_func_unsolicited(struct qmi_func *f, const char *name);

/* Never NULL. */
struct qmi_port *qmi_port_new(struct qmi_func *f, qmi_send_fn *send, void *arg);
/* Its clients live on and are heard of no more until another port uses them. */
void qmi_port_free(struct qmi_port *p);
/* One whole frame of the host, as qmux_scan() cut it. */
void qmi_port_input(struct qmi_port *p, uint8_t *frame, size_t len);

#endif
