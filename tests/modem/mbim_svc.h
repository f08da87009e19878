/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handlers of the MBIM function's commands, one group a file; the tables are in
 * mbim_svc_basic.c and mbim_svc_ms.c, and what a handler may do in mbim_func_int.h.
 */
#ifndef PDNMUX_MODEM_MBIM_SVC_H
#define PDNMUX_MODEM_MBIM_SVC_H

#include "tests/modem/mbim_func_int.h"

/* mbim_services.c */
mbim_handler_fn mbim_device_services_query;
mbim_handler_fn mbim_subscribe_list_set;
/* mbim_svc_device.c */
mbim_handler_fn mbim_device_caps_query, mbim_ms_device_caps_query;
mbim_handler_fn mbim_radio_state_query, mbim_radio_state_set;
mbim_handler_fn mbim_quectel_radio_query, mbim_quectel_radio_set;
mbim_handler_fn mbim_idle_hint_query, mbim_idle_hint_set;
mbim_handler_fn mbim_emergency_mode_query;
mbim_handler_fn mbim_service_activation_set;
/* mbim_svc_sim.c */
mbim_handler_fn mbim_subscriber_ready_query;
mbim_handler_fn mbim_pin_query, mbim_pin_set, mbim_pin_list_query;
/* mbim_svc_network.c */
mbim_handler_fn mbim_home_provider_query;
mbim_handler_fn mbim_preferred_providers_query, mbim_visible_providers_query;
mbim_handler_fn mbim_register_state_query, mbim_register_state_set;
mbim_handler_fn mbim_packet_service_query, mbim_packet_service_set;
mbim_handler_fn mbim_signal_state_query, mbim_signal_state_set;
/* mbim_svc_connect.c */
mbim_handler_fn mbim_connect_query, mbim_connect_set, mbim_connect_refused;
/* mbim_svc_context.c */
mbim_handler_fn mbim_contexts_query, mbim_contexts_set;
mbim_handler_fn mbim_ms_contexts_query, mbim_ms_contexts_set;
mbim_handler_fn mbim_ms_attach_config_query, mbim_ms_attach_config_set;
mbim_handler_fn mbim_ms_attach_info_query;
/* mbim_svc_ip.c */
mbim_handler_fn mbim_ip_configuration_query;
mbim_handler_fn mbim_packet_statistics_query;
mbim_handler_fn mbim_packet_filters_query, mbim_packet_filters_set;

/* What notifications say. */
mbim_write_fn mbim_write_subscriber_ready, mbim_write_radio_state;
mbim_write_fn mbim_write_register_state, mbim_write_packet_service;
mbim_write_fn mbim_write_signal_state;
mbim_write_fn mbim_write_connect, mbim_write_ip_configuration; /* arg: the session */
mbim_write_fn mbim_write_slot_info, mbim_write_attach_info;
mbim_write_fn mbim_write_contexts, mbim_write_ms_contexts;

/* What the module's state allows: MBIM_STATUS_NONE when the SIM is ready. */
uint32_t mbim_sim_status(const struct mbim_func *f);
bool mbim_radio_is_on(const struct mbim_func *f);
bool mbim_is_registered(const struct mbim_func *f);
bool mbim_is_attached(const struct mbim_func *f);
/* Adds what went through that call, NULL for none. */
void mbim_count_bearer(struct bearer_counters *total, const struct modem_call *call);

#endif
