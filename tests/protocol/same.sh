#!/bin/bash
# The expressions of expressions.txt, one a line, give the same answers by pipe, by load, by -e and by the prompt on a real
# pseudo-terminal. An answer is the value as it prints, or error[kind].
. "$ROOT/tests/lib/pipe.sh"
export LC_ALL=C.UTF-8 TERM=dumb SXHOST_HISTORY=$TEST_DIR/history EXPRESSIONS=$ROOT/tests/protocol/expressions.txt
cd "$TEST_DIR" || exit 1

replies() { sed -nE 's/^\(ok [0-9]+ (.*)\)$/\1/p; s/^\(error [0-9]+ .*\{:kind (:[a-z_0-9-]+|:"[^"]*") .*/error[\1]/p' | sed 's/^error\[:/error[/'; }

while IFS= read -r source; do evaluate "$source"; done <"$EXPRESSIONS" | "$SXHOST" 2>/dev/null | replies >by-pipe

n=0
while IFS= read -r source; do
    n=$((n + 1))
    echo "$source" >"$n.sx"
    echo "(load \"$n.sx\")"
done <"$EXPRESSIONS" | "$SXHOST" 2>/dev/null | replies >by-load

while IFS= read -r source; do
    "$SXHOST" -e "$source" 2>report </dev/null || sed -nE 's/^(error|throw|exit)(\[[^]]*\]).*/error\2/p' report | head -n 1
done <"$EXPRESSIONS" >by-e

cat >prompt.exp <<'EXP'
set timeout [expr {[info exists env(LIMIT)] ? $env(LIMIT) : 60}]
log_user 0
set stty_init "columns 4000 rows 50"
spawn -noecho $env(SXHOST)
proc ask {} { expect -re {sx> $} {} timeout { puts "no prompt"; exit 1 } eof { puts "the end came"; exit 1 } }
ask
set expressions [open $env(EXPRESSIONS)]
fconfigure $expressions -encoding utf-8
while {[gets $expressions source] >= 0} {
    send -- "$source\r"
    expect -re {\n} {} timeout { puts "no echo"; exit 1 }
    expect -re {^(.*)sx> $} { set answer $expect_out(1,string) } timeout { puts "no answer to $source"; exit 1 }
    set lines {}
    foreach line [split [string map {\r {}} $answer] \n] {
        if {[regexp {^(error|throw|exit)(\[[^\]]*\])} $line _ class kind]} { set lines [list error$kind]; break }
        if {$line ne "" && ![string match {*warning: *} $line]} { lappend lines $line }
    }
    puts [join $lines " / "]
}
send "\004"
expect eof
EXP
expect prompt.exp >by-prompt 2>&1

numbered() { paste -d'|' <(seq "$(wc -l <"$EXPRESSIONS")") "$EXPRESSIONS" "$1"; }
all_answered() { [ "$(wc -l <"$1")" = "$(wc -l <"$EXPRESSIONS")" ] || { wc -l "$1"; tail -n 3 "$1"; return 1; }; }
for way in pipe load e prompt; do check "all are answered: $way" all_answered "by-$way"; done
check 'two hundred at least' [ "$(wc -l <"$EXPRESSIONS")" -ge 200 ]
for way in load e prompt; do check "the same: pipe and $way" diff <(numbered by-pipe) <(numbered "by-$way"); done
check 'values and errors are among them' sh -c 'grep -q "^42$" by-pipe && grep -q "^error\[boom\]$" by-pipe && [ "$(grep -c "^error" by-pipe)" -lt 40 ]'
finish
