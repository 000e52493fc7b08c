%% logger_filters.erl - filters that handlers and the primary configuration can use: by domain, level, progress reports and node.
%% Each answers the event (it is logged), stop, or ignore (the next filter says).
-module(logger_filters).

-export([domain/2, level/2, progress/2, remote_gl/2]).

%% Extra = {log | stop, Compare, Domain}: super: the event's domain is Domain or a part of it; sub: or below it; undefined: it has none.
domain(#{meta := Meta} = Event, {Action, Compare, Match})
  when Action =:= log orelse Action =:= stop, is_list(Match),
       Compare =:= super orelse Compare =:= sub orelse Compare =:= equal orelse Compare =:= not_equal orelse Compare =:= undefined ->
    act(compare(Compare, maps:get(domain, Meta, undefined), Match), Action, Event);
domain(Event, Extra) -> erlang:error(badarg, [Event, Extra]).

compare(undefined, Domain, _) -> Domain =:= undefined;
compare(not_equal, Domain, Match) -> Domain =/= Match;
compare(_, undefined, _) -> false;
compare(super, Domain, Match) -> lists:prefix(Domain, Match);
compare(sub, Domain, Match) -> lists:prefix(Match, Domain);
compare(equal, Domain, Match) -> Domain =:= Match.

%% Extra = {log | stop, eq | neq | lt | gt | lteq | gteq, Level}: gt is graver.
level(#{level := Level} = Event, {Action, Compare, Match})
  when Action =:= log orelse Action =:= stop,
       Compare =:= eq orelse Compare =:= neq orelse Compare =:= lt orelse Compare =:= gt orelse Compare =:= lteq orelse Compare =:= gteq ->
    Order = logger:compare_levels(Level, Match),
    act(case Compare of
            neq -> Order =/= eq;
            lteq -> Order =/= gt;
            gteq -> Order =/= lt;
            _ -> Order =:= Compare
        end, Action, Event);
level(Event, Extra) -> erlang:error(badarg, [Event, Extra]).

%% Reports that a child was started.
progress(Event, Action) when Action =:= log; Action =:= stop ->
    act(case Event of
            #{msg := {report, #{label := {_, progress}}}} -> true;
            _ -> false
        end, Action, Event);
progress(Event, Action) -> erlang:error(badarg, [Event, Action]).

%% Events of processes whose group leader is on another node.
remote_gl(Event, Action) when Action =:= log; Action =:= stop ->
    act(case Event of
            #{meta := #{gl := Leader}} when is_pid(Leader) -> node(Leader) =/= node();
            _ -> false
        end, Action, Event);
remote_gl(Event, Action) -> erlang:error(badarg, [Event, Action]).

act(false, _, _) -> ignore;
act(true, log, Event) -> Event;
act(true, stop, _) -> stop.
