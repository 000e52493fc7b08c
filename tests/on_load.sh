#!/bin/bash
# -on_load: the function runs when its module is loaded, in a process of its own; a module whose function does not answer ok
# is not there. The answers are erl's.
ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
SXHOST=${SXHOST:-$ROOT/build/release/sxhost}
cd "${TEST_DIR:?}" || exit 1
module() { printf -- '-module(%s).\n-export([f/0]).\n-on_load(init/0).\n%s\nf() -> %s.\n' "$1" "$2" "$3" >"$1.erl"; }
module good 'init() -> io:format("loading~n"), persistent_term:put(good, self()), ok.' 'is_pid(persistent_term:get(good))'
module refuses 'init() -> {error, no}.' 1
module crashes 'init() -> error(crash).' 1
module nested 'init() -> 1 = f(), true = good:f(), ok.' 1
cat >main.erl <<'END'
-module(main).
-export([main/1]).
main(_) ->
    [p(X) || X <- [nested:f(), good:f(), persistent_term:get(good) =:= self(), code:ensure_loaded(good)]],
    [p({M, code:ensure_loaded(M), code:ensure_loaded(M), code:is_loaded(M), undef(M)}) || M <- [refuses, crashes]],
    p(code:ensure_loaded(no_such_module)),
    p(code:ensure_loaded(lists)).
undef(M) -> try M:f() catch error:undef:S -> {M, f, [], _} = hd(S), undef end.
p(X) -> io:format("~p~n", [X]).
END
cat >want <<'END'
loading
1
true
false
{module,good}
{refuses,{error,on_load_failure},{error,on_load_failure},false,undef}
{crashes,{error,on_load_failure},{error,on_load_failure},false,undef}
{error,nofile}
{module,lists}
END
timeout 30 "$SXHOST" main.erl >got 2>log
diff want got && grep -q 'on_load function for module refuses returned:' log
