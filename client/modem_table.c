/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table, sorted by vendor and product.
 */
#include "config.h"

#include "client/modem_table.h"

#include <stddef.h>

#define KIB 1024u
#define ANY MODEM_IFACE_ANY

static const struct modem_row rows[] = {
    {0x05c6, 0x9003, 4, 0, 0, "Quectel UC20"},
    {0x05c6, 0x9025, 4, 1, 4 * KIB, "Qualcomm 9025"},
    {0x05c6, 0x9091, 2, 1, 4 * KIB, "Qualcomm 9091"},
    {0x05c6, 0x90b2, 3, 1, 4 * KIB, "u-blox R410M"},
    {0x05c6, 0x90db, 2, 1, 4 * KIB, "Qualcomm 90db"},
    {0x05c6, 0x9215, ANY, 0, 0, "Quectel EC20 (MDM9215)"},
    {0x05c6, 0x9625, 4, 1, 4 * KIB, "YUGA CLM920"},
    {0x1199, 0x68a2, ANY, 1, 4 * KIB, "Sierra MC7750"},
    {0x1199, 0x68c0, ANY, 1, 4 * KIB, "Sierra MC7304"},
    {0x1199, 0x9041, ANY, 1, 4 * KIB, "Sierra MC7305"},
    {0x1199, 0x9063, ANY, 1, 4 * KIB, "Sierra EM7305"},
    {0x1199, 0x9071, ANY, 1, 16 * KIB, "Sierra MC74xx"},
    {0x1199, 0x9079, ANY, 1, 16 * KIB, "Sierra EM74xx"},
    {0x1199, 0x907b, ANY, 1, 16 * KIB, "Sierra EM74xx"},
    {0x1199, 0x9091, 8, 1, 16 * KIB, "Sierra EM7565"},
    {0x1199, 0xc081, 8, 1, 16 * KIB, "Sierra EM7590"},
    {0x12d1, 0x1506, ANY, 0, 0, "Huawei ME909"},
    {0x1508, 0x1001, 4, 1, 4 * KIB, "Fibocom NL668"},
    {0x1bc7, 0x1031, 3, 1, 16 * KIB, "Telit LE910C1-EUX"},
    {0x1bc7, 0x1040, 2, 1, 16 * KIB, "Telit LE922A"},
    {0x1bc7, 0x1050, 2, 1, 16 * KIB, "Telit FN980"},
    {0x1bc7, 0x1060, 2, 1, 16 * KIB, "Telit LN920"},
    {0x1bc7, 0x1070, 2, 5, 16 * KIB, "Telit FN990"},
    {0x1bc7, 0x1080, 2, 5, 16 * KIB, "Telit FE990"},
    {0x1bc7, 0x10a0, 0, 5, 16 * KIB, "Telit FN920C04"},
    {0x1bc7, 0x10c0, 0, 5, 16 * KIB, "Telit FE910C04"},
    {0x1bc7, 0x10d0, 0, 5, 16 * KIB, "Telit FN990B"},
    {0x1bc7, 0x1100, 3, 1, 4 * KIB, "Telit ME910"},
    {0x1bc7, 0x1101, 3, 1, 4 * KIB, "Telit ME910"},
    {0x1bc7, 0x1200, 5, 1, 4 * KIB, "Telit LE920"},
    {0x1bc7, 0x1201, 2, 1, 4 * KIB, "Telit LE910"},
    {0x1bc7, 0x1230, 2, 1, 4 * KIB, "Telit LE910Cx"},
    {0x1bc7, 0x1250, 0, 1, 4 * KIB, "Telit LE910Cx"},
    {0x1bc7, 0x1900, 1, 1, 16 * KIB, "Telit LN940"},
    {0x1e0e, 0x9001, 5, 1, 4 * KIB, "SIMCom SIM7xxx"},
    {0x1e0e, 0x9071, 3, 1, 4 * KIB, "SIMCom SIM82xx"},
    {0x2c7c, 0x0121, 4, 1, 4 * KIB, "Quectel EC21"},
    {0x2c7c, 0x0122, 4, 5, 31 * KIB, "Quectel RG650"},
    {0x2c7c, 0x0125, 4, 1, 4 * KIB, "Quectel EC25/EC20/EG25-G"},
    {0x2c7c, 0x0191, 4, 1, 4 * KIB, "Quectel EG91"},
    {0x2c7c, 0x0195, 4, 1, 4 * KIB, "Quectel EG95"},
    {0x2c7c, 0x0296, 4, 1, 4 * KIB, "Quectel BG96"},
    {0x2c7c, 0x0306, 4, 1, 16 * KIB, "Quectel EP06/EG06/EM06"},
    {0x2c7c, 0x030b, 4, 1, 16 * KIB, "Quectel EM060K/EG060K/EM120K"},
    {0x2c7c, 0x030e, 4, 1, 4 * KIB, "Quectel EM05G"},
    {0x2c7c, 0x0316, 3, 1, 16 * KIB, "Quectel RG255C"},
    {0x2c7c, 0x0435, 4, 1, 4 * KIB, "Quectel AG35"},
    {0x2c7c, 0x0512, 4, 1, 16 * KIB, "Quectel EG12/EM12/EG16/EG18"},
    {0x2c7c, 0x0620, 4, 1, 16 * KIB, "Quectel EM160/EG20"},
    {0x2c7c, 0x0700, 3, 1, 4 * KIB, "Quectel BG95"},
    {0x2c7c, 0x0800, 4, 5, 31 * KIB, "Quectel RG500Q/RM500Q/RM502Q/RM510Q"},
    {0x2c7c, 0x0801, 4, 5, 31 * KIB, "Quectel RG520N/RM520N"},
    {0x2c7c, 0x0900, ANY, 0, 0, "Quectel RG500U"},
    {0x2cb7, 0x0104, 4, 1, 4 * KIB, "Fibocom NL678"},
    {0x2cb7, 0x0112, 0, 1, 16 * KIB, "Fibocom FG132"},
    {0x2dee, 0x4d22, 5, 1, 16 * KIB, "MeiG SRM825"},
    {0x2dee, 0x4d63, 0, 1, 4 * KIB, "MeiG SLM7xx"},
    {0x2dee, 0x4d64, 0, 1, 4 * KIB, "MeiG SLM7xx"},
    {0x305a, 0x1405, ANY, 0, 0, "GosunCn GM800"},
    {0x33f8, 0x0104, 4, 1, 4 * KIB, "Rolling RW101"},
    {0x413c, 0x81b6, ANY, 1, 4 * KIB, "Dell DW5811e"},
    {0x413c, 0x81d7, ANY, 1, 4 * KIB, "Dell DW5821e"},
};

const struct modem_row *
modem_table_row(unsigned n)
{
	return n < sizeof(rows) / sizeof(rows[0]) ? &rows[n] : NULL;
}

const struct modem_row *
modem_table_find(uint16_t vid, uint16_t pid)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].vid == vid && rows[i].pid == pid)
			return &rows[i];
	return NULL;
}
