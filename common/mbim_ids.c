/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and UUIDs of MBIM. */
#include "config.h"

#include <string.h>

#include "common/mbim_ids.h"

/* a289cc33-bcbb-8b4f-b6b0-133ec2aae6df */
const uint8_t mbim_basic_connect[16] = {0xa2, 0x89, 0xcc, 0x33, 0xbc, 0xbb, 0x8b, 0x4f,
    0xb6, 0xb0, 0x13, 0x3e, 0xc2, 0xaa, 0xe6, 0xdf};
/* 3d01dcc5-fef5-4d05-0d3a-bef7058e9aaf */
const uint8_t mbim_ms_basic_connect[16] = {0x3d, 0x01, 0xdc, 0xc5, 0xfe, 0xf5, 0x4d,
    0x05, 0x0d, 0x3a, 0xbe, 0xf7, 0x05, 0x8e, 0x9a, 0xaf};
/* 533fbeeb-14fe-4467-9f90-33a223e56c3f */
const uint8_t mbim_sms[16] = {0x53, 0x3f, 0xbe, 0xeb, 0x14, 0xfe, 0x44, 0x67, 0x9f,
    0x90, 0x33, 0xa2, 0x23, 0xe5, 0x6c, 0x3f};
/* e550a0c8-5e82-479e-82f7-10abf4c3351f */
const uint8_t mbim_ussd[16] = {0xe5, 0x50, 0xa0, 0xc8, 0x5e, 0x82, 0x47, 0x9e, 0x82,
    0xf7, 0x10, 0xab, 0xf4, 0xc3, 0x35, 0x1f};
/* 4bf38476-1e6a-41db-b1d8-bed289c25bdb */
const uint8_t mbim_phonebook[16] = {0x4b, 0xf3, 0x84, 0x76, 0x1e, 0x6a, 0x41, 0xdb,
    0xb1, 0xd8, 0xbe, 0xd2, 0x89, 0xc2, 0x5b, 0xdb};
/* d8f20131-fcb5-4e17-8602-d6ed3816164c */
const uint8_t mbim_stk[16] = {0xd8, 0xf2, 0x01, 0x31, 0xfc, 0xb5, 0x4e, 0x17, 0x86,
    0x02, 0xd6, 0xed, 0x38, 0x16, 0x16, 0x4c};
/* 1d2b5ff7-0aa1-48b2-aa52-50f15767174e */
const uint8_t mbim_auth[16] = {0x1d, 0x2b, 0x5f, 0xf7, 0x0a, 0xa1, 0x48, 0xb2, 0xaa,
    0x52, 0x50, 0xf1, 0x57, 0x67, 0x17, 0x4e};
/* c08a26dd-7718-4382-8482-6e0d583c4d0e */
const uint8_t mbim_dss[16] = {0xc0, 0x8a, 0x26, 0xdd, 0x77, 0x18, 0x43, 0x82, 0x84,
    0x82, 0x6e, 0x0d, 0x58, 0x3c, 0x4d, 0x0e};
/* d1a30bc2-f97a-6e43-bf65-c7e24fb0f0d3 */
const uint8_t mbim_qmi[16] = {0xd1, 0xa3, 0x0b, 0xc2, 0xf9, 0x7a, 0x6e, 0x43, 0xbf,
    0x65, 0xc7, 0xe2, 0x4f, 0xb0, 0xf0, 0xd3};
/* 838cf7fb-8d0d-4d7f-871e-d71dbefbb39b */
const uint8_t mbim_proxy_control[16] = {0x83, 0x8c, 0xf7, 0xfb, 0x8d, 0x0d, 0x4d, 0x7f,
    0x87, 0x1e, 0xd7, 0x1d, 0xbe, 0xfb, 0xb3, 0x9b};
/* 11223344-5566-7788-99aa-bbccddeeff11 */
const uint8_t mbim_quectel[16] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99,
    0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x11};
/* b43f758c-a560-4b46-b35e-c5869641fb54 */
const uint8_t mbim_context_none[16] = {0xb4, 0x3f, 0x75, 0x8c, 0xa5, 0x60, 0x4b, 0x46,
    0xb3, 0x5e, 0xc5, 0x86, 0x96, 0x41, 0xfb, 0x54};
/* 7e5e2a7e-4e6f-7272-736b-656e7e5e2a7e */
const uint8_t mbim_context_internet[16] = {0x7e, 0x5e, 0x2a, 0x7e, 0x4e, 0x6f, 0x72,
    0x72, 0x73, 0x6b, 0x65, 0x6e, 0x7e, 0x5e, 0x2a, 0x7e};
/* 21610d01-3074-4bce-9425-b53a07d697d6 */
const uint8_t mbim_context_ims[16] = {0x21, 0x61, 0x0d, 0x01, 0x30, 0x74, 0x4b, 0xce,
    0x94, 0x25, 0xb5, 0x3a, 0x07, 0xd6, 0x97, 0xd6};

static const struct {
	const uint8_t *uuid;
	const char *name;
} services[] = {
    {mbim_basic_connect, "Basic Connect"},
    {mbim_ms_basic_connect, "MS Basic Connect Extensions"},
    {mbim_sms, "SMS"},
    {mbim_ussd, "USSD"},
    {mbim_phonebook, "Phonebook"},
    {mbim_stk, "STK"},
    {mbim_auth, "Auth"},
    {mbim_dss, "DSS"},
    {mbim_qmi, "QMI"},
    {mbim_proxy_control, "Proxy Control"},
    {mbim_quectel, "Quectel"},
};

const char *
mbim_service_name(const uint8_t *service)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (memcmp(services[i].uuid, service, 16) == 0)
			return services[i].name;
	return NULL;
}

const char *
mbim_status_name(uint32_t status)
{
	switch ((enum mbim_status)status) {
	case MBIM_STATUS_NONE: return "NONE";
	case MBIM_STATUS_BUSY: return "BUSY";
	case MBIM_STATUS_FAILURE: return "FAILURE";
	case MBIM_STATUS_SIM_NOT_INSERTED: return "SIM_NOT_INSERTED";
	case MBIM_STATUS_BAD_SIM: return "BAD_SIM";
	case MBIM_STATUS_PIN_REQUIRED: return "PIN_REQUIRED";
	case MBIM_STATUS_PIN_DISABLED: return "PIN_DISABLED";
	case MBIM_STATUS_NOT_REGISTERED: return "NOT_REGISTERED";
	case MBIM_STATUS_PROVIDERS_NOT_FOUND: return "PROVIDERS_NOT_FOUND";
	case MBIM_STATUS_NO_DEVICE_SUPPORT: return "NO_DEVICE_SUPPORT";
	case MBIM_STATUS_PROVIDER_NOT_VISIBLE: return "PROVIDER_NOT_VISIBLE";
	case MBIM_STATUS_DATA_CLASS_NOT_AVAILABLE: return "DATA_CLASS_NOT_AVAILABLE";
	case MBIM_STATUS_PACKET_SERVICE_DETACHED: return "PACKET_SERVICE_DETACHED";
	case MBIM_STATUS_MAX_ACTIVATED_CONTEXTS: return "MAX_ACTIVATED_CONTEXTS";
	case MBIM_STATUS_NOT_INITIALIZED: return "NOT_INITIALIZED";
	case MBIM_STATUS_VOICE_CALL_IN_PROGRESS: return "VOICE_CALL_IN_PROGRESS";
	case MBIM_STATUS_CONTEXT_NOT_ACTIVATED: return "CONTEXT_NOT_ACTIVATED";
	case MBIM_STATUS_SERVICE_NOT_ACTIVATED: return "SERVICE_NOT_ACTIVATED";
	case MBIM_STATUS_INVALID_ACCESS_STRING: return "INVALID_ACCESS_STRING";
	case MBIM_STATUS_INVALID_USER_NAME_PWD: return "INVALID_USER_NAME_PWD";
	case MBIM_STATUS_RADIO_POWER_OFF: return "RADIO_POWER_OFF";
	case MBIM_STATUS_INVALID_PARAMETERS: return "INVALID_PARAMETERS";
	case MBIM_STATUS_READ_FAILURE: return "READ_FAILURE";
	case MBIM_STATUS_WRITE_FAILURE: return "WRITE_FAILURE";
	case MBIM_STATUS_NO_PHONEBOOK: return "NO_PHONEBOOK";
	case MBIM_STATUS_PARAMETER_TOO_LONG: return "PARAMETER_TOO_LONG";
	case MBIM_STATUS_STK_BUSY: return "STK_BUSY";
	case MBIM_STATUS_OPERATION_NOT_ALLOWED: return "OPERATION_NOT_ALLOWED";
	case MBIM_STATUS_MEMORY_FAILURE: return "MEMORY_FAILURE";
	case MBIM_STATUS_INVALID_MEMORY_INDEX: return "INVALID_MEMORY_INDEX";
	case MBIM_STATUS_MEMORY_FULL: return "MEMORY_FULL";
	case MBIM_STATUS_FILTER_NOT_SUPPORTED: return "FILTER_NOT_SUPPORTED";
	case MBIM_STATUS_DSS_INSTANCE_LIMIT: return "DSS_INSTANCE_LIMIT";
	case MBIM_STATUS_INVALID_DEVICE_SERVICE_OPERATION:
		return "INVALID_DEVICE_SERVICE_OPERATION";
	case MBIM_STATUS_AUTH_INCORRECT_AUTN: return "AUTH_INCORRECT_AUTN";
	case MBIM_STATUS_AUTH_SYNC_FAILURE: return "AUTH_SYNC_FAILURE";
	case MBIM_STATUS_AUTH_AMF_NOT_SET: return "AUTH_AMF_NOT_SET";
	case MBIM_STATUS_CONTEXT_NOT_SUPPORTED: return "CONTEXT_NOT_SUPPORTED";
	case MBIM_STATUS_SMS_UNKNOWN_SMSC_ADDRESS: return "SMS_UNKNOWN_SMSC_ADDRESS";
	case MBIM_STATUS_SMS_NETWORK_TIMEOUT: return "SMS_NETWORK_TIMEOUT";
	case MBIM_STATUS_SMS_LANG_NOT_SUPPORTED: return "SMS_LANG_NOT_SUPPORTED";
	case MBIM_STATUS_SMS_ENCODING_NOT_SUPPORTED:
		return "SMS_ENCODING_NOT_SUPPORTED";
	case MBIM_STATUS_SMS_FORMAT_NOT_SUPPORTED: return "SMS_FORMAT_NOT_SUPPORTED";
	}
	return NULL;
}
