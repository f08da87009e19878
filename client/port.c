/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thin part that all ports share.
 */
#include "config.h"

#include "client/port.h"

void
port_start(struct port *p, const struct port_handlers *handlers, void *arg)
{
	p->handlers = handlers;
	p->arg = arg;
	p->ops->start(p);
}

int
port_send(struct port *p, const uint8_t *msg, size_t len)
{
	return p->ops->send(p, msg, len);
}

void
port_flush(struct port *p)
{
	p->ops->flush(p);
}

void
port_free(struct port *p)
{
	if (p != NULL)
		p->ops->free(p);
}
