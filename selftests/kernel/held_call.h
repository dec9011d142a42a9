/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A call of the recorder's hook in a thread of its own, held while a sleepable
 * program in it reads a page that userfaultfd does not deliver yet.
 */
#ifndef HELD_CALL_H
#define HELD_CALL_H

#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>

#include "recorder.h"

struct held_call {
	struct recorder *recorder;
	pthread_t thread;
	int uffd;
	void *page;
	size_t size;
	__u32 task;
	int answer;
	bool finished;
};

static inline void held_page(struct held_call *call)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	call->size = sysconf(_SC_PAGESIZE);
	call->page = mmap(NULL, call->size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	call->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (call->page == MAP_FAILED || call->uffd < 0 ||
	    ioctl(call->uffd, UFFDIO_API, &api))
		test_bail("cannot set up userfaultfd");
	area.range.start = (unsigned long)call->page;
	area.range.len = call->size;
	if (ioctl(call->uffd, UFFDIO_REGISTER, &area))
		test_bail("cannot watch a page");
}

static inline void *held_thread(void *arg)
{
	struct held_call *call = arg;

	call->task = task_id();
	call->recorder->skel->bss->watched[1] = call->task;
	call->recorder->skel->bss->hold_task = call->task;
	call->answer = recorder_call(call->recorder);
	__atomic_store_n(&call->finished, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Starts a call; returns when it sleeps in sleepable program @program. */
static inline void held_start(struct held_call *call, struct recorder *r, int program)
{
	struct pollfd wait;
	struct uffd_msg message;

	memset(call, 0, sizeof(*call));
	call->recorder = r;
	held_page(call);
	recorder_forget(r);
	r->skel->bss->hold_failed = 0;
	r->skel->bss->hold_program = program;
	r->skel->bss->hold_address = (unsigned long)call->page;
	if (pthread_create(&call->thread, NULL, held_thread, call))
		test_bail("cannot start a thread");
	wait = (struct pollfd){ .fd = call->uffd, .events = POLLIN };
	if (poll(&wait, 1, 20000) != 1 ||
	    read(call->uffd, &message, sizeof(message)) != sizeof(message) ||
	    message.event != UFFD_EVENT_PAGEFAULT)
		test_bail("no program sleeps");
}

static inline bool held_finished(struct held_call *call)
{
	return __atomic_load_n(&call->finished, __ATOMIC_ACQUIRE);
}

/* The program gets its page and goes on. */
static inline void held_deliver(struct held_call *call)
{
	struct uffdio_zeropage zero = {
		.range.start = (unsigned long)call->page,
		.range.len = call->size,
	};

	if (ioctl(call->uffd, UFFDIO_ZEROPAGE, &zero))
		test_bail("cannot deliver the page");
}

/* Waits for the call to end; its answer is in call->answer. */
static inline void held_join(struct held_call *call)
{
	if (pthread_join(call->thread, NULL))
		test_bail("cannot wait for the call");
	close(call->uffd);
	munmap(call->page, call->size);
}

static inline void held_release(struct held_call *call)
{
	held_deliver(call);
	held_join(call);
}

#endif /* HELD_CALL_H */
