#!/bin/bash
# The model of the waiting protocol (wait.pml), checked by spin; the mutants, which must be rejected; and that its steps, the
# hooks in wait.c and the list in seams.def have the same names.
# Seen to fail: each -DM_... is a way to see a rejection; a name taken out of wait.c, wait.pml or seams.def fails the first check.
. "$ROOT/tests/lib/host.sh"

list=$ROOT/runtime/sched/seams.def
sed -n 's/^SEAM(\([a-z_]*\),.*/\1/p' "$list" | sort >"$TEST_DIR/list"
nl -v0 -w1 -s' ' "$TEST_DIR/list" | sed 's/\([0-9]*\) \(.*\)/#define SEAM_\2 \1/' >"$TEST_DIR/model.pml"
cat "$ROOT/tests/model/wait.pml" >>"$TEST_DIR/model.pml"

same_names() { diff "$TEST_DIR/list" <(grep -oE "$1\([a-z_]+" "$2" | sed 's/.*(//' | grep -vx name | sort "${@:3}"); }
check "the hooks are those of the list, each once" same_names SX_SEAM "$ROOT/runtime/sched/wait.c"
check "the steps of the model are those of the list" same_names STEP "$ROOT/tests/model/wait.pml" -u

# verify NAME [-DM_...]: pan's report in $TEST_DIR/NAME/report
verify() {
    local dir=$TEST_DIR/$1
    mkdir "$dir"
    cd "$dir" || return 1
    spin -a "${@:2}" ../model.pml >spin.log 2>&1 && gcc -O0 -w -DSAFETY -o pan pan.c && ./pan -m200000 >report 2>&1
    grep -E 'errors: [0-9]+' report
}
accepted() { [[ $(verify "$@") == *'errors: 0' ]] && ! grep -q 'search depth too small' "$TEST_DIR/$1/report"; }
rejected() { [[ $(verify "$@") =~ errors:\ [1-9] ]] && grep 'assertion violated' "$TEST_DIR/$1/report"; }
check "the protocol is accepted" accepted protocol
while read -r number name; do
    [ -n "${SLOW:-}" ] || break # make check
    check "$name is reached" rejected "reach_$name" "-DNEVER=$number"
done < <(nl -v0 -w1 -s' ' "$TEST_DIR/list")
for mutant in M_LOOK_THEN_WAIT M_TAKE_FIRST M_NOTIFY_FIRST M_NO_FLAG M_TOUCH_AFTER M_WAKE_FIRST; do
    check "$mutant is rejected" rejected $mutant -D$mutant
done
grep -E 'states, stored|errors:' "$TEST_DIR/protocol/report"
finish
