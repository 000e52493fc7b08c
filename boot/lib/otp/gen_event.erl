%% gen_event.erl - an event manager: a process that gives each event to all of its handlers.
%% A handler is a callback module with a state, known as Module or {Module, Id}. A supervised one belongs to a process:
%% it ends with that, and that is told as {gen_event_EXIT, Handler, Reason} when the handler goes for another reason.
%%
%%   {notify, Event}             Mod:handle_event(Event, State) of all handlers
%%   {From, Tag, Request}        a call: sync_notify, call, add_handler, delete_handler, swap_handler, ...
%%   {system, From, Request}     sys
%%   {'EXIT', Pid, Reason}       the parent's end ends the manager; that of a supervised handler's owner the handler
%%   any other message           Mod:handle_info(Message, State) of all handlers
%%
%% A handler that fails or answers what the behaviour does not allow is removed; the manager lives on.
-module(gen_event).

-export([start/0, start/1, start/2, start_link/0, start_link/1, start_link/2, start_monitor/0, start_monitor/1,
         start_monitor/2, stop/1, stop/3, notify/2, sync_notify/2, add_handler/3, add_sup_handler/3, delete_handler/3,
         swap_handler/3, swap_sup_handler/3, which_handlers/1, call/3, call/4]).
-export([send_request/3, send_request/5, wait_response/2, wait_response/3, receive_response/2, receive_response/3,
         check_response/2, check_response/3, reqids_new/0, reqids_size/1, reqids_add/3, reqids_to_list/1]).
%% For gen, sys and proc_lib.
-export([init_it/6, wake_hib/5, system_continue/3, system_terminate/4, system_code_change/4, system_get_state/1,
         system_replace_state/2, format_status/2, print_event/3, format_log/1, format_log/2]).

-callback init(Args :: term()) -> term().
-callback handle_event(Event :: term(), State :: term()) -> term().
-callback handle_call(Request :: term(), State :: term()) -> term().
-callback handle_info(Info :: term(), State :: term()) -> term().
-callback terminate(Args :: term(), State :: term()) -> term().
-callback code_change(OldVsn :: term(), State :: term(), Extra :: term()) -> term().
-callback format_status(Status :: map()) -> map().
-callback format_status(Opt :: normal | terminate, Args :: list()) -> term().
-optional_callbacks([handle_info/2, terminate/2, code_change/3, format_status/1, format_status/2]).

-record(handler, {mod :: module(), id = false :: term(), state, owner = false :: false | pid()}).

-record(manager, {parent :: pid(), name :: term(), idle :: timeout(), hibernate = false :: boolean()}).

%% ---- clients -------------------------------------------------------------------------------------------------

%% The argument is a name ({local, N} ...), or a list of options.
start() -> gen:start(gen_event, nolink, [], [], []).
start(Name) when is_tuple(Name) -> gen:start(gen_event, nolink, Name, [], [], []);
start(Options) when is_list(Options) -> gen:start(gen_event, nolink, [], [], Options).
start(Name, Options) -> gen:start(gen_event, nolink, Name, [], [], Options).
start_link() -> gen:start(gen_event, link, [], [], []).
start_link(Name) when is_tuple(Name) -> gen:start(gen_event, link, Name, [], [], []);
start_link(Options) when is_list(Options) -> gen:start(gen_event, link, [], [], Options).
start_link(Name, Options) -> gen:start(gen_event, link, Name, [], [], Options).
start_monitor() -> gen:start(gen_event, monitor, [], [], []).
start_monitor(Name) when is_tuple(Name) -> gen:start(gen_event, monitor, Name, [], [], []);
start_monitor(Options) when is_list(Options) -> gen:start(gen_event, monitor, [], [], Options).
start_monitor(Name, Options) -> gen:start(gen_event, monitor, Name, [], [], Options).

stop(Manager) -> gen:stop(Manager).
stop(Manager, Reason, Timeout) -> gen:stop(Manager, Reason, Timeout).

notify(Manager, Event) -> send(Manager, {notify, Event}).

%% A registered name that nobody has is an error, as with `!`; a global one is not.
send(Manager, Msg) when is_atom(Manager); is_pid(Manager) -> Manager ! Msg, ok;
send(Manager, Msg) ->
    case sx_call:cast_to(Manager) of
        undefined -> ok;
        Pid -> Pid ! Msg, ok
    end.

sync_notify(Manager, Event) -> ask(Manager, {sync_notify, Event}).
add_handler(Manager, Handler, Args) -> ask(Manager, {add_handler, Handler, Args}).
add_sup_handler(Manager, Handler, Args) -> ask(Manager, {add_sup_handler, Handler, Args, self()}).
delete_handler(Manager, Handler, Args) -> ask(Manager, {delete_handler, Handler, Args}).
swap_handler(Manager, {H1, A1}, {H2, A2}) -> ask(Manager, {swap_handler, H1, A1, H2, A2}).
swap_sup_handler(Manager, {H1, A1}, {H2, A2}) -> ask(Manager, {swap_sup_handler, H1, A1, H2, A2, self()}).
which_handlers(Manager) -> ask(Manager, which_handlers).

call(Manager, Handler, Query) -> ask(Manager, {call, Handler, Query}, 5000).
call(Manager, Handler, Query, Timeout) -> ask(Manager, {call, Handler, Query}, Timeout).

ask(Manager, Request) -> ask(Manager, Request, infinity).
ask(Manager, Request, Timeout) ->
    {ok, Reply} = gen:call(Manager, self(), Request, Timeout),
    Reply.

send_request(Manager, Handler, Query) -> gen:send_request(Manager, self(), {call, Handler, Query}).
send_request(Manager, Handler, Query, Label, Ids) -> gen:send_request(Manager, self(), {call, Handler, Query}, Label, Ids).
wait_response(Id, Timeout) -> plain(gen:wait_response(Id, Timeout)).
wait_response(Ids, Timeout, Delete) -> plain(gen:wait_response(Ids, Timeout, Delete)).
receive_response(Id, Timeout) -> plain(gen:receive_response(Id, Timeout)).
receive_response(Ids, Timeout, Delete) -> plain(gen:receive_response(Ids, Timeout, Delete)).
check_response(Msg, Id) -> plain(gen:check_response(Msg, Id)).
check_response(Msg, Ids, Delete) -> plain(gen:check_response(Msg, Ids, Delete)).
reqids_new() -> gen:reqids_new().
reqids_size(Ids) -> gen:reqids_size(Ids).
reqids_add(Id, Label, Ids) -> gen:reqids_add(Id, Label, Ids).
reqids_to_list(Ids) -> gen:reqids_to_list(Ids).

%% A reply {error, Reason} is an error of the request.
plain({reply, {error, _} = Error}) -> Error;
plain({{reply, {error, _} = Error}, Label, Ids}) -> {Error, Label, Ids};
plain(Response) -> Response.

%% ---- the manager ------------------------------------------------------------------------------------------------

init_it(Starter, self, Name, Mod, Args, Options) -> init_it(Starter, self(), Name, Mod, Args, Options);
init_it(Starter, Parent, ServerName, _, _, Options) ->
    process_flag(trap_exit, true),
    Name = gen:name(ServerName),
    proc_lib:init_ack(Starter, {ok, self()}),
    loop([], #manager{parent = Parent, name = Name, idle = gen:hibernate_after(Options)}, gen:debug_options(Name, Options)).

loop(Hs, #manager{hibernate = true} = M, Debug) ->
    proc_lib:hibernate(gen_event, wake_hib, [M#manager.parent, M#manager.name, Hs, M, Debug]);
loop(Hs, #manager{idle = Idle} = M, Debug) ->
    receive Msg -> handle(Msg, Hs, M, Debug)
    after Idle -> loop(Hs, M#manager{hibernate = true}, Debug)
    end.

wake_hib(_, _, Hs, M, Debug) -> receive Msg -> handle(Msg, Hs, M#manager{hibernate = false}, Debug) end.

handle({system, From, Request}, Hs, #manager{parent = Parent} = M, Debug) ->
    sys:handle_system_msg(Request, From, Parent, gen_event, Debug, {Hs, M}, M#manager.hibernate);
handle({'EXIT', Parent, Reason}, Hs, #manager{parent = Parent} = M, Debug) -> terminate(Reason, Hs, M, Debug);
handle(Msg, Hs, M, []) -> obey(Msg, Hs, M, []);
handle(Msg, Hs, #manager{name = Name} = M, Debug) ->
    obey(Msg, Hs, M, sys:handle_debug(Debug, fun gen_event:print_event/3, Name, {in, Msg})).

obey({notify, Event}, Hs, M, Debug) -> go_on(all(handle_event, Event, Hs, M), M, Debug);
obey({From, Tag, Request}, Hs, M, Debug) when is_pid(From), is_tuple(Tag), tuple_size(Tag) =:= 2 ->
    case request(Request, Hs, M) of
        {Reply, Result} ->
            gen:reply(Tag, Reply),
            go_on(Result, M, Debug);
        unknown -> go_on(all(handle_info, {From, Tag, Request}, Hs, M), M, Debug)
    end;
obey({'EXIT', Owner, Reason} = Msg, Hs, M, Debug) ->
    case [H || #handler{owner = O} = H <- Hs, O =:= Owner] of
        [] -> go_on(all(handle_info, Msg, Hs, M), M, Debug);
        Owned ->
            [finish(H, {stop, Reason}, Msg, quiet, M) || H <- Owned],
            go_on({Hs -- Owned, false}, M, Debug)
    end;
obey(Msg, Hs, M, Debug) -> go_on(all(handle_info, Msg, Hs, M), M, Debug).

go_on({Hs, Hibernate}, M, Debug) -> loop(Hs, M#manager{hibernate = Hibernate}, Debug).

%% {Reply, {Handlers, Hibernate}}
request({sync_notify, Event}, Hs, M) -> {ok, all(handle_event, Event, Hs, M)};
request({call, Handler, Query}, Hs, M) ->
    case found(Handler, Hs) of
        false -> {{error, bad_module}, {Hs, false}};
        H -> call_one(H, Query, Hs, M)
    end;
request({add_handler, Handler, Args}, Hs, _) -> add(new(Handler, false), Args, Hs);
request({add_sup_handler, Handler, Args, Owner}, Hs, _) ->
    link(Owner),
    add(new(Handler, Owner), Args, Hs);
request({delete_handler, Handler, Args}, Hs, M) ->
    case found(Handler, Hs) of
        false -> {{error, module_not_found}, {Hs, false}};
        H -> {finish(H, Args, delete, normal, M), {without(H, Hs), false}}
    end;
request({swap_handler, H1, A1, H2, A2}, Hs, M) -> swap(H1, A1, new(H2, inherit), A2, Hs, M);
request({swap_sup_handler, H1, A1, H2, A2, Owner}, Hs, M) ->
    link(Owner),
    swap(H1, A1, new(H2, Owner), A2, Hs, M);
request(stop, Hs, M) -> terminate(normal, Hs, M, []);
request(which_handlers, Hs, _) -> {[handler_name(H) || H <- Hs], {Hs, false}};
request(get_modules, Hs, _) -> {lists:usort([H#handler.mod || H <- Hs]), {Hs, false}};
request(_, _, _) -> unknown.

new({Mod, Id}, Owner) -> #handler{mod = Mod, id = Id, owner = Owner};
new(Mod, Owner) -> #handler{mod = Mod, owner = Owner}.

handler_name(#handler{mod = Mod, id = false}) -> Mod;
handler_name(#handler{mod = Mod, id = Id}) -> {Mod, Id}.

found(Name, Hs) ->
    case [H || H <- Hs, handler_name(H) =:= Name] of
        [H | _] -> H;
        [] -> false
    end.

without(H, [H | Hs]) -> Hs;
without(H, [Other | Hs]) -> [Other | without(H, Hs)];
without(_, []) -> [].

%% ---- handlers come ------------------------------------------------------------------------------------------------

add(#handler{mod = Mod} = H, Args, Hs) ->
    case catch Mod:init(Args) of
        {ok, State} -> {ok, {[H#handler{state = State} | Hs], false}};
        {ok, State, hibernate} -> {ok, {[H#handler{state = State} | Hs], true}};
        Other ->
            unlinked(H#handler.owner, Hs),
            {Other, {Hs, false}}
    end.

%% A link that no handler needs any more.
unlinked(Owner, Hs) ->
    is_pid(Owner) andalso not lists:keymember(Owner, #handler.owner, Hs) andalso unlink(Owner).

%% The new handler begins with {Args, what the old one's terminate answered}; {Args, error} when there was none.
swap(Name, Args1, New, Args2, Hs, M) ->
    case found(Name, Hs) of
        false -> swapped(add(New#handler{owner = owner(New, false)}, {Args2, error}, Hs));
        Old ->
            Rest = without(Old, Hs),
            Term = finish(Old, Args1, {swapped, handler_name(New), owner(New, Old)}, {swapped, handler_name(New), owner(New, Old)}, M),
            swapped(add(New#handler{owner = owner(New, Old)}, {Args2, Term}, Rest))
    end.

owner(#handler{owner = inherit}, #handler{owner = Owner}) -> Owner;
owner(#handler{owner = inherit}, false) -> false;
owner(#handler{owner = Owner}, _) -> Owner.

swapped({ok, Result}) -> {ok, Result};
swapped({Other, Result}) -> {{error, Other}, Result}.

%% ---- handlers work ------------------------------------------------------------------------------------------------

%% {Handlers, Hibernate}: what is left of them after all have had the event.
all(F, Event, Hs, M) -> all(F, Event, Hs, [], false, M).

all(_, _, [], Done, Hibernate, _) -> {lists:reverse(Done), Hibernate};
all(F, Event, [#handler{mod = Mod, state = State} = H | Hs], Done, Hibernate, M) ->
    case catch Mod:F(Event, State) of
        {ok, State1} -> all(F, Event, Hs, [H#handler{state = State1} | Done], Hibernate, M);
        {ok, State1, hibernate} -> all(F, Event, Hs, [H#handler{state = State1} | Done], true, M);
        {swap_handler, Args1, State1, New, Args2} ->
            {_, {Kept, Hib}} = swap_own(H#handler{state = State1}, Args1, New, Args2, M),
            all(F, Event, Hs, Kept ++ Done, Hibernate orelse Hib, M);
        remove_handler ->
            finish(H, remove_handler, remove, normal, M),
            all(F, Event, Hs, Done, Hibernate, M);
        {'EXIT', {undef, [{Mod, handle_info, [Event, State], _} | _]}} when F =:= handle_info ->
            sx_report:told(warning, #{label => {gen_event, no_handle_info}, module => Mod, message => Event}, warning_msg, #{}),
            all(F, Event, Hs, [H | Done], Hibernate, M);
        Other ->
            finish(H, {error, Other}, Event, {crash, Other}, M),
            all(F, Event, Hs, Done, Hibernate, M)
    end.

swap_own(H, Args1, New, Args2, M) -> swap(handler_name(H), Args1, new(New, inherit), Args2, [H], M).

call_one(#handler{mod = Mod, state = State} = H, Query, Hs, M) ->
    case catch Mod:handle_call(Query, State) of
        {ok, Reply, State1} -> {Reply, {changed(H, State1, Hs), false}};
        {ok, Reply, State1, hibernate} -> {Reply, {changed(H, State1, Hs), true}};
        {swap_handler, Reply, Args1, State1, New, Args2} ->
            {_, {Kept, Hib}} = swap_own(H#handler{state = State1}, Args1, New, Args2, M),
            {Reply, {Kept ++ without(H, Hs), Hib}};
        {remove_handler, Reply} ->
            finish(H, remove_handler, remove, normal, M),
            {Reply, {without(H, Hs), false}};
        Other ->
            finish(H, {error, Other}, Query, {crash, Other}, M),
            {{error, Other}, {without(H, Hs), false}}
    end.

changed(H, State, [H | Hs]) -> [H#handler{state = State} | Hs];
changed(H, State, [Other | Hs]) -> [Other | changed(H, State, Hs)].

%% ---- handlers go ------------------------------------------------------------------------------------------------------

%% Calls terminate, reports a failure, tells the owner why. Answers what terminate answered. Why: quiet, {crash, What}, or
%% the reason for the owner.
finish(#handler{mod = Mod, state = State} = H, Args, Last, Why, M) ->
    Answer = case erlang:function_exported(Mod, terminate, 2) of
                 true -> catch Mod:terminate(Args, State);
                 false -> ok
             end,
    case Why of
        quiet -> ok;
        {crash, What} ->
            report(H, What, Last, M),
            tell(H, What);
        Reason -> tell(H, Reason)
    end,
    Answer.

tell(#handler{owner = false}, _) -> ok;
tell(#handler{owner = Owner} = H, Reason) ->
    unlink(Owner),
    Owner ! {gen_event_EXIT, handler_name(H), Reason},
    ok.

report(#handler{mod = Mod, state = State} = H, What, Last, #manager{name = Name}) ->
    {Why, Stack} = fault(What),
    Shown = gen:format_status(Mod, terminate, #{state => State, message => Last, reason => Why}, [get(), State]),
    sx_report:fault(error, maps:get(reason, Shown), Stack,
                          [{manager, Name}, {handler, handler_name(H)}, {'last message', maps:get(message, Shown)},
                           {state, maps:get('$status', Shown, maps:get(state, Shown))}],
                          #{label => {gen_event, terminate}, handler => handler_name(H), name => Name,
                            last_message => maps:get(message, Shown), state => maps:get('$status', Shown, maps:get(state, Shown)),
                            reason => What}).

%% What logger's reports of handlers say: {Format, Args}, and the text that a formatter's configuration asks for.
format_log(Report) -> sx_report_text:format(Report).
format_log(Report, Config) -> sx_report_text:text(Report, Config).

fault({'EXIT', {Reason, [{_, _, _, _} | _] = Stack}}) -> {Reason, Stack};
fault({'EXIT', Reason}) -> {Reason, []};
fault(Other) -> {{bad_return_value, Other}, []}.

terminate(Reason, Hs, M, _) ->
    [finish(H, stop, stop, shutdown, M) || H <- Hs],
    exit(Reason).

%% ---- for sys -------------------------------------------------------------------------------------------------------------

system_continue(Parent, Debug, {Hs, M}) -> loop(Hs, M#manager{parent = Parent}, Debug).

system_terminate(Reason, _, Debug, {Hs, M}) -> terminate(Reason, Hs, M, Debug).

system_code_change({Hs, M}, Mod, OldVsn, Extra) ->
    {ok, {[case H of
               #handler{mod = Mod, state = State} ->
                   {ok, State1} = Mod:code_change(OldVsn, State, Extra),
                   H#handler{state = State1};
               _ -> H
           end || H <- Hs], M}}.

system_get_state({Hs, _}) -> {ok, [{H#handler.mod, H#handler.id, H#handler.state} || H <- Hs]}.

system_replace_state(Replace, {Hs, M}) ->
    New = [replaced(Replace, H) || H <- Hs],
    {ok, [{H#handler.mod, H#handler.id, H#handler.state} || H <- New], {New, M}}.

replaced(Replace, #handler{mod = Mod, id = Id, state = State} = H) ->
    try Replace({Mod, Id, State}) of
        {Mod, Id, State1} -> H#handler{state = State1};
        _ -> H
    catch _:_ -> H
    end.

format_status(Opt, [Dict, SysState, Parent, Debug, {Hs, #manager{name = Name}}]) ->
    Shown = [begin
                 S = gen:format_status(H#handler.mod, Opt, #{state => H#handler.state}, [Dict, H#handler.state]),
                 H#handler{state = maps:get('$status', S, maps:get(state, S))}
             end || H <- Hs],
    [{header, gen:format_status_header("Status for event handler", Name)},
     {data, [{"Status", SysState}, {"Logged Events", sys:get_log(Debug)}, {"Parent", Parent}]}, {items, {"Installed handlers", Shown}}].

print_event(Dev, {in, {notify, Event}}, Name) -> io:format(Dev, "*DBG* ~tp got event ~tp~n", [Name, Event]);
print_event(Dev, {in, {_, _, Request}}, Name) -> io:format(Dev, "*DBG* ~tp got call ~tp~n", [Name, Request]);
print_event(Dev, {in, Msg}, Name) -> io:format(Dev, "*DBG* ~tp got ~tp~n", [Name, Msg]);
print_event(Dev, Event, Name) -> io:format(Dev, "*DBG* ~tp dbg ~tp~n", [Name, Event]).
