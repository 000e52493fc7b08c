%% sx_logger_config.erl - what of logging is configured: one persistent term
%%   #{primary => Config, handlers => [{Id, Config}], modules => #{Module => Level}}.
%% Looking costs nothing; each change is made by a process of its own, which holds the name ?LOCK meanwhile, so that changes come
%% one after the other and one that fails, or whose asker is killed, leaves nothing half done. Handlers' callbacks run there too.
-module(sx_logger_config).

-export([all/0, level/0, level/1, number/1, reset/0, add_handler/3, remove_handler/1, change_handler/3, change_handler/4,
         add_filter/2, remove_filter/2, set_primary/1, update_primary/1, set_levels/2, unset_levels/0, unset_levels/1]).

-define(KEY, '$logger').
-define(LOCK, sx_logger_lock).

%% ---- looking ---------------------------------------------------------------------------------------------------------------

all() -> persistent_term:get(?KEY, initial()).

initial() -> #{primary => primary(), handlers => [{default, default()}], modules => #{}}.

primary() -> #{level => notice, filters => [], filter_default => log, metadata => #{}}.
handler() -> #{level => all, filters => [], filter_default => log, formatter => {logger_formatter, #{}}}.
default() ->
    (handler())#{id => default, module => sx_logger_h, config => #{type => standard_error},
                 filters => [{progress, {fun logger_filters:progress/2, stop}}],
                 formatter => {logger_formatter, #{legacy_header => true, single_line => false}}}.

%% The least grave level that is wanted, as a number.
level() -> number(maps:get(level, maps:get(primary, all()))).
level(Module) ->
    #{primary := #{level := Level}, modules := Levels} = all(),
    number(maps:get(Module, Levels, Level)).

%% The smaller number is the graver level. none and all are levels to compare with.
number(emergency) -> 0;
number(alert) -> 1;
number(critical) -> 2;
number(error) -> 3;
number(warning) -> 4;
number(notice) -> 5;
number(info) -> 6;
number(debug) -> 7;
number(none) -> -1;
number(all) -> 10.

%% ---- changing -------------------------------------------------------------------------------------------------------------

%% What F(All) answers: {Answer, NewAll}, or an answer alone when nothing changes.
change(F) ->
    Me = self(),
    {Pid, Ref} = spawn_monitor(fun() ->
                                       lock(),
                                       Me ! {?LOCK, self(), changed(F(all()))}
                               end),
    receive
        {?LOCK, Pid, Answer} ->
            receive {'DOWN', Ref, _, _, _} -> Answer end;
        {'DOWN', Ref, _, _, Reason} -> {error, Reason}
    end.

changed({answer, Answer, #{handlers := Handlers} = All}) ->
    persistent_term:put(?KEY, All),
    logger:'$handlers'(lists:keymember(default, 1, Handlers), lists:keydelete(default, 1, Handlers) =/= []),
    Answer;
changed(Answer) -> Answer.

lock() ->
    try register(?LOCK, self())
    catch error:badarg ->
            Ref = monitor(process, ?LOCK),
            receive {'DOWN', Ref, _, _, _} -> lock() end
    end.

reset() -> change(fun(_) -> {answer, ok, initial()} end).

set_primary(Config) -> set_primary(Config, primary()).
update_primary(Config) -> set_primary(Config, none).

set_primary(Config, Base) when is_map(Config) ->
    case first_error([primary_check(K, V) || {K, V} <- maps:to_list(Config)]) of
        ok -> change(fun(#{primary := Old} = All) ->
                             {answer, ok, All#{primary := maps:merge(case Base of none -> Old; _ -> Base end, Config)}}
                     end);
        Error -> Error
    end;
set_primary(Config, _) -> {error, {invalid_config, Config}}.

set_levels(Module, Level) when is_atom(Module) -> set_levels([Module], Level);
set_levels(Modules, Level) ->
    case {modules(Modules), check(level, Level)} of
        {false, _} -> {error, {not_a_list_of_modules, Modules}};
        {true, ok} -> change(fun(#{modules := Levels} = All) ->
                                     {answer, ok, All#{modules := maps:merge(Levels, maps:from_list([{M, Level} || M <- Modules]))}}
                             end);
        {true, Error} -> Error
    end.

unset_levels() -> change(fun(All) -> {answer, ok, All#{modules := #{}}} end).
unset_levels(Module) when is_atom(Module) -> unset_levels([Module]);
unset_levels(Modules) ->
    case modules(Modules) of
        true -> change(fun(#{modules := Levels} = All) -> {answer, ok, All#{modules := maps:without(Modules, Levels)}} end);
        false -> {error, {not_a_list_of_modules, Modules}}
    end.

modules(Modules) -> is_list(Modules) andalso lists:all(fun is_atom/1, Modules).

%% ---- handlers ---------------------------------------------------------------------------------------------------------------

add_handler(Id, _, _) when not is_atom(Id) -> {error, {invalid_id, Id}};
add_handler(_, Module, _) when not is_atom(Module) -> {error, {invalid_module, Module}};
add_handler(_, _, Config) when not is_map(Config) -> {error, {invalid_config, Config}};
add_handler(primary, _, _) -> {error, {already_exist, primary}};
add_handler(Id, Module, Config) ->
    Full = maps:merge(handler(), Config#{id => Id, module => Module}),
    code:ensure_loaded(Module),
    case {first_error([check(K, V) || {K, V} <- maps:to_list(Full)]), erlang:function_exported(Module, log, 2)} of
        {ok, false} -> {error, {invalid_handler, {function_not_exported, {Module, log, 2}}}};
        {ok, true} -> change(fun(All) -> add_checked(Id, Module, Full, All) end);
        {Error, _} -> Error
    end.

add_checked(Id, Module, Config, #{handlers := Handlers} = All) ->
    case lists:keymember(Id, 1, Handlers) of
        true -> {error, {already_exist, Id}};
        false ->
            case callback(Module, adding_handler, [Config], {ok, Config}) of
                {ok, Config1} -> {answer, ok, All#{handlers := [{Id, Config1} | Handlers]}};
                {error, Reason} -> {error, {handler_not_added, Reason}}
            end
    end.

%% What the optional callback answers: Default when there is none, {error, {callback_crashed, _}} when it crashes.
callback(Module, F, Args, Default) ->
    case erlang:function_exported(Module, F, length(Args)) of
        false -> Default;
        true ->
            try apply(Module, F, Args)
            catch Class:Reason:Stack -> {error, {callback_crashed, {Class, Reason, logger:filter_stacktrace(?MODULE, Stack)}}}
            end
    end.

remove_handler(Id) ->
    change(fun(#{handlers := Handlers} = All) ->
                   case lists:keytake(Id, 1, Handlers) of
                       {value, {_, #{module := Module} = Config}, Rest} ->
                           callback(Module, removing_handler, [Config], ok),
                           {answer, ok, All#{handlers := Rest}};
                       false -> {error, {not_found, Id}}
                   end
           end).

%% How is set, which begins with the defaults, or update.
change_handler(How, Id, Config) when is_map(Config) ->
    with_handler(Id, fun(Old) -> {How, maps:merge(case How of set -> maps:merge(handler(), maps:with([id, module], Old)); update -> Old end, Config), Config} end);
change_handler(_, _, Config) -> {error, {invalid_config, Config}}.

change_handler(How, Id, Key, Value) -> with_handler(Id, fun(Old) -> {How, Old#{Key => Value}, #{Key => Value}} end).

with_handler(Id, F) ->
    change(fun(#{handlers := Handlers} = All) ->
                   case lists:keyfind(Id, 1, Handlers) of
                       {_, Old} ->
                           case changed_handler(Old, F(Old)) of
                               {ok, New} -> {answer, ok, All#{handlers := lists:keyreplace(Id, 1, Handlers, {Id, New})}};
                               Error -> Error
                           end;
                       false -> {error, {not_found, Id}}
                   end
           end).

changed_handler(#{module := Module} = Old, {How, New, Changes}) ->
    case [K || K <- [id, module], maps:is_key(K, Changes), maps:get(K, Changes) =/= maps:get(K, Old)] of
        [K | _] -> {error, {illegal_config_change, maps:with([K], Old), maps:with([K], New)}};
        [] ->
            case first_error([check(K, V) || {K, V} <- maps:to_list(Changes)]) of
                ok -> callback(Module, changing_config, [How, Old, New], {ok, New});
                Error -> Error
            end
    end.

%% ---- filters -----------------------------------------------------------------------------------------------------------------

%% Of is a handler, or primary.
add_filter(Of, {Id, _} = Filter) ->
    case filter(Filter) of
        ok ->
            change_filters(Of, fun(Filters) ->
                                       case lists:keymember(Id, 1, Filters) of
                                           true -> {error, {already_exist, Id}};
                                           false -> Filters ++ [Filter]
                                       end
                               end);
        Error -> Error
    end.

remove_filter(Of, Id) ->
    change_filters(Of, fun(Filters) ->
                               case lists:keymember(Id, 1, Filters) of
                                   true -> lists:keydelete(Id, 1, Filters);
                                   false -> {error, {not_found, Id}}
                               end
                       end).

change_filters(primary, F) ->
    change(fun(#{primary := #{filters := Filters} = Primary} = All) ->
                   case F(Filters) of
                       New when is_list(New) -> {answer, ok, All#{primary := Primary#{filters := New}}};
                       Error -> Error
                   end
           end);
change_filters(Of, F) ->
    change(fun(#{handlers := Handlers} = All) ->
                   case lists:keyfind(Of, 1, Handlers) of
                       {_, #{filters := Filters} = Config} ->
                           case F(Filters) of
                               New when is_list(New) ->
                                   {answer, ok, All#{handlers := lists:keyreplace(Of, 1, Handlers, {Of, Config#{filters := New}})}};
                               Error -> Error
                           end;
                       false -> {error, {not_found, Of}}
                   end
           end).

%% ---- checks: ok | {error, Why} ------------------------------------------------------------------------------------------------

first_error([ok | Results]) -> first_error(Results);
first_error([Error | _]) -> Error;
first_error([]) -> ok.

primary_check(metadata, Meta) when is_map(Meta) -> ok;
primary_check(Key, Value) when Key =:= level; Key =:= filters; Key =:= filter_default -> check(Key, Value);
primary_check(Key, Value) -> {error, {invalid_primary_config, {Key, Value}}}.

check(level, Level) ->
    try number(Level) of _ -> ok
    catch error:_ -> {error, {invalid_level, Level}}
    end;
check(filters, Filters) when is_list(Filters) -> first_error([filter(F) || F <- Filters]);
check(filters, Filters) -> {error, {invalid_filters, Filters}};
check(filter_default, Default) when Default =:= log; Default =:= stop -> ok;
check(filter_default, Default) -> {error, {invalid_filter_default, Default}};
check(formatter, {Module, Config}) when is_atom(Module) ->
    code:ensure_loaded(Module),
    case erlang:function_exported(Module, check_config, 1) of
        true ->
            case Module:check_config(Config) of
                ok -> ok;
                {error, {invalid_formatter_config, _, _}} = Error -> Error;
                {error, {invalid_formatter_template, _, _}} = Error -> Error;
                {error, Reason} -> {error, Reason}
            end;
        false -> ok
    end;
check(formatter, Formatter) -> {error, {invalid_formatter, Formatter}};
check(_, _) -> ok.

filter({Id, {F, _}}) when is_atom(Id), is_function(F, 2) -> ok;
filter(Filter) -> {error, {invalid_filter, Filter}}.
