/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dial state machine with a fake clock and fake verbs: the ways a dial goes, and
 * every state times every event.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/pdn.h"
#include "common/log.h"
#include "common/loop.h"

struct world {
	struct pdn *pdn;
	struct dialer dialer;
	dialer_event_fn *event;
	void *event_arg;
	unsigned int dialers, links, configured; /* what is there now */
	unsigned int made, configures;           /* how often */
	enum dialer_step step;                   /* the last one started */
	bool refuse_make, refuse_link, refuse_configure;
	unsigned int finished;
	struct failure why;
};

static int64_t now_ms;

static int64_t
fake_clock(void)
{
	return now_ms;
}

static struct dialer *
fake_make(void *arg, dialer_event_fn *event, void *event_arg, struct failure *ret_why)
{
	struct world *w = arg;

	if (w->refuse_make) {
		failure_set(
		    ret_why, FAILURE_NO_MODEM, FAILURE_RETRY_BACKOFF, NULL, "none");
		return NULL;
	}
	assert_int_equal(w->dialers, 0);
	w->dialers = 1;
	w->made++;
	w->event = event;
	w->event_arg = event_arg;
	return &w->dialer;
}

static void
fake_step(void *arg, struct dialer *d, enum dialer_step step)
{
	struct world *w = arg;

	assert_ptr_equal(d, &w->dialer);
	w->step = step;
}

static void
fake_drop(void *arg, struct dialer *d)
{
	struct world *w = arg;

	assert_ptr_equal(d, &w->dialer);
	assert_int_equal(w->dialers, 1);
	w->dialers = 0;
}

static int
fake_link_up(void *arg, const struct dialer_data_format *f, struct failure *ret_why)
{
	struct world *w = arg;

	(void)f;
	if (w->refuse_link) {
		failure_set(ret_why, FAILURE_MUXDEV, FAILURE_RETRY_BACKOFF, NULL, "no");
		return -EOPNOTSUPP;
	}
	w->links = 1; /* idempotent */
	return 0;
}

static void
fake_link_down(void *arg)
{
	struct world *w = arg;

	assert_int_equal(w->links, 1);
	w->links = 0;
}

static int
fake_configure(void *arg, const struct pdn_settings *settings, struct failure *ret_why)
{
	struct world *w = arg;

	(void)settings;
	assert_int_equal(w->links, 1);
	if (w->refuse_configure) {
		failure_set(
		    ret_why, FAILURE_CONFIG_IP, FAILURE_RETRY_BACKOFF, NULL, "no");
		w->configured = 1; /* half of it */
		return -EINVAL;
	}
	w->configured = 1;
	w->configures++;
	return 0;
}

static void
fake_unconfigure(void *arg)
{
	struct world *w = arg;

	assert_int_equal(w->configured, 1);
	w->configured = 0;
}

static void
fake_finished(void *arg, const struct failure *why)
{
	struct world *w = arg;

	w->finished++;
	memset(&w->why, 0, sizeof(w->why));
	if (why != NULL)
		w->why = *why;
	/* Leave no trace. */
	assert_int_equal(w->dialers + w->links + w->configured, 0);
}

static const struct pdn_verbs verbs = {
    .dialer_make = fake_make,
    .dialer_step = fake_step,
    .dialer_drop = fake_drop,
    .link_up = fake_link_up,
    .link_down = fake_link_down,
    .configure = fake_configure,
    .unconfigure = fake_unconfigure,
    .finished = fake_finished,
};

static const struct pdn_config config = {
    .name = "test",
    .register_ms = 30000,
    .shutdown_ms = 8000,
    .retry_min_ms = 0,
    .retry_max_ms = 60000,
    .seed = 5,
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	log_init(LOG_LEVEL_ERROR);
	now_ms = 1000000;
	loop_set_clock(fake_clock);
	w->pdn = pdn_new(NULL, &config, &verbs, w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	pdn_free(w->pdn);
	assert_int_equal(w->dialers + w->links + w->configured, 0);
	free(w);
	loop_set_clock(NULL);
	return 0;
}

static void
expect(struct world *w, enum pdn_state state)
{
	assert_string_equal(pdn_state_name(pdn_state(w->pdn)), pdn_state_name(state));
}

/* The dialer says that the step that runs has ended. */
static void
done(struct world *w)
{
	struct dialer_event ev = {.type = DIALER_EVENT_DONE, .step = w->step};

	w->event(w->event_arg, &ev);
}

static void
say(struct world *w, enum dialer_event_type type, enum failure_class class,
    enum failure_retry retry)
{
	struct dialer_event ev = {.type = type, .step = w->step};

	if (class != FAILURE_NONE)
		failure_set(&ev.failure, class, retry, NULL, "said so");
	w->event(w->event_arg, &ev);
}

static void
time_passes(struct world *w)
{
	assert_true(pdn_deadline_ms(w->pdn) > 0);
	now_ms = pdn_deadline_ms(w->pdn);
	pdn_event(w->pdn, PDN_EVENT_TIMEOUT, NULL);
}

/* From IDLE to the state, by the straight way. */
static void
drive(struct world *w, enum pdn_state to)
{
	if (to == PDN_STATE_IDLE)
		return;
	pdn_start(w->pdn);
	if (to == PDN_STATE_WAITING || to == PDN_STATE_CLOSING) {
		say(w, DIALER_EVENT_FAILED, FAILURE_SILENT, FAILURE_RETRY_BACKOFF);
		if (to == PDN_STATE_WAITING)
			done(w);
		return;
	}
	while (pdn_state(w->pdn) != to && pdn_state(w->pdn) != PDN_STATE_ONLINE)
		done(w);
	if (to == PDN_STATE_REFRESHING)
		pdn_event(w->pdn, PDN_EVENT_SETTINGS_CHANGED, NULL);
	if (to == PDN_STATE_DISCONNECTING)
		pdn_stop(w->pdn);
	expect(w, to);
}

static void
dials_and_hangs_up(void **state)
{
	struct world *w = *state;

	drive(w, PDN_STATE_ONLINE);
	assert_int_equal(w->configures, 1);
	pdn_stop(w->pdn);
	expect(w, PDN_STATE_DISCONNECTING);
	assert_int_equal(w->configured, 0);
	done(w);
	expect(w, PDN_STATE_CLOSING);
	done(w);
	expect(w, PDN_STATE_IDLE);
	assert_int_equal(w->finished, 1);
	assert_int_equal(w->why.class, FAILURE_NONE);
}

static void
redials_soon_once_then_backs_off(void **state)
{
	struct world *w = *state;
	int64_t wait_ms;

	drive(w, PDN_STATE_ONLINE);
	say(w, DIALER_EVENT_CALL_ENDED, FAILURE_NETWORK, FAILURE_RETRY_SOON);
	expect(w, PDN_STATE_CLOSING);
	assert_int_equal(w->configured, 0);
	done(w);
	expect(w, PDN_STATE_WAITING);
	wait_ms = pdn_deadline_ms(w->pdn) - now_ms;
	assert_in_range(wait_ms, 800, 1200);
	time_passes(w);
	while (pdn_state(w->pdn) != PDN_STATE_ONLINE)
		done(w);
	say(w, DIALER_EVENT_CALL_ENDED, FAILURE_NETWORK, FAILURE_RETRY_SOON);
	done(w);
	time_passes(w);
	say(w, DIALER_EVENT_FAILED, FAILURE_NETWORK, FAILURE_RETRY_SOON);
	done(w);
	wait_ms = pdn_deadline_ms(w->pdn) - now_ms;
	assert_in_range(wait_ms, 1600, 2400);
}

static void
a_proven_connection_starts_afresh(void **state)
{
	struct world *w = *state;
	unsigned int i;

	drive(w, PDN_STATE_WAITING);
	for (i = 0; i < 4; i++) {
		time_passes(w);
		say(w, DIALER_EVENT_FAILED, FAILURE_NETWORK, FAILURE_RETRY_BACKOFF);
		done(w);
	}
	assert_in_range(pdn_deadline_ms(w->pdn) - now_ms, 24000, 36000);
	time_passes(w);
	while (pdn_state(w->pdn) != PDN_STATE_ONLINE)
		done(w);
	time_passes(w); /* proven */
	expect(w, PDN_STATE_ONLINE);
	assert_int_equal(pdn_deadline_ms(w->pdn), -1);
	say(w, DIALER_EVENT_CALL_ENDED, FAILURE_NETWORK, FAILURE_RETRY_BACKOFF);
	done(w);
	assert_in_range(pdn_deadline_ms(w->pdn) - now_ms, 800, 1200);
}

static void
a_lost_device_is_made_anew(void **state)
{
	struct world *w = *state;

	drive(w, PDN_STATE_ONLINE);
	w->links = 0; /* deleted under us */
	pdn_event(w->pdn, PDN_EVENT_LINK_LOST, NULL);
	expect(w, PDN_STATE_REFRESHING);
	assert_int_equal(w->links, 1);
	assert_int_equal(w->configures, 1);
	done(w);
	expect(w, PDN_STATE_ONLINE);
	assert_int_equal(w->configures, 2);
	assert_int_equal(w->made, 1); /* the call has stayed */

	w->links = 0;
	w->refuse_link = true;
	pdn_event(w->pdn, PDN_EVENT_LINK_LOST, NULL);
	expect(w, PDN_STATE_DISCONNECTING);
	w->links = 1; /* for fake_link_down() */
	w->refuse_link = false;
}

static void
no_war_over_a_device(void **state)
{
	struct world *w = *state;
	unsigned int i;

	drive(w, PDN_STATE_ONLINE);
	for (i = 0; i < 5; i++) {
		pdn_event(w->pdn, PDN_EVENT_LINK_LOST, NULL);
		done(w);
	}
	expect(w, PDN_STATE_ONLINE);
	time_passes(w); /* proven: it may happen again */
	for (i = 0; i < 5; i++) {
		pdn_event(w->pdn, PDN_EVENT_LINK_LOST, NULL);
		done(w);
	}
	expect(w, PDN_STATE_ONLINE);
	pdn_event(w->pdn, PDN_EVENT_LINK_LOST, NULL);
	expect(w, PDN_STATE_DISCONNECTING);
	done(w);
	done(w);
	expect(w, PDN_STATE_WAITING);
	assert_true(pdn_deadline_ms(w->pdn) - now_ms >= 800);
	time_passes(w);
	while (pdn_state(w->pdn) != PDN_STATE_ONLINE)
		done(w);
	pdn_event(w->pdn, PDN_EVENT_LINK_LOST, NULL);
	expect(w, PDN_STATE_REFRESHING);
}

static void
retry_after_is_honoured(void **state)
{
	struct world *w = *state;
	struct failure f;

	drive(w, PDN_STATE_CONNECTING);
	failure_set(&f, FAILURE_APN, FAILURE_RETRY_AFTER, NULL, "unknown APN");
	f.retry_after_s = 600;
	pdn_event(w->pdn, PDN_EVENT_STEP_FAILED, &f);
	done(w);
	expect(w, PDN_STATE_WAITING);
	assert_in_range(pdn_deadline_ms(w->pdn) - now_ms, 480000, 720000);
}

static void
gives_up_for_good(void **state)
{
	struct world *w = *state;

	drive(w, PDN_STATE_PREPARING);
	say(w, DIALER_EVENT_FAILED, FAILURE_SIM_PIN, FAILURE_RETRY_NEVER);
	done(w);
	expect(w, PDN_STATE_IDLE);
	assert_int_equal(w->finished, 1);
	assert_int_equal(w->why.class, FAILURE_SIM_PIN);
}

static void
no_modem_ends_only_the_first_attempt(void **state)
{
	struct world *w = *state;

	w->refuse_make = true;
	pdn_start(w->pdn);
	assert_int_equal(w->finished, 1);
	assert_int_equal(w->why.class, FAILURE_NO_MODEM);
	w->refuse_make = false;
	drive(w, PDN_STATE_ONLINE);
	w->refuse_make = true;
	say(w, DIALER_EVENT_PORT_LOST, FAILURE_NO_PROXY, FAILURE_RETRY_BACKOFF);
	done(w);
	time_passes(w);
	expect(w, PDN_STATE_WAITING); /* it keeps trying now */
	assert_int_equal(w->finished, 1);
}

static void
link_and_address_refusals(void **state)
{
	struct world *w = *state;

	w->refuse_link = true;
	pdn_start(w->pdn);
	done(w);
	done(w);
	done(w);
	expect(w, PDN_STATE_CLOSING);
	done(w);
	w->refuse_link = false;
	w->refuse_configure = true;
	time_passes(w);
	while (pdn_state(w->pdn) != PDN_STATE_DISCONNECTING)
		done(w);
	assert_int_equal(w->configured, 0); /* also what was half done */
	done(w);
	done(w);
	expect(w, PDN_STATE_WAITING);
}

static void
changes_while_reading_are_not_lost(void **state)
{
	struct world *w = *state;

	drive(w, PDN_STATE_READING);
	pdn_event(w->pdn, PDN_EVENT_SETTINGS_CHANGED, NULL);
	done(w);
	expect(w, PDN_STATE_REFRESHING);
	done(w);
	expect(w, PDN_STATE_ONLINE);
	assert_int_equal(w->configures, 2);
}

static void
a_late_end_of_another_step_is_ignored(void **state)
{
	struct world *w = *state;
	struct dialer_event ev = {
	    .type = DIALER_EVENT_DONE, .step = DIALER_STEP_SETTINGS};

	drive(w, PDN_STATE_PREPARING);
	w->event(w->event_arg, &ev);
	expect(w, PDN_STATE_PREPARING);
}

static void
stop_is_bounded_and_can_be_hurried(void **state)
{
	struct world *w = *state;
	int64_t start_ms = now_ms;

	drive(w, PDN_STATE_DISCONNECTING);
	time_passes(w);
	expect(w, PDN_STATE_CLOSING);
	time_passes(w);
	expect(w, PDN_STATE_IDLE);
	assert_in_range(now_ms - start_ms, 1, 8100);
	drive(w, PDN_STATE_DISCONNECTING);
	pdn_stop(w->pdn);
	expect(w, PDN_STATE_CLOSING);
	assert_true(pdn_deadline_ms(w->pdn) <= now_ms + 1);
}

static void
an_unplugged_modem_is_waited_for(void **state)
{
	struct world *w = *state;
	unsigned int made;

	drive(w, PDN_STATE_ONLINE);
	pdn_event(w->pdn, PDN_EVENT_MODEM_GONE, NULL);
	expect(w, PDN_STATE_CLOSING);
	assert_int_equal(w->configured, 0);
	done(w);
	expect(w, PDN_STATE_WAITING);
	made = w->made;
	pdn_event(w->pdn, PDN_EVENT_MODEM_CAME, NULL);
	expect(w, PDN_STATE_OPENING);
	assert_int_equal(w->made, made + 1);
	/* it may be back before we are done with its absence */
	drive(w, PDN_STATE_ONLINE);
	pdn_event(w->pdn, PDN_EVENT_MODEM_GONE, NULL);
	pdn_event(w->pdn, PDN_EVENT_MODEM_CAME, NULL);
	expect(w, PDN_STATE_CLOSING);
	done(w);
	expect(w, PDN_STATE_WAITING);
	assert_in_range(pdn_deadline_ms(w->pdn), now_ms, now_ms + 10);
	time_passes(w);
	expect(w, PDN_STATE_OPENING);
	/* also during the very first attempt, once it was spoken to */
	drive(w, PDN_STATE_PREPARING);
	pdn_event(w->pdn, PDN_EVENT_MODEM_GONE, NULL);
	done(w);
	expect(w, PDN_STATE_WAITING);
	assert_int_equal(w->finished, 0);
}

/* Stop from anywhere comes to rest, with nothing left, whatever the dialer does. */
static void
stop_from_every_state(void **state)
{
	struct world *w = *state;
	enum pdn_state s;

	for (s = PDN_STATE_IDLE; s < PDN_STATE_COUNT; s++) {
		w->finished = 0;
		drive(w, s);
		pdn_stop(w->pdn);
		while (pdn_state(w->pdn) != PDN_STATE_IDLE)
			time_passes(w);
		assert_int_equal(w->finished, 1);
		assert_int_equal(w->dialers + w->links + w->configured, 0);
	}
}

/*
 * Every event in every state: nothing breaks, each wait has a deadline except the one
 * for ever of ONLINE and IDLE, and it can be stopped afterwards.
 */
static void
every_state_times_every_event(void **state)
{
	struct world *w = *state;
	enum pdn_state s;
	enum pdn_event e;

	for (s = PDN_STATE_IDLE; s < PDN_STATE_COUNT; s++) {
		for (e = PDN_EVENT_START; e < PDN_EVENT_COUNT; e++) {
			drive(w, s);
			pdn_event(w->pdn, e, NULL);
			if (pdn_state(w->pdn) != PDN_STATE_IDLE &&
			    pdn_state(w->pdn) != PDN_STATE_ONLINE)
				assert_true(pdn_deadline_ms(w->pdn) > 0);
			pdn_stop(w->pdn);
			while (pdn_state(w->pdn) != PDN_STATE_IDLE)
				time_passes(w);
			assert_int_equal(w->dialers + w->links + w->configured, 0);
		}
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(dials_and_hangs_up),
	    T(redials_soon_once_then_backs_off),
	    T(a_proven_connection_starts_afresh),
	    T(a_lost_device_is_made_anew),
	    T(no_war_over_a_device),
	    T(retry_after_is_honoured),
	    T(gives_up_for_good),
	    T(no_modem_ends_only_the_first_attempt),
	    T(link_and_address_refusals),
	    T(changes_while_reading_are_not_lost),
	    T(a_late_end_of_another_step_is_ignored),
	    T(an_unplugged_modem_is_waited_for),
	    T(stop_is_bounded_and_can_be_hurried),
	    T(stop_from_every_state),
	    T(every_state_times_every_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
