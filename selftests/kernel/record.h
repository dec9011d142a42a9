/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs that write down that they ran and return what they are told.
 *
 * The programs of a recorder have the ids '1', '2', ... and share a record.
 * While record->tgid is a task's, they act for that task only; 0 means any
 * task, RECORD_OFF none: then they return 0 and write nothing.
 */
#ifndef KERNEL_RECORD_H
#define KERNEL_RECORD_H

#include <sys/stat.h>

#include "insns.h"

#define RECORD_OFF	((__u32)-1)
#define RECORD_MAX	256
#define RECORD_PROGRAMS	16

struct record {
	__u32 tgid;
	__u32 unused;
	__u64 nr;			/* may exceed RECORD_MAX */
	__s32 result[RECORD_PROGRAMS];	/* of program 1, 2, ... */
	char ids[RECORD_MAX];		/* in the order in which they ran */
};

static struct record *record;
static int record_map;
static struct stat record_pid_ns;

static inline void record_open(void)
{
	if (stat("/proc/self/ns/pid", &record_pid_ns))
		test_bail("no PID name space");
	record_map = make_values((void **)&record, sizeof(*record));
	record->tgid = RECORD_OFF;
}

static inline void record_clear(void)
{
	record->nr = 0;
	memset(record->ids, 0, sizeof(record->ids));
}

/* While set, record_on() is for any task. */
static bool record_all;

static inline void record_on(void)
{
	__atomic_store_n(&record->tgid, record_all ? 0 : getpid(), __ATOMIC_SEQ_CST);
}

/* While record_all is set, has no effect. */
static inline void record_off(void)
{
	if (!record_all)
		__atomic_store_n(&record->tgid, RECORD_OFF, __ATOMIC_SEQ_CST);
}

/* The ids in order, as text. */
static inline void record_text(char text[RECORD_MAX + 1])
{
	size_t nr = record->nr < RECORD_MAX ? record->nr : RECORD_MAX;

	memcpy(text, record->ids, nr);
	text[nr] = '\0';
}

/* Program @id, 1 to RECORD_PROGRAMS, for @hook. */
static inline int record_program(const char *hook, int id)
{
	const struct bpf_insn insns[] = {
		/* The tgid in the test's name space, 0 outside of it. */
		MOV_IMM64(1, record_pid_ns.st_dev),
		MOV_IMM64(2, record_pid_ns.st_ino),
		MOV_REG(3, 10),
		ALU_IMM(BPF_ADD, 3, -8),
		MOV_IMM(4, 8),
		CALL(BPF_FUNC_get_ns_current_pid_tgid),
		LOAD(BPF_W, 0, 10, -4),
		MAP_VALUE(6, record_map, 0),
		LOAD(BPF_W, 1, 6, offsetof(struct record, tgid)),
		JUMP_IMM(BPF_JEQ, 1, 0, 1),		/* any task */
		JUMP_REG(BPF_JNE, 1, 0, 13),		/* not this one: out */
		MOV_IMM(1, 1),
		FETCH_ADD(6, offsetof(struct record, nr), 1),
		JUMP_IMM(BPF_JGE, 1, RECORD_MAX, 4),	/* full */
		MOV_REG(2, 6),
		ALU_REG(BPF_ADD, 2, 1),
		MOV_IMM(3, '0' + id),
		STORE(BPF_B, 2, offsetof(struct record, ids), 3),
		LOAD(BPF_W, 0, 6, offsetof(struct record, result[id - 1])),
		ALU_IMM(BPF_LSH, 0, 32),
		ALU_IMM(BPF_ARSH, 0, 32),
		/* The verifier wants to see a negative errno or 0. */
		JUMP_IMM(BPF_JSLT, 0, -4095, 2),
		JUMP_IMM(BPF_JSGT, 0, 0, 1),
		EXIT(),
		MOV_IMM(0, 0),
		EXIT(),
	};
	int program = load_for_hook(hook, insns, ARRAY_SIZE(insns));

	if (program < 0)
		test_bail("cannot load a program for %s", hook);
	return program;
}

/* The result of a system call while the programs act for this task. */
#define RECORDED(call)							\
({									\
	long __ret, __err;						\
									\
	record_on();							\
	errno = 0;							\
	__ret = (call);							\
	__err = errno;							\
	record_off();							\
	(int)(__ret == -1 ? -__err : 0);				\
})

#endif /* KERNEL_RECORD_H */
