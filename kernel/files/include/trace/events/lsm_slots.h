/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM lsm_slots

#if !defined(_TRACE_LSM_SLOTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_LSM_SLOTS_H

#include <linux/sched.h>
#include <linux/tracepoint.h>

/**
 * lsm_slot_deny - a BPF LSM program returned a verdict other than 0
 * @hook: name of the hook
 * @prog_id: id of the program, 0 for those of lsm_cgroup
 * @verdict: what it returned
 *
 * For programs in slots and arrays, in the context of the hook.
 */
TRACE_EVENT(lsm_slot_deny,
	    TP_PROTO(const char *hook, u32 prog_id, int verdict),
	    TP_ARGS(hook, prog_id, verdict),
	    TP_STRUCT__entry(__string(hook, hook)
			     __field(u32, prog_id)
			     __field(int, verdict)
			     __array(char, comm, TASK_COMM_LEN)
	    ),
	    TP_fast_assign(__assign_str(hook);
			   __entry->prog_id = prog_id;
			   __entry->verdict = verdict;
			   memcpy(__entry->comm, current->comm, TASK_COMM_LEN);
	    ),
	    TP_printk("hook=%s prog_id=%u verdict=%d comm=%s",
		      __get_str(hook), __entry->prog_id, __entry->verdict,
		      __entry->comm)
);

#endif /* _TRACE_LSM_SLOTS_H */

#include <trace/define_trace.h>
