%% sx_lint_call.erl - calls and names of functions: which function is meant, deprecated ones, the arguments of io:format.
-module(sx_lint_call).

-export([call/4, fun_name/3, is_auto/1, clash/2]).

-import(sx_lint_notes, [error/2, error/3, warning/3, warning/4]).
-compile({no_auto_import, [error/2, error/3]}).

call(P, {atom, _, record_info}, [Kind, Record] = Args, Env) ->
    case {is_local({record_info, 2}), Kind, Record} of
        {true, _, _} -> sx_lint_expr:parallel(Args, Env);
        {_, {atom, _, K}, {atom, _, Name}} when K =:= fields; K =:= size -> sx_lint_record:exists(P, Name), Env;
        {_, {atom, At, _}, {atom, _, _}} -> error(At, "illegal record info"), Env;
        _ -> error(P, "illegal record info"), sx_lint_expr:parallel(Args, Env)
    end;
call(P, {atom, _, F}, Args, Env) ->
    Env1 = sx_lint_expr:parallel(Args, Env),
    local(P, {F, length(Args)}, Args),
    Env1;
call(P, {remote, _, {atom, _, M}, {atom, _, F}}, Args, Env) ->
    Env1 = sx_lint_expr:parallel(Args, Env),
    remote(P, M, F, Args),
    Env1;
call(_, {remote, _, M, F}, Args, Env) ->
    sx_lint_expr:parallel([M, F | Args], Env);
call(P, F, Args, Env) ->
    lists:member(element(1, F), [integer, float, string, tuple, nil, cons, char, bin, map]) andalso invalid(P),
    sx_lint_expr:parallel([F | Args], Env).

invalid(P) -> sx_lint_notes:note(invalid_call, {sx_lint_notes:file(), P}).

local(P, {F, N} = FA, Args) ->
    case {sx_lint_notes:info(imports), is_local(FA), is_auto(FA)} of
        {#{FA := M}, _, _} -> sx_lint_notes:note(import, FA), remote(P, M, F, Args);
        {_, true, true} -> clash(P, FA), called(FA, P);
        {_, false, true} -> auto(P, F, N, Args);
        _ -> called(FA, P)
    end.

auto(P, is_record, 2, [_, {atom, At, Name}]) -> sx_lint_record:exists(At, Name), deprecated(P, erlang, is_record, 2);
auto(P, F, N, _) -> deprecated(P, erlang, F, N).

called(FA, P) -> sx_lint_notes:note(call, {sx_lint_notes:function(), FA, sx_lint_notes:file(), P}).

fun_name(P, F, N) ->
    case is_local({F, N}) of
        true -> called({F, N}, P);
        false ->
            case sx_lint_notes:info(imports) of
                #{{F, N} := _} -> sx_lint_notes:note(import, {F, N});
                _ -> is_auto({F, N}) orelse called({F, N}, P)
            end
    end.

is_local(FA) -> maps:is_key(FA, sx_lint_notes:info(functions)).

%% Does {Name, Arity} mean a function of erlang by itself?
is_auto({F, N}) ->
    erl_internal:bif(F, N) andalso
        case sx_lint_notes:info(no_auto) of
            all -> false;
            No -> not maps:is_key({F, N}, No)
        end.

%% A local function that hides an automatically imported one: the old ones must not be meant by accident.
clash(P, {F, N}) ->
    case is_new_bif(F, N) of
        false ->
            error(P, "ambiguous call of overridden pre R14 auto-imported BIF ~w/~w\n - use erlang:~w/~w or \"-compile({no_auto_import,[~w/~w]}).\" to resolve name clash",
                  [F, N, F, N, F, N]);
        true ->
            warning(bif_clash, P, "ambiguous call of overridden auto-imported BIF ~w/~w\n - use erlang:~w/~w or \"-compile({no_auto_import,[~w/~w]}).\" to resolve name clash",
                    [F, N, F, N, F, N])
    end.

is_new_bif(F, N) ->
    lists:member({F, N}, [{binary_part, 2}, {binary_part, 3}, {binary_to_float, 1}, {binary_to_integer, 1}, {binary_to_integer, 2},
                          {ceil, 1}, {error, 3}, {float_to_binary, 1}, {float_to_binary, 2}, {floor, 1},
                          {integer_to_binary, 1}, {integer_to_binary, 2}, {is_map, 1}, {is_map_key, 2}, {map_get, 2}, {map_size, 1},
                          {max, 2}, {min, 2}, {monitor, 3}, {alias, 0}, {alias, 1}, {unalias, 1}, {spawn_request, 1},
                          {spawn_request, 2}, {spawn_request, 3}, {spawn_request, 4}, {spawn_request, 5},
                          {spawn_request_abandon, 1}, {port_command, 2}, {port_command, 3}, {port_connect, 2}, {port_control, 3},
                          {port_close, 1}, {term_to_iovec, 1}, {term_to_iovec, 2}, {is_function, 2}, {float_to_list, 2},
                          {check_process_code, 3}, {garbage_collect, 2}, {atom_to_binary, 1}, {binary_to_atom, 1},
                          {binary_to_existing_atom, 1}, {split_binary, 2}, {delete_module, 1}, {unlink, 2}, {exit, 3},
                          {nodes, 2}, {setnode, 2}]) andalso not lists:member({F, N}, [{split_binary, 2}, {is_function, 2}]).

%% ---- other modules ----

remote(P, erlang, is_record, [_, {atom, At, Name}]) -> sx_lint_record:exists(At, Name), deprecated(P, erlang, is_record, 2);
remote(P, M, F, Args) ->
    deprecated(P, M, F, length(Args)),
    (M =:= io orelse M =:= io_lib) andalso format(F, Args),
    ok.

deprecated(P, M, F, N) ->
    case sx_lint_notes:disabled({deprecated_function, {M, F, N}}) of
        true -> ok;
        false -> [warning(deprecated_function, P, Text) || Text <- obsolete(M, F, N)], ok
    end.

obsolete(erlang, now, 0) ->
    ["erlang:now/0 is deprecated; see the \"Time and Time Correction in Erlang\" chapter of the ERTS User's Guide for more information"];
obsolete(erlang, get_stacktrace, 0) ->
    ["erlang:get_stacktrace/0 is removed; use the new try/catch syntax for retrieving the stack backtrace"];
obsolete(erlang, hash, 2) -> ["erlang:hash/2 is removed; use erlang:phash2/2 instead"];
obsolete(random, F, N) when {F, N} =:= {uniform, 0}; {F, N} =:= {uniform, 1}; {F, N} =:= {seed, 0}; {F, N} =:= {seed, 1};
                            {F, N} =:= {seed, 3}; {F, N} =:= {uniform_s, 1}; {F, N} =:= {uniform_s, 2}; {F, N} =:= {seed0, 0} ->
    [io_lib:format("random:~w/~w is deprecated; use the 'rand' module instead", [F, N])];
obsolete(_, _, _) -> [].

%% ---- io:format ----

format(F, [Format]) when F =:= format; F =:= fwrite -> format_call(Format, none);
format(F, [Format, Args]) when F =:= format; F =:= fwrite ->
    case is_text(Format) of
        true -> format_call(Format, Args);
        false -> ok
    end;
format(F, [_, Format, Args]) when F =:= format; F =:= fwrite -> format_call(Format, Args);
format(_, _) -> ok.

is_text({string, _, _}) -> true;
is_text({nil, _}) -> true;
is_text(_) -> false.

format_call(Format, Args) ->
    case {is_text(Format), listed(Args)} of
        {false, _} -> ok;
        {true, unknown} -> ok;
        {true, Given} -> checked_format(Format, case Args of none -> element(2, Format); _ -> element(2, Args) end, Given)
    end.

%% How many elements the argument list has; no_list, none, unknown.
listed(none) -> none;
listed({nil, _}) -> 0;
listed({cons, _, _, T}) -> case listed(T) of N when is_integer(N) -> N + 1; Other -> Other end;
listed({string, _, S}) -> length(S);
listed({K, _, _}) when K =:= atom; K =:= integer; K =:= float; K =:= tuple; K =:= bin; K =:= map -> no_list;
listed({call, _, _, _}) -> unknown;
listed(_) -> unknown.

checked_format({nil, _}, At, Given) -> counted(At, 0, Given);
checked_format({string, P, Chars}, At, Given) ->
    case controls(Chars, 0) of
        {error, Why} -> warning(format, P, "format string invalid (~ts)", [Why]);
        N -> counted(At, N, Given)
    end.

counted(P, _, no_list) -> warning(format, P, "format arguments not a list");
counted(_, 0, none) -> ok;
counted(P, N, none) -> warning(format, P, "the format string requires an argument list with ~ts, but no argument list is given", [arguments(N)]);
counted(_, N, N) -> ok;
counted(P, 0, N) ->
    warning(format, P, "the format string requires an empty argument list, but the argument list contains ~ts", [arguments(N)]);
counted(P, N, 0) -> warning(format, P, "the format string requires an argument list with ~ts, but the argument list is empty", [arguments(N)]);
counted(P, N, Given) ->
    warning(format, P, "the format string requires an argument list with ~ts, but the argument list contains ~s~ts",
            [arguments(N), case N > Given of true -> "only "; false -> "" end, arguments(Given)]).

arguments(1) -> "1 argument";
arguments(N) -> io_lib:format("~w arguments", [N]).

%% How many arguments the control sequences take.
controls([], N) -> N;
controls([$~ | Cs], N) ->
    {Cs1, Stars} = field(Cs, 0),
    case Cs1 of
        [] -> {error, "truncated"};
        [M, C | Cs2] when M =:= $t; M =:= $l -> control(C, Cs2, N + Stars, [M, C]);
        [C | Cs2] -> control(C, Cs2, N + Stars, [C])
    end;
controls([_ | Cs], N) -> controls(Cs, N).

field([C | Cs], Stars) when C =:= $- ; C >= $0, C =< $9 ; C =:= $. -> field(Cs, Stars);
field([$* | Cs], Stars) -> field(Cs, Stars + 1);
field(Cs, Stars) -> {Cs, Stars}.

control(C, Cs, N, _) when C =:= $~; C =:= $n -> controls(Cs, N);
control($i, Cs, N, _) -> controls(Cs, N + 1);
control(C, Cs, N, _) when C =:= $W; C =:= $P; C =:= $X; C =:= $x -> controls(Cs, N + 2);
control(C, Cs, N, _) when C =:= $c; C =:= $f; C =:= $e; C =:= $g; C =:= $s; C =:= $w; C =:= $p; C =:= $B; C =:= $b; C =:= $#; C =:= $+ ->
    controls(Cs, N + 1);
control(_, _, _, Shown) -> {error, "invalid control ~" ++ Shown}.
