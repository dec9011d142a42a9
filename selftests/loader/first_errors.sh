#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a first user gets wrong, with the policies as they are shipped: one
# sentence names the thing and the way out, and nothing changes.  The encoding of
# single values is in check.sh, kernels without the BPF LSM in host/first_errors.sh.
# timeout: 2400
. "$SRC/selftests/loader/common"

F=$TMP/host.yaml
chmod 755 "$TMP"

state() {
	lsmslot status
	find /sys/fs/bpf | sort
}

# wrong STATUS THING WAY-OUT WHAT COMMAND...: refused so, in one line; an empty
# WAY-OUT if THING has it.
wrong() {
	local status=$1 thing=$2 way=$3 what=$4

	shift 4
	check_status "$status" "$what: status $status" "$@"
	check_said "$thing" "$what: names the thing"
	[ -z "$way" ] || check_said "$way" "$what: names the way out"
	check_is 1 "$(wc -l <"$TMP/err")" "$what: one line"
	check_is 0 "$(wc -c <"$TMP/out")" "$what: nothing on standard output"
	check_is "$before" "$(state)" "$what: nothing changed"
}

# file STATUS LINE THING WAY-OUT WHAT <<YAML: check and apply refuse the file.
file() {
	local command

	sed "s|OBJECTS|$BPF_DIR|" >"$F"
	for command in check apply; do
		wrong "$1" "$3" "$4" "$5, $command" lsmslot $command "$F"
		check_said "$command: $F:$2: " "$5, $command: file and line"
	done
}

before=$(state)

# --- not root
for command in "attach $BPF_DIR/exec_guard.bpf.o" "detach x" "apply x.yaml" "check x.yaml" status hooks \
	       events stats "mode x" "bench file_open" "path file_open"; do
	# shellcheck disable=SC2086 # words
	wrong 3 "CAP_SYS_ADMIN is missing" "run it with sudo" "not root: ${command%% *}" \
		setpriv --reuid 65534 --regid 65534 --clear-groups "$LSMSLOT" $command
done

# --- no BPF file system
F_ok=$TMP/ok.yaml
printf 'version: 1\npolicies:\n  - {name: exec-guard, object: %s/exec_guard.bpf.o}\n' "$BPF_DIR" >"$F_ok"
for command in "attach $BPF_DIR/exec_guard.bpf.o" "apply $F_ok" events; do
	wrong 4 "does not lie in a BPF file system" "mount -t bpf -o mode=700 bpf /sys/fs/bpf" "no bpffs: ${command%% *}" \
		unshare -m sh -c "umount /sys/fs/bpf; exec '$LSMSLOT' $command"
done
wrong 1 "/sys/fs/bpf/a.b" "takes no '.' in names" "a '.' in a pin" \
	lsmslot attach "$BPF_DIR/exec_guard.bpf.o" --pin /sys/fs/bpf/a.b

# --- objects
wrong 5 "cannot read the object exec-guard.bpf.o" "/usr/lib/lsmslot" "no such object" \
	lsmslot attach exec-guard.bpf.o
wrong 1 "README.md is not a BPF object" "clang" "no ELF file" lsmslot attach "$SRC/README.md"
wrong 5 "has no LSM program" 'SEC("lsm/HOOK")' "no LSM program" lsmslot attach "$PROGS/nolsm.bpf.o"
wrong 5 "no LSM hook 'file_permision'" "did you mean 'file_permission'" "a misspelt hook" \
	lsmslot attach "$PROGS/badhook.bpf.o"
wrong 5 "no LSM hook 'file_opn'" "did you mean 'file_open'" "path of a misspelt hook" lsmslot path file_opn
wrong 5 "no LSM hook 'nosuch'" "'lsmslot hooks' lists" "path of no hook" lsmslot path nosuch
wrong 5 "no program 'open'" "it has: exec_guard_open" "no such program" \
	lsmslot attach "$BPF_DIR/exec_guard.bpf.o" --program open
wrong 5 "'nosuch'" "'lsmslot status' lists" "behind a program that is not there" \
	lsmslot attach "$BPF_DIR/exec_guard.bpf.o" --after nosuch

# --- what is not there
for what in "detach /sys/fs/bpf/lsmslot/exec_guard" "detach exec-guard" "detach --program nosuch" \
	    "detach --id 4000000" "mode exec-guard" "events exec-guard" \
	    "attach $BPF_DIR/exec_guard.bpf.o --replace /sys/fs/bpf/lsmslot/nosuch"; do
	# shellcheck disable=SC2086 # words
	wrong 5 "${what##* }" "'lsmslot status'" "not there: $what" lsmslot $what
done

# --- twice
check "attach" lsmslot attach "$BPF_DIR/exec_guard.bpf.o" --pin "$PINS"
before=$(state)
wrong 6 "$PINS/exec_guard_open exists" "lsmslot detach $PINS" "attached already" \
	lsmslot attach "$BPF_DIR/exec_guard.bpf.o" --pin "$PINS"
check "detach" lsmslot detach "$PINS"
check "apply" lsmslot apply "$F_ok"
before=$(state)
check_output "nothing to do" "applied already" lsmslot apply "$F_ok"
check_is "$before" "$(state)" "applied already: nothing changed"
check "detach" lsmslot detach /sys/fs/bpf/lsmslot/exec_guard
before=$(state)

# --- YAML
wrong 5 "cannot read the policy file nosuch.yaml" "" "no policy file" lsmslot apply nosuch.yaml
file 2 4 "is no YAML" "found a tab character" "a tab" <<END
version: 1
policies:
- name: exec-guard
	object: OBJECTS/exec_guard.bpf.o
END
file 2 4 "is no YAML" "" "a member one blank to the left" <<END
version: 1
policies:
  - name: exec-guard
   object: OBJECTS/exec_guard.bpf.o
END
file 2 4 "is no YAML" "" "a member one blank to the right" <<END
version: 1
policies:
  - name: exec-guard
     object: OBJECTS/exec_guard.bpf.o
END
file 2 7 "is no YAML" "" "an entry without braces" <<END
version: 1
policies:
  - name: protect-files
    object: OBJECTS/protect_files.bpf.o
    maps:
      protected:
        - key: /etc/passwd, value: full
END
file 2 7 "is no YAML" "" "a pattern without quotes" <<END
version: 1
policies:
  - name: protect-files
    object: OBJECTS/protect_files.bpf.o
    maps:
      protected:
        - {key: *.conf, value: full}
END
file 2 3 "'policies' is a mapping" "each policy with '- '" "no '-' before a policy" <<END
version: 1
policies:
  name: exec-guard
  object: OBJECTS/exec_guard.bpf.o
END
file 2 7 "'protected' are a mapping" "each entry with '- '" "no '-' before an entry" <<END
version: 1
policies:
  - name: protect-files
    object: OBJECTS/protect_files.bpf.o
    maps:
      protected:
        /etc/passwd: full
END
file 2 6 "no member 'protected'" "it may have: name, object" "a map beside 'maps'" <<END
version: 1
policies:
  - name: protect-files
    object: OBJECTS/protect_files.bpf.o
    maps:
    protected:
      - {key: /etc/passwd, value: full}
END
file 2 4 "no member 'objekt'" "it may have: name, object" "an unknown member" <<END
version: 1
policies:
  - name: exec-guard
    objekt: OBJECTS/exec_guard.bpf.o
END
file 2 1 "has no 'version: 1'" "write that line first" "no version" <<END
policies: []
END
file 2 3 "'exec_guard' is no name" "a-z, 0-9 and '-'" "a name with '_'" <<END
version: 1
policies:
  - {name: exec_guard, object: OBJECTS/exec_guard.bpf.o}
END
file 2 4 "two policies are called 'exec-guard'" "rename one" "a name twice" <<END
version: 1
policies:
  - {name: exec-guard, object: OBJECTS/exec_guard.bpf.o}
  - {name: exec-guard, object: OBJECTS/wx_guard.bpf.o}
END
file 2 5 "'on' is no mode" "'enforce' or 'audit'" "an unknown mode" <<END
version: 1
policies:
  - name: exec-guard
    object: OBJECTS/exec_guard.bpf.o
    mode: on
END
file 5 4 "there is no object $TMP/exec-guard.bpf.o" "write its path" "no such object in a file" <<END
version: 1
policies:
  - name: exec-guard
    object: exec-guard.bpf.o
END
file 2 7 "'ful' is none of" "full, anchor" "an unknown value" <<END
version: 1
policies:
  - name: protect-files
    object: OBJECTS/protect_files.bpf.o
    maps:
      protected:
        - {key: /etc/passwd, value: ful}
END
file 2 6 "has no 'value'" "{key: KEY, value: VALUE}" "no value" <<END
version: 1
policies:
  - name: protect-files
    object: OBJECTS/protect_files.bpf.o
    maps:
      protected: [/etc/passwd]
END
file 5 6 "there is no file /etc/passwdd" "optional: true" "no such path" <<END
version: 1
policies:
  - name: protect-files
    object: OBJECTS/protect_files.bpf.o
    maps:
      protected: [{key: /etc/passwdd, value: full}]
END
file 5 6 "no file matches /etc/*.nosuch" "optional: true" "a pattern without a match" <<END
version: 1
policies:
  - name: protect-files
    object: OBJECTS/protect_files.bpf.o
    maps:
      protected: [{key: "/etc/*.nosuch", value: full}]
END
file 2 6 "begins with '/', not etc/passwd" "" "a relative path" <<END
version: 1
policies:
  - name: protect-files
    object: OBJECTS/protect_files.bpf.o
    maps:
      protected: [{key: etc/passwd, value: full}]
END
file 5 6 "/etc is no mount point" "findmnt" "no mount point" <<END
version: 1
policies:
  - name: exec-guard
    object: OBJECTS/exec_guard.bpf.o
    maps:
      noexec_devs: [/etc]
END
file 5 5 "no cgroup /system.slice/nosuch.service" "systemd-cgls" "no such cgroup" <<END
version: 1
policies:
  - name: exec-guard
    object: OBJECTS/exec_guard.bpf.o
    scope: [/system.slice/nosuch.service]
END
file 5 5 "no constant 'nosuch'" "it has: " "an unknown constant" <<END
version: 1
policies:
  - name: exec-guard
    object: OBJECTS/exec_guard.bpf.o
    constants: {nosuch: 1}
END
file 5 6 "no map 'devs'" "noexec_devs" "an unknown map" <<END
version: 1
policies:
  - name: exec-guard
    object: OBJECTS/exec_guard.bpf.o
    maps:
      devs: [/dev/shm]
END
file 2 6 "10.0.0.0/33" "" "a bad prefix" <<END
version: 1
policies:
  - name: net-egress
    object: OBJECTS/net_egress.bpf.o
    maps:
      ipv4: [{key: 10.0.0.0/33, value: allow}]
END
[ ! -d /sys/fs/bpf/lsmslot ] || rmdir /sys/fs/bpf/lsmslot
done_testing
