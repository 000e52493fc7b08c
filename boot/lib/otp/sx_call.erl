%% sx_call.erl - how a call is made: the part of gen, gen_server, gen_statem, gen_event and sys that is ours alone. It has a
%% name of its own, so that OTP's modules of those names can stand in for ours one by one.
-module(sx_call).

-export([ask/4, resolve/1, cast_to/1]).

%% {ok, Reply} or {down, Reason}: noproc, calling_self, timeout, or what the server died of.
%% The hot path of every call: one monitor, one send, one receive that begins at the monitor's mark.
ask(Pid, Label, Request, Timeout) when is_pid(Pid), Pid =/= self() ->
    Ref = erlang:monitor(process, Pid, [{alias, demonitor}]),
    Tag = [alias | Ref],
    Pid ! {Label, {self(), Tag}, Request},
    receive
        {[alias | Ref], Reply} ->
            erlang:demonitor(Ref, [flush]),
            {ok, Reply};
        {'DOWN', Ref, _, _, Reason} -> {down, Reason}
    after Timeout ->
            erlang:demonitor(Ref, [flush]),
            receive {Tag, Reply} -> {ok, Reply}     % it came between the timeout and the demonitor
            after 0 -> {down, timeout}
            end
    end;
ask(Server, Label, Request, Timeout) ->
    case resolve(Server) of
        {ok, Pid} when Pid =:= self() -> {down, calling_self};
        {ok, Pid} -> ask(Pid, Label, Request, Timeout);
        {down, _} = Down -> Down
    end.

resolve(Pid) when is_pid(Pid) -> {ok, Pid};
resolve(kernel_sup) -> {ok, kernel:supervisor()};
resolve(Name) when is_atom(Name) -> found(whereis(Name));
resolve({Name, Node}) when is_atom(Name), Node =:= node() -> found(whereis(Name));
resolve({global, Name}) -> found(global:whereis_name(Name));
resolve({via, Module, Name}) -> found(Module:whereis_name(Name));
resolve({Name, Node}) when is_atom(Name), is_atom(Node) -> {down, {nodedown, Node}}.

found(undefined) -> {down, noproc};
found(Pid) -> {ok, Pid}.

%% Where to send a cast: a pid, or undefined when there is nobody.
cast_to(Server) ->
    case resolve(Server) of
        {ok, Pid} -> Pid;
        {down, _} -> undefined
    end.
