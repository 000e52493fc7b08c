# Where Erlang source is found: -I, -D, -pa, the script's folder, and an installed OTP in place of and beside our library.
. "$ROOT/tests/lib/host.sh"
OTP=${OTP:-/usr/lib/erlang}

mkdir -p "$TEST_DIR/app/src" "$TEST_DIR/app/include" "$TEST_DIR/inc"
cd "$TEST_DIR"
echo '-define(SIZE, 3).' >app/include/app.hrl
echo '-define(OTHER, 4).' >inc/other.hrl
cat >app/src/app_math.erl <<'END'
-module(app_math).
-export([area/0]).
-include("app.hrl").
area() -> ?SIZE * app_unit:one().
END
printf -- '-module(app_unit).\n-export([one/0]).\none() -> 1.\n' >app/src/app_unit.erl
cat >main.erl <<'END'
-module(main).
-export([main/1]).
-include("other.hrl").
-ifdef(LOUD).
-define(TEXT, "loud").
-else.
-define(TEXT, "quiet").
-endif.
main(_) -> io:format("~s ~p ~p ~p~n", [?TEXT, ?OTHER, ?NUMBER, app_math:area()]).
END

check 'include folders, macros, project modules' same 'loud 4 {a,1} 3\n' "$SXHOST" -I inc -D LOUD -D 'NUMBER={a,1}' -pa app main.erl
cp main.erl app/src/
beside() { cd / && "$SXHOST" -I "$TEST_DIR/inc" -DNUMBER=7 "$TEST_DIR/app/src/main.erl"; }
check 'modules and headers beside the script' same 'quiet 4 7 3\n' beside

check 'a module of the installed OTP' same '[a]\n' "$SXHOST" --otp-path "$OTP" -E 'G = digraph:new(), digraph:add_vertex(G, a), digraph:vertices(G)'
check 'the same by ERL_LIBS' same '[a,b]\n' env ERL_LIBS="$OTP/lib" "$SXHOST" -E 'sofs:to_external(sofs:set([b, a]))'
missing() { "$SXHOST" -E 'sofs:set([a])' 2>&1 | grep -q undef; }
check 'without it there is none' missing
check 'OTP in place of ours' same '{"gb_trees.erl",[{1,a}],[x]}\n' "$SXHOST" --otp-path "$OTP" --otp gb_trees,queue -E \
    '{filename:basename(code:which(gb_trees)), gb_trees:to_list(gb_trees:from_orddict([{1, a}])), queue:to_list(queue:in(x, queue:new()))}'
finish
