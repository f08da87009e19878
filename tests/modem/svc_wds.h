/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of WDS: calls (svc_wds.c), what is known of a call (svc_wds_info.c), and
 * profiles (svc_wds_profile.c).
 */
#ifndef PDNMUX_MODEM_SVC_WDS_H
#define PDNMUX_MODEM_SVC_WDS_H

#include "tests/modem/qmi_int.h"

/* One client id is one family of one PDN at most. */
struct wds {
	uint8_t mux_id; /* bound to; 0: not multiplexed */
	uint8_t family; /* asked for: 4 or 6 */
	uint8_t profile;
	struct modem_call *call; /* NULL: none */
	bool is_starting;
	struct qmi_later start; /* who waits for it */
	bool wants_ip_config, suppresses_status;
	uint64_t last_up_bytes, last_down_bytes; /* of the call before */
};

static inline struct wds *
wds_of(const struct qmi_client *c)
{
	return c->state;
}

/* The call that is up, or NULL. */
const struct modem_call *wds_call(const struct qmi_request *r);
/* A 3GPP profile by number, or NULL. */
struct modem_profile *wds_profile(struct modem *m, uint8_t index);

/* svc_wds_info.c */
qmi_handler_fn wds_get_settings, wds_get_statistics, wds_get_bearer,
    wds_get_current_bearer, wds_get_rates, wds_get_dormancy, wds_get_attach_parameters,
    wds_get_max_attach, wds_get_attach_list, wds_set_attach_list, wds_get_throttle,
    wds_get_autoconnect;
/* svc_wds_profile.c */
qmi_handler_fn wds_create_profile, wds_modify_profile, wds_delete_profile,
    wds_list_profiles, wds_get_profile, wds_get_default, wds_get_default_number;

#endif
