#!/bin/bash
# Parse transforms: a module's own, found as modules are; forms in OTP's format go in, with annotations of any kind come out. With an
# installed OTP its ms_transform makes match specifications of funs.
. "$ROOT/tests/lib/host.sh"
cd "$TEST_DIR" || exit 1

cat >adder.erl <<'END'
-module(adder).
-export([parse_transform/2, format_error/1]).
parse_transform([{attribute, _, file, {File, 1}} | _] = Forms, Options) when is_list(File) ->
    case Options of
        [{parse_transform, adder}, fail] -> {error, [{File, [{{3, 1}, ?MODULE, asked}]}], []};
        [{parse_transform, adder}, crash] -> error(oops);
        [{parse_transform, adder}, nothing] -> nothing;
        _ -> [walk(F) || F <- Forms, element(1, F) =/= eof] ++ [extra(), {eof, 9}]
    end.
extra() -> {function, 7, extra, 0, [{clause, [{location, 7}], [], [], [{bin, 7, [{bin_element, 7, {integer, [{generated, true}, {location, {7, 2}}], 515}, {integer, 7, 16}, [integer, {unit, 1}]}]}]}]}.
walk({call, P, {atom, _, add}, [A, B]}) -> {op, P, '+', walk(A), walk(B)};
walk({attribute, P, export, L}) -> {attribute, P, export, [{extra, 0} | L]};
walk(T) when is_tuple(T) -> list_to_tuple([walk(E) || E <- tuple_to_list(T)]);
walk([H | T]) -> [walk(H) | walk(T)];
walk(X) -> X.
format_error(asked) -> "it was asked to fail".
END
use() { # OPTIONS: what the module asks for
    printf -- '-module(use).\n-compile(%s).\n-export([main/1]).\nmain(_) -> io:format("~p ~p~n", [add(1, add(2, 3)), extra()]).\n' "$1" >use.erl
}
check_says() { "$SXHOST" check use.erl 2>&1 | grep -qxF "$1"; }

use '{parse_transform, adder}'
check 'a transform of our own' same '6 <<2,3>>\n' "$SXHOST" use.erl
check 'and by check' same '' "$SXHOST" check use.erl
use '[{parse_transform, adder}, fail]'
check 'its errors are told where it says' check_says 'use.erl:3:1: it was asked to fail'
use '[{parse_transform, adder}, crash]'
check 'one that fails is told with its reason' check_says "use.erl:2:2: error in parse transform 'adder': {error,oops}"
use '[{parse_transform, adder}, nothing]'
check 'one that answers something else, too' check_says "use.erl:2:2: parse transform 'adder' answers no forms"
use '{parse_transform, nowhere}'
check 'one that is not there' check_says "use.erl:2:2: undefined parse transform 'nowhere'"

cat >spec.erl <<'END'
-module(spec).
-include_lib("stdlib/include/ms_transform.hrl").
-export([main/1]).
-record(item, {id, price = 0}).
main(_) ->
    T = ets:new(t, [{keypos, #item.id}]),
    ets:insert(T, [#item{id = I, price = I * I} || I <- lists:seq(1, 5)]),
    Least = 9,
    Spec = ets:fun2ms(fun(#item{id = I, price = P}) when P >= Least, I =/= 4 -> {P, I} end),
    io:format("~p~n~p~n", [Spec, lists:sort(ets:select(T, Spec))]).
END
OTP=${OTP:-/usr/lib/erlang}
check "ets:fun2ms by an installed OTP's ms_transform" same "[{{item,'\$1','\$2'},[{'>=','\$2',{const,9}},{'=/=','\$1',4}],[{{'\$2','\$1'}}]}]\n[{9,3},{25,5}]\n" \
    "$SXHOST" --otp-path "$OTP" spec.erl
finish
